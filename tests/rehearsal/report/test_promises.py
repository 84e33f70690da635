"""The slowest first message of each alert, against what the catalogue promises."""

from collections.abc import Callable

import pytest

from resilience.core.durations import MINUTE
from resilience.rehearsal.report.comparison import Comparison
from resilience.rehearsal.report.parsed_message import ParsedMessage
from resilience.rehearsal.report.promises import promised_alerts
from resilience.rehearsal.report.results import Result
from resilience.rehearsal.scenario.scenario import AlertKey, Scenario

QUEUE = AlertKey("queue-backing-up", "production")
PROMISED = {"queue-backing-up": 8 * MINUTE}
FAULT = {"kind": "queue", "environment": "production", "depth": 50, "from": "2m", "until": "3m"}


def live(scenario: Scenario, *received: ParsedMessage) -> Result:
    return Result(scenario, Comparison(()), received)


def virtual(scenario: Scenario, at: float) -> Result:
    return Result(scenario, Comparison(()), detected={QUEUE: at}, live=False)


def test_the_slowest_of_all_results_counts_from_the_fault(
    scenario: Callable[..., Scenario], parsed: Callable[..., ParsedMessage]
) -> None:
    results = [live(scenario(), parsed(8 * MINUTE)), virtual(scenario(), 9 * MINUTE), virtual(scenario(), 7 * MINUTE)]
    (found,) = promised_alerts(results, PROMISED)

    assert (found.slowest.after, found.slowest.text) == (7 * MINUTE, "7m00s (rule fired)")
    assert (found.kept, found.share) == (True, 87.5)


def test_a_message_counts_and_not_the_rule_that_fired_before_it(
    scenario: Callable[..., Scenario], parsed: Callable[..., ParsedMessage]
) -> None:
    both = Result(scenario(), Comparison(()), (parsed(9 * MINUTE),), detected={QUEUE: 8 * MINUTE})
    (found,) = promised_alerts([both], PROMISED)

    assert found.slowest.text == "7m00s"


def test_a_late_message_breaks_the_promise(
    scenario: Callable[..., Scenario], parsed: Callable[..., ParsedMessage]
) -> None:
    (found,) = promised_alerts([live(scenario(), parsed(11 * MINUTE))], PROMISED)

    assert (found.kept, found.share) == (False, 100)


def test_the_first_message_counts_and_no_recovery(
    scenario: Callable[..., Scenario], parsed: Callable[..., ParsedMessage]
) -> None:
    later = parsed(20 * MINUTE)
    (found,) = promised_alerts([live(scenario(), later, parsed(8 * MINUTE), parsed(1.0, resolved=True))], PROMISED)

    assert found.slowest.after == 6 * MINUTE


def test_an_alert_counts_from_its_own_fault(scenario: Callable[..., Scenario]) -> None:
    two = scenario(faults=[FAULT, FAULT | {"from": "5m", "until": "20m"}])
    (found,) = promised_alerts([virtual(two, 9 * MINUTE)], PROMISED)

    assert found.slowest.after == 4 * MINUTE


def test_what_used_most_of_its_time_comes_first(scenario: Callable[..., Scenario]) -> None:
    other = scenario(wanted={"alert_id": "api-down"})
    down = Result(other, Comparison(()), detected={AlertKey("api-down", "production"): 5 * MINUTE}, live=False)
    found = promised_alerts([virtual(scenario(), 8 * MINUTE), down], PROMISED | {"api-down": 4 * MINUTE})

    assert [(one.alert_id, one.share) for one in found] == [("queue-backing-up", 75), ("api-down", 75)]
    found = promised_alerts([virtual(scenario(), 8 * MINUTE), down], PROMISED | {"api-down": 3 * MINUTE})
    assert [one.alert_id for one in found] == ["api-down", "queue-backing-up"]


@pytest.mark.parametrize(
    "changes",
    [
        {"slower": "It waits for a second day."},
        {"wanted": {"delivered": ["20m", "26m"]}},
        {"wanted": {"firing": ["-1m", "10m"]}},
        {"wanted": {"alert_id": "api-down"}},
        {"expect": []},
    ],
    ids=["slower", "delivered later", "fired before", "another alert", "nothing is expected"],
)
def test_a_message_that_the_promise_is_not_about_is_left_out(
    scenario: Callable[..., Scenario], parsed: Callable[..., ParsedMessage], changes: dict[str, object]
) -> None:
    assert promised_alerts([live(scenario(**changes), parsed(21 * MINUTE))], PROMISED) == []


def test_a_rule_that_fires_at_night_is_measured_although_its_message_waits(scenario: Callable[..., Scenario]) -> None:
    night = scenario(wanted={"delivered": ["20m", "26m"]})

    assert [one.slowest.after for one in promised_alerts([virtual(night, 8 * MINUTE)], PROMISED)] == [6 * MINUTE]


def test_an_alert_without_a_promise_is_left_out(scenario: Callable[..., Scenario]) -> None:
    assert promised_alerts([virtual(scenario(), 8 * MINUTE)], {}) == []
