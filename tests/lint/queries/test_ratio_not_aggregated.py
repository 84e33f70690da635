"""A ratio of single series reads one failure in 30,000 as 100 %."""

import pytest

from resilience.lint.queries.ratio_not_aggregated import LINT
from tests.lint.conftest import RunLints


@pytest.mark.parametrize(
    "expr",
    [
        pytest.param(
            "sum by (environment) (took_sum) / sum by (environment) (took_count)",
            id="both sides summed",
        ),
        pytest.param("depth / 100", id="a constant below"),
        pytest.param("1 / depth", id="a constant above"),
        pytest.param("(time() - done) / 3600", id="time is a number"),
        pytest.param(
            "depth / scalar(sum(took_count))",
            id="scalar() is a number",
        ),
        pytest.param(
            "100 * sum by (environment) (took_sum) / sum by (environment) (took_count)",
            id="a factor after the sum",
        ),
        pytest.param(
            "clamp_max(-(sum(took_sum)), 1) / (sum(took_count) + sum(took_sum))",
            id="functions and signs around the sums",
        ),
        pytest.param(
            "sum by (environment, code) (took_count) / ignoring (code) group_left () sum by (environment) (took_count)",
            id="the labels to match are written",
        ),
        pytest.param(
            "(sum by (environment) (took_sum) and on (environment) up) / sum by (environment) (took_count)",
            id="a filtered sum",
        ),
        pytest.param(
            "avg_over_time(sum(took_sum)[1h:5m]) / sum(took_count)",
            id="a mean over time of sums",
        ),
        pytest.param(
            "took_sum * took_count",
            id="a product is no ratio",
        ),
    ],
)
def test_it_stays_quiet(run_lints: RunLints, expr: str) -> None:
    assert run_lints(LINT, expr=expr) == []


@pytest.mark.parametrize(
    ("expr", "reported"),
    [
        pytest.param(
            "took_sum / took_count",
            "both sides are",
            id="neither side",
        ),
        pytest.param(
            "took_sum / sum by (environment) (took_count)",
            "its upper side is",
            id="the upper side alone",
        ),
        pytest.param(
            "sum by (environment) (took_sum) / took_count",
            "its lower side is",
            id="the lower side alone",
        ),
        pytest.param(
            "max(took_sum / took_count) > 1",
            "both sides are",
            id="inside something else",
        ),
        pytest.param(
            "topk(3, took_sum) / sum(took_count)",
            "its upper side is",
            id="topk picks and does not add",
        ),
    ],
)
def test_a_side_that_is_not_aggregated_fires(run_lints: RunLints, expr: str, reported: str) -> None:
    assert run_lints(LINT, expr=expr) == [
        (
            f"stack production: too-hot.expr: a ratio of single series: {reported} not aggregated; "
            "write sum by (environment) (…) on both sides [ratio-not-aggregated]"
        )
    ]


def test_sides_with_other_labels_fire(run_lints: RunLints) -> None:
    assert run_lints(LINT, expr="sum by (environment) (depth) / sum(depth)") == [
        (
            "stack production: too-hot.expr: a ratio of (environment) to () matches nothing; "
            "aggregate both sides by the same labels, or write on (…) [ratio-not-aggregated]"
        )
    ]
