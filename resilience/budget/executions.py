"""Executions of synthetic checks a month, from the checks that the program declares.

Grafana counts probes x duration in whole minutes x minutes of a month / frequency (documentation of
the synthetic monitoring invoice, read 2026-11-24).
"""

import math
from collections.abc import Iterator

from resilience.budget.counts import Contribution
from resilience.budget.inputs import BudgetInput
from resilience.manifest import types

_MINUTE = 60_000  # frequency and timeout are milliseconds
_MONTH = 44_640  # minutes of 31 days; Grafana's own formula has 43,200, and its invoice what was run
# The provider's defaults.
_FREQUENCY, _TIMEOUT = 60_000, 3_000


def executions(inputs: BudgetInput) -> Iterator[Contribution]:
    """By the job of each check."""
    for check in (check for manifest in inputs.manifests for check in manifest.of_type(types.CHECK)):
        given = check.inputs
        minutes = math.ceil(given.get("timeout", _TIMEOUT) / _MINUTE)
        runs = math.ceil(_MONTH * _MINUTE / given.get("frequency", _FREQUENCY))
        enabled = given.get("enabled", True)
        yield Contribution(given["job"], len(given["probes"]) * minutes * runs * enabled)
