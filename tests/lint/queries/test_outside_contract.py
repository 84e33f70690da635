"""A rule on a series outside the contract cannot fire."""

import pytest

from resilience.lint.queries.outside_contract import LINT
from tests.lint.conftest import RunLints


@pytest.mark.parametrize(
    "expr",
    [
        pytest.param(
            'sum by (code) (rate(requests_total{code="500"}[5m]))',
            id="a series and its labels",
        ),
        pytest.param(
            "histogram_quantile(0.9, sum by (le) (took_bucket))",
            id="the buckets of a histogram",
        ),
        pytest.param(
            'sum by (made) (label_replace(up, "made", "x", "", ""))',
            id="a label that the expression makes",
        ),
        pytest.param(
            "up and on (environment) done unless ignoring (thing) done",
            id="labels that are matched",
        ),
        pytest.param("vector(1)", id="no series at all"),
    ],
)
def test_it_stays_quiet(run_lints: RunLints, expr: str) -> None:
    assert run_lints(LINT, expr=expr) == []


@pytest.mark.parametrize(
    ("expr", "reported"),
    [
        pytest.param(
            "down", '"down" is no series of the telemetry contract; see catalogue/telemetry.yaml', id="no series"
        ),
        pytest.param(
            "took",
            '"took" is no series of the telemetry contract; see catalogue/telemetry.yaml',
            id="the histogram itself",
        ),
        pytest.param('up{env="x"}', '"up" has no label "env"; write one of job, instance, environment', id="no label"),
        pytest.param(
            "sum by (code) (up)",
            'by names "code", which is no label of what it is applied to; write one of environment, instance, job',
            id="by",
        ),
        pytest.param(
            "sum without (code) (up)",
            'without names "code", which is no label of what it is applied to; write one of environment, instance, job',
            id="without",
        ),
        pytest.param(
            "max by (job) (sum by (code) (requests_total))",
            'by names "job", which is no label of what it is applied to; write one of code',
            id="a label that a sum dropped",
        ),
        pytest.param(
            "sum by (job) (sum(up))",
            'by names "job", which is no label of what it is applied to; leave by out: it has no labels',
            id="nothing is left to group by",
        ),
        pytest.param(
            "requests_total and on (code) up",
            'on names "code", which is no label of what it is applied to; write one of environment, instance, job',
            id="on, where one side lacks it",
        ),
        pytest.param(
            "up and ignoring (code) up",
            'ignoring names "code", which is no label of what it is applied to; write one of '
            "environment, instance, job",
            id="ignoring",
        ),
        pytest.param(
            "sum by (le) (took_sum)",
            'by names "le", which is no label of what it is applied to; write one of code, environment, instance, job',
            id="le where there are no buckets",
        ),
    ],
)
def test_it_fires(run_lints: RunLints, expr: str, reported: str) -> None:
    assert run_lints(LINT, expr=expr) == [f"stack production: too-hot.expr: {reported} [outside-contract]"]
