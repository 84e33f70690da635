"""Where bars, marks and ticks of a timeline are, in percent of the scenario's length."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from resilience.core.durations import MINUTE
from resilience.rehearsal.report.comparison import Comparison
from resilience.rehearsal.report.entries import ReportEntry
from resilience.rehearsal.report.parsed_message import ParsedMessage
from resilience.rehearsal.report.results import Result
from resilience.rehearsal.report.timeline import MOST_TICKS, Bar, Mark, timeline
from resilience.rehearsal.scenario.scenario import AlertKey, Scenario
from tests import scenarios


def entry(scenario: Scenario, **given: object) -> ReportEntry:
    return ReportEntry(scenario, (Result(scenario, Comparison(()), **given),))  # type: ignore[arg-type]


def test_each_fault_expectation_and_result_has_a_row(scenario: Callable[..., Scenario]) -> None:
    night = scenario(hours={"opens_at": "15m"}, wanted={"resolved": ["15m", "18m"]})
    rows = timeline(entry(night)).rows

    assert [[bar.kind for bar in row.bars] for row in rows] == [["fault"], ["closed"], ["window", "recovery"], []]
    assert [row.label for row in rows] == [
        "queue 50 · production",
        "outside business hours",
        "queue-backing-up · production",
        "Slack · live",
    ]


def test_a_bar_lies_where_its_time_is_and_says_it(scenario: Callable[..., Scenario]) -> None:
    fault, window, _ = timeline(entry(scenario())).rows

    assert fault.bars == (Bar("fault", 6.67, 93.33, "queue 50 · production: 2m00s to the end"),)
    assert window.bars == (Bar("window", 23.33, 10.0, "queue-backing-up · production: expected: 7m00s to 10m00s"),)


def test_what_waits_for_the_morning_is_expected_then(scenario: Callable[..., Scenario]) -> None:
    rows = timeline(entry(scenario(wanted={"delivered": ["15m", "18m"]}))).rows

    assert [(bar.x, bar.width) for bar in rows[1].bars] == [(50.0, 10.0)]


def test_a_message_and_a_firing_rule_are_marks(
    scenario: Callable[..., Scenario], parsed: Callable[..., ParsedMessage]
) -> None:
    received = (parsed(6 * MINUTE), parsed(15 * MINUTE, resolved=True))
    live = timeline(entry(scenario(), received=received)).rows[-1]
    virtual = timeline(entry(scenario(), detected={AlertKey("api-down", "dev"): 3 * MINUTE}, live=False)).rows[-1]

    assert live.marks == (
        Mark("firing", 20.0, "6m00s: queue-backing-up (production) firing"),
        Mark("resolved", 50.0, "15m00s: queue-backing-up (production) resolved"),
    )
    assert (virtual.label, virtual.marks) == (
        "firing rules · virtual time",
        (Mark("firing", 10.0, "3m00s: api-down (dev) fires"),),
    )


@pytest.mark.parametrize(
    ("length", "ticks"),
    [
        ("30m", ["0 min", "5 min", "10 min", "15 min", "20 min", "25 min", "30 min"]),
        ("26h", ["0 h", "8 h", "16 h", "24 h"]),
        ("5d", ["0 d", "1 d", "2 d", "3 d", "4 d", "5 d"]),
    ],
)
def test_ticks_are_whole_minutes_hours_or_days(
    scenario: Callable[..., Scenario], length: str, ticks: list[str]
) -> None:
    assert [label for _, label in timeline(entry(scenario(length=length))).ticks] == ticks


def test_no_scenario_has_more_ticks_than_a_telephone_can_show() -> None:
    lengths = {scenario.length: scenario for scenario in scenarios.ALL}

    for scenario in lengths.values():
        places = [x for x, _ in timeline(entry(scenario)).ticks]
        assert 2 <= len(places) <= MOST_TICKS + 1
        assert all(after - before > 14 for before, after in pairwise(places))
