"""A range must survive lost scrapes."""

import pytest

from resilience.lint.queries.range_too_short import LINT
from tests.lint.conftest import RunLints


@pytest.mark.parametrize(
    "expr",
    [
        pytest.param("rate(requests_total[4m])", id="four scrapes"),
        pytest.param("rate(requests_total[1h])", id="longer"),
        pytest.param("up", id="no range"),
        pytest.param("max_over_time(up[3m:1m])", id="a subquery counts evaluations"),
        pytest.param("last_over_time(up[2m])", id="one sample is enough"),
    ],
)
def test_it_stays_quiet(run_lints: RunLints, expr: str) -> None:
    assert run_lints(LINT, expr=expr) == []


@pytest.mark.parametrize(
    ("expr", "reported"),
    [
        pytest.param(
            "rate(requests_total[239s])",
            '"requests_total[3m59s]" is shorter than 4 scrapes; write 4m or more',
            id="one second less",
        ),
        pytest.param(
            "last_over_time(requests_total[2m]) and rate(requests_total[2m])",
            '"requests_total[2m]" is shorter than 4 scrapes; write 4m or more',
            id="beside a range for which one sample is enough",
        ),
        pytest.param(
            "max_over_time(rate(requests_total[1m])[1h:5m])",
            '"requests_total[1m]" is shorter than 4 scrapes; write 4m or more',
            id="inside a subquery",
        ),
    ],
)
def test_it_fires(run_lints: RunLints, expr: str, reported: str) -> None:
    assert run_lints(LINT, expr=expr) == [f"stack production: too-hot.expr: {reported} [range-too-short]"]


def test_a_range_of_log_lines_is_not_checked(run_lints: RunLints) -> None:
    assert run_lints(LINT, kind="loki", expr='count_over_time({environment="production"} [1m])') == []
