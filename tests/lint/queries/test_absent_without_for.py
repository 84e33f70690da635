"""Right after a restart, absent() is true for everything."""

from typing import Any

import pytest

from resilience.lint.queries.absent_without_for import LINT
from tests.lint.conftest import RunLints


@pytest.mark.parametrize(
    ("expr", "wait"),
    [
        pytest.param('absent(up{environment="production"})', "2m", id="it waits"),
        pytest.param('up{environment="production"}', "0s", id="no absent()"),
        pytest.param('present_over_time(up{environment="production"}[5m])', None, id="presence"),
    ],
)
def test_it_stays_quiet(run_lints: RunLints, expr: str, wait: str | None) -> None:
    assert run_lints(LINT, expr=expr, **{"for": wait}) == []


@pytest.mark.parametrize(
    ("expr", "wait", "reported"),
    [
        pytest.param('absent(up{environment="production"})', "0s", "absent()", id="no wait"),
        pytest.param('absent(up{environment="production"})', None, "absent()", id="no for: at all"),
        pytest.param('up or absent_over_time(up{job="x"}[8m]) > 0', "0s", "absent_over_time()", id="deep inside"),
    ],
)
def test_it_fires(run_lints: RunLints, expr: str, wait: Any, reported: str) -> None:
    assert run_lints(LINT, expr=expr, **{"for": wait}) == [
        (
            f"stack production: too-hot.for: {reported} fires at once; write how long data may be missing "
            "[absent-without-for]"
        )
    ]
