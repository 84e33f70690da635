"""Alerts caught, alerts missed and false alerts of a set of rules in a scenario."""

from collections.abc import Callable

from resilience.rehearsal.report.comparison import Comparison
from resilience.rehearsal.report.results import Result
from resilience.rehearsal.report.score import recall, score, slowest
from resilience.rehearsal.scenario.scenario import AlertKey, Scenario

QUEUE = AlertKey("queue-backing-up", "production")
OTHER = AlertKey("api-down", "production")
WAITS = {("queue-backing-up", "P2", "production"): 30.0}


def result(scenario: Scenario, **detected: float) -> Result:
    keys = {"queue": QUEUE, "other": OTHER}
    return Result(scenario, Comparison(()), detected={keys[name]: at for name, at in detected.items()}, live=False)


def test_an_alert_within_its_window_is_caught_and_counts_from_the_fault(scenario: Callable[..., Scenario]) -> None:
    found = score(result(scenario(), queue=480))

    assert (found.caught, found.missed, found.false) == ({QUEUE: 360}, (), ())
    assert recall([found]) == (1, 1)


def test_an_alert_outside_its_window_is_missed(scenario: Callable[..., Scenario]) -> None:
    assert score(result(scenario(), queue=700)).missed == (QUEUE,)
    assert score(result(scenario())).missed == (QUEUE,)


def test_an_alert_that_nobody_expects_is_false(scenario: Callable[..., Scenario]) -> None:
    assert score(result(scenario(), queue=480, other=60)).false == (OTHER,)


def test_the_first_message_is_the_firing_and_the_wait_of_its_route(scenario: Callable[..., Scenario]) -> None:
    found = slowest([score(result(scenario(), queue=480))], WAITS)

    assert found["queue-backing-up"][0] == 390


def test_a_scenario_that_says_why_it_is_slower_is_left_out(scenario: Callable[..., Scenario]) -> None:
    assert slowest([score(result(scenario(slower="It waits."), queue=480))], WAITS) == {}
