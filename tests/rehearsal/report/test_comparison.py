"""A result is good if the expected messages arrived and nothing else did."""

from collections.abc import Callable

import pytest

from resilience.core.conventions import Channel
from resilience.core.durations import MINUTE
from resilience.rehearsal.report.comparison import Tolerance, compare
from resilience.rehearsal.report.parsed_message import ParsedMessage
from resilience.rehearsal.scenario.scenario import AlertKey, Scenario

Build = Callable[..., Scenario]
Read = Callable[..., ParsedMessage]
RECOVERS = {"wanted": {"resolved": ["15m", "20m"]}}


def test_no_message_is_good_when_none_is_expected(scenario: Build) -> None:
    assert compare(scenario(expect=[]), []).good


@pytest.mark.parametrize("at", [7 * MINUTE, 10 * MINUTE])
def test_a_message_on_the_edge_of_its_window_is_good(scenario: Build, parsed: Read, at: float) -> None:
    assert compare(scenario(), [parsed(at)]).differences == ()


def test_a_message_and_its_recovery_are_good(scenario: Build, parsed: Read) -> None:
    received = [parsed(8 * MINUTE), parsed(16 * MINUTE, resolved=True, tier=None)]

    assert compare(scenario(**RECOVERS), received).differences == ()


def test_a_late_message_within_the_tolerance_is_good(scenario: Build, parsed: Read) -> None:
    assert compare(scenario(), [parsed(10.5 * MINUTE)], Tolerance(late=MINUTE)).good


def test_a_message_delayed_until_the_morning_is_checked_by_its_delivery(scenario: Build, parsed: Read) -> None:
    night = scenario(wanted={"delivered": ["20m", "26m"]})

    assert compare(night, [parsed(21 * MINUTE)]).good
    assert compare(night, [parsed(8 * MINUTE)]).differences == (
        "queue-backing-up (production) firing: arrived at 8m00s, before 20m00s",
    )


@pytest.mark.parametrize(
    ("at", "changes", "difference"),
    [
        (6.9 * MINUTE, {}, "firing: arrived at 6m54s, before 7m00s"),
        (10.1 * MINUTE, {}, "firing: arrived at 10m06s, after 10m00s"),
        (8 * MINUTE, {"channel": Channel.DEPLOYS}, "firing: arrived in #sv0-deploys, not in #sv0-alerts"),
        (8 * MINUTE, {"tier": "P1"}, "firing: says P1, not P2"),
        (8 * MINUTE, {"tier": None}, "firing: says no tier, not P2"),
    ],
)
def test_a_wrong_message_is_reported_with_the_difference(
    scenario: Build, parsed: Read, at: float, changes: dict[str, object], difference: str
) -> None:
    assert compare(scenario(), [parsed(at, **changes)]).differences == (f"queue-backing-up (production) {difference}",)


def test_a_missing_message_fails(scenario: Build) -> None:
    assert compare(scenario(), []).differences == (
        "queue-backing-up (production) firing: did not arrive; expected in #sv0-alerts from 7m00s to 10m00s",
    )


def test_a_missing_recovery_fails(scenario: Build, parsed: Read) -> None:
    assert compare(scenario(**RECOVERS), [parsed(8 * MINUTE)]).differences == (
        "queue-backing-up (production) resolved: did not arrive; expected in #sv0-alerts from 15m00s to 20m00s",
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
    ids=["twice", "recovery that is not expected", "other alert", "other environment", "unreadable"],
)
def test_anything_else_that_arrives_fails(scenario: Build, parsed: Read, changes: dict[str, object], what: str) -> None:
    received = [parsed(8 * MINUTE), parsed(9 * MINUTE, **changes)]

    assert compare(scenario(), received).differences == (f"{what}: arrived at 9m00s in #sv0-alerts, unexpected",)


def test_the_same_alert_of_another_environment_is_not_the_expected_one(scenario: Build, parsed: Read) -> None:
    comparison = compare(scenario(), [parsed(8 * MINUTE, key=AlertKey("queue-backing-up", "dev"))])

    assert len(comparison.differences) == 2


EVENT = {"wanted": {"event_channel": "deploys", "delivered": ["20m", "26m"]}}


def test_an_event_is_posted_at_once_and_again_when_hours_begin(scenario: Build, parsed: Read) -> None:
    at_once, later = parsed(8 * MINUTE, channel=Channel.DEPLOYS), parsed(21 * MINUTE)

    assert compare(scenario(**EVENT), [at_once, later]).good
    assert compare(scenario(**EVENT), [later]).differences == (
        "queue-backing-up (production) firing: did not arrive; expected in #sv0-deploys from 7m00s to 10m00s",
    )
    assert compare(scenario(**EVENT), [at_once]).differences != ()
