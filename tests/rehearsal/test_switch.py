"""The service behind the watchdog speaks when signs of life are missing, and not before."""

from collections.abc import Callable

import pytest

from resilience.core.conventions import WATCHDOG
from resilience.grafana import SentAlert
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.report.comparison import EXACT
from resilience.rehearsal.scenario.scenario import Scenario
from resilience.rehearsal.switch import Switch, differences
from resilience.rehearsal.virtual.evaluation import Played, checked
from resilience.rehearsal.virtual.posts import Post

MINUTE = 60.0
SWITCH = Switch(5 * MINUTE, 10 * MINUTE)
HOUR = 60 * MINUTE


def test_period_and_grace_are_those_of_the_declared_route(declared: Exported) -> None:
    """The runbook asks for three signs in a row."""
    assert Switch.of(declared) == SWITCH


@pytest.mark.parametrize(
    ("signs", "spoke"),
    [
        pytest.param([at * 5 * MINUTE for at in range(12)], None, id="all came"),
        pytest.param([0.0, 15 * MINUTE, 30 * MINUTE, 45 * MINUTE], None, id="two in a row are missing"),
        pytest.param([0.0, 5 * MINUTE, 21 * MINUTE], 20 * MINUTE, id="the third is late"),
        pytest.param([0.0, 5 * MINUTE], 20 * MINUTE, id="none comes any more"),
        pytest.param([], 15 * MINUTE, id="none ever came"),
    ],
)
def test_it_speaks_when_a_sign_is_later_than_period_and_grace(signs: list[float], spoke: float | None) -> None:
    assert SWITCH.spoke(signs, HOUR) == spoke


def test_signs_come_once_in_a_period_while_the_alert_fires() -> None:
    minutes = [at * MINUTE for at in (*range(12), *range(30, 33))]

    assert SWITCH.signs(minutes) == [0, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE]


@pytest.mark.parametrize(
    ("signs", "found"),
    [
        ([0.0, 5 * MINUTE], ()),
        ([at * 5 * MINUTE for at in range(12)], ("the watchdog's address missed no sign of life; it got 12",)),
        ([0.0, 20 * MINUTE], ("the watchdog's address spoke at 15m00s",)),
    ],
)
def test_a_scenario_says_when_it_must_speak(
    scenario: Callable[..., Scenario], signs: list[float], found: tuple[str, ...]
) -> None:
    silent = scenario(watchdog_speaks=["18m", "25m"], length="1h")

    assert differences(SWITCH, silent, signs, EXACT) == found
    assert differences(SWITCH, scenario(), signs, EXACT) == ()


@pytest.mark.parametrize(("stops", "good"), [(12, True), (60, False)])
def test_in_virtual_time_a_grafana_that_does_not_stop_is_a_difference(
    scenario: Callable[..., Scenario], stops: int, good: bool
) -> None:
    """Each post keeps the alert alive for four minutes."""
    labels = {"alertname": "Watchdog", "alert_id": WATCHDOG, "environment": "production", "tier": "P3"}
    posts = [
        Post(at * MINUTE, (SentAlert(labels, {}, None, 0.0, (at + 4) * MINUTE, resolved=False),)) for at in range(stops)
    ]
    silent = scenario(watchdog_speaks=["22m", "32m"], length="1h", expect=[])
    result = checked(Played(silent, {0.0: posts}, SWITCH))

    assert result.good == good
