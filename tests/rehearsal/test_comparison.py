"""The verdict looks both ways: what was promised arrived, and nothing else did."""

from collections.abc import Callable

import pytest

from resilience.core.conventions import Channel
from resilience.core.durations import MINUTE
from resilience.rehearsal.comparison import Tolerance, compare
from resilience.rehearsal.parsed_message import ParsedMessage
from resilience.rehearsal.scenario import AlertKey, Scenario

Build = Callable[..., Scenario]
Read = Callable[..., ParsedMessage]
RECOVERS = {"wanted": {"resolved": ["15m", "20m"]}}


def test_silence_is_good_when_silence_is_promised(scenario: Build) -> None:
    assert compare(scenario(expect=[]), []).good


@pytest.mark.parametrize("at", [7 * MINUTE, 10 * MINUTE])
def test_a_message_on_the_edge_of_its_window_is_good(scenario: Build, reading: Read, at: float) -> None:
    assert compare(scenario(), [reading(at)]).differences == ()


def test_a_message_and_its_recovery_are_good(scenario: Build, reading: Read) -> None:
    received = [reading(8 * MINUTE), reading(16 * MINUTE, resolved=True, tier=None)]

    assert compare(scenario(**RECOVERS), received).differences == ()


def test_a_late_message_within_the_tolerance_is_good(scenario: Build, reading: Read) -> None:
    assert compare(scenario(), [reading(10.5 * MINUTE)], Tolerance(late=MINUTE)).good


def test_a_message_held_back_by_the_night_is_checked_by_its_delivery(scenario: Build, reading: Read) -> None:
    night = scenario(wanted={"delivered": ["20m", "26m"]})

    assert compare(night, [reading(21 * MINUTE)]).good
    assert compare(night, [reading(8 * MINUTE)]).differences == (
        "queue-backing-up (production) firing: arrived at 8m00s, before 20m00s",
    )


@pytest.mark.parametrize(
    ("at", "changes", "fault"),
    [
        (6.9 * MINUTE, {}, "firing: arrived at 6m54s, before 7m00s"),
        (10.1 * MINUTE, {}, "firing: arrived at 10m06s, after 10m00s"),
        (8 * MINUTE, {"channel": Channel.DEPLOYS}, "firing: arrived in #sv0-deploys, not in #sv0-alerts"),
        (8 * MINUTE, {"tier": "P1"}, "firing: says P1, not P2"),
        (8 * MINUTE, {"tier": None}, "firing: says no tier, not P2"),
    ],
)
def test_a_message_at_fault_is_reported_with_its_fault(
    scenario: Build, reading: Read, at: float, changes: dict[str, object], fault: str
) -> None:
    assert compare(scenario(), [reading(at, **changes)]).differences == (f"queue-backing-up (production) {fault}",)


def test_a_missing_message_fails(scenario: Build) -> None:
    assert compare(scenario(), []).differences == (
        "queue-backing-up (production) firing: did not arrive; wanted in #sv0-alerts from 7m00s to 10m00s",
    )


def test_a_missing_recovery_fails(scenario: Build, reading: Read) -> None:
    assert compare(scenario(**RECOVERS), [reading(8 * MINUTE)]).differences == (
        "queue-backing-up (production) resolved: did not arrive; wanted in #sv0-alerts from 15m00s to 20m00s",
    )


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({}, "queue-backing-up (production) firing"),
        ({"resolved": True}, "queue-backing-up (production) resolved"),
        ({"key": AlertKey("api-down", "production")}, "api-down (production) firing"),
        ({"key": AlertKey("queue-backing-up", "dev")}, "queue-backing-up (dev) firing"),
        ({"key": None}, 'an unreadable message "x" firing'),
    ],
    ids=["twice", "recovery that was not promised", "other alert", "other environment", "unreadable"],
)
def test_anything_else_that_arrives_fails(
    scenario: Build, reading: Read, changes: dict[str, object], what: str
) -> None:
    received = [reading(8 * MINUTE), reading(9 * MINUTE, **changes)]

    assert compare(scenario(), received).differences == (f"{what}: arrived at 9m00s in #sv0-alerts, unexpected",)


def test_the_same_alert_of_another_environment_does_not_keep_the_promise(scenario: Build, reading: Read) -> None:
    comparison = compare(scenario(), [reading(8 * MINUTE, key=AlertKey("queue-backing-up", "dev"))])

    assert len(comparison.differences) == 2
