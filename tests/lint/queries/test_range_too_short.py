"""A range must survive lost scrapes."""

from collections.abc import Callable

import pytest

from resilience.lint.queries.range_too_short import LINT

Judge = Callable[..., list[str]]


@pytest.mark.parametrize(
    "expr",
    [
        pytest.param("rate(requests_total[4m])", id="four scrapes"),
        pytest.param("rate(requests_total[1h])", id="longer"),
        pytest.param("up", id="no range"),
        pytest.param("max_over_time(up[3m:1m])", id="a subquery counts evaluations"),
    ],
)
def test_it_stays_quiet(judge: Judge, expr: str) -> None:
    assert judge(LINT, expr=expr) == []


@pytest.mark.parametrize(
    ("expr", "said"),
    [
        pytest.param(
            "rate(requests_total[239s])",
            '"requests_total[3m59s]" is shorter than 4 scrapes; write 4m or more',
            id="one second less",
        ),
        pytest.param(
            "max_over_time(rate(requests_total[1m])[1h:5m])",
            '"requests_total[1m]" is shorter than 4 scrapes; write 4m or more',
            id="inside a subquery",
        ),
    ],
)
def test_it_fires(judge: Judge, expr: str, said: str) -> None:
    assert judge(LINT, expr=expr) == [f"stack production: too-hot.expr: {said} [range-too-short]"]


def test_a_range_of_log_lines_is_no_range_of_scrapes(judge: Judge) -> None:
    assert judge(LINT, kind="loki", expr='count_over_time({environment="production"} [1m])') == []
