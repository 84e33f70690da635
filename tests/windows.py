"""Whether windows here are those of Grafana Cloud, or a visible reason why what needs them is not run."""

import os

import pytest

from resilience.tools.binaries import LEFT_OPEN, semantics

DEMAND = "PROMETHEUS_TEST_VERSION"
"""A variable of the environment: with the value 3, a test that needs Prometheus 3 fails without it."""


def demand(name: str) -> None:
    """Skip with the reason where `prometheus` or `promtool` is older than 3, or fail where 3 is demanded."""
    if (reason := semantics(name)) and os.environ.get(DEMAND) == str(LEFT_OPEN[0]):
        pytest.fail(f"{DEMAND}=3, but {reason}", pytrace=False)
    if reason:
        pytest.skip(f"NOT RUN: {reason}")
