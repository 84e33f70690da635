"""absent() right after a restart is true of everything."""

from collections.abc import Callable
from typing import Any

import pytest

from resilience.lint.queries.absent_without_for import LINT

Judge = Callable[..., list[str]]


@pytest.mark.parametrize(
    ("expr", "wait"),
    [
        pytest.param('absent(up{environment="production"})', "2m", id="it waits"),
        pytest.param('up{environment="production"}', "0s", id="nothing is looked for in vain"),
        pytest.param('present_over_time(up{environment="production"}[5m])', None, id="presence"),
    ],
)
def test_it_stays_quiet(judge: Judge, expr: str, wait: str | None) -> None:
    assert judge(LINT, expr=expr, **{"for": wait}) == []


@pytest.mark.parametrize(
    ("expr", "wait", "said"),
    [
        pytest.param('absent(up{environment="production"})', "0s", "absent()", id="no wait"),
        pytest.param('absent(up{environment="production"})', None, "absent()", id="nothing said of a wait"),
        pytest.param('up or absent_over_time(up{job="x"}[8m]) > 0', "0s", "absent_over_time()", id="deep inside"),
    ],
)
def test_it_fires(judge: Judge, expr: str, wait: Any, said: str) -> None:
    assert judge(LINT, expr=expr, **{"for": wait}) == [
        f"stack production: too-hot.for: {said} fires at once; write how long nothing may be heard [absent-without-for]"
    ]
