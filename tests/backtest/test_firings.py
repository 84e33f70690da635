"""What becomes of a rule's answers: firings with begin and end, and the times without an answer."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from resilience.backtest.comparison import Outcome
from resilience.backtest.firings import Evaluation, RuleHistory, length
from resilience.backtest.run import Backtest
from resilience.core.conventions import NO_DATA_MEANS, ExecErrState, NoDataState
from resilience.core.durations import MINUTE
from resilience.grafana import Answer, Condition, Failure, GrafanaRule
from resilience.rehearsal.virtual.answers import Ticks

BEGIN = 60_000.0
RULE = GrafanaRule(
    uid="q", title="Queue", folder="F", labels={"alert_id": "queue"}, annotations={}, interval=MINUTE,
    pending=2 * MINUTE, keep_firing_for=0.0, missing_evaluations=2, no_data_state=NoDataState.OK,
    exec_err_state=ExecErrState.KEEP_LAST, condition=Condition("gt", (10.0,)), datasource_uid="p",
)  # fmt: skip
HIGH: Answer = [({"job": "api"}, 11.0)]
LOW: Answer = [({"job": "api"}, 10.0)]
NONE: Answer = []
FAILED = Failure("away")


def evaluated(rule: GrafanaRule, answers: Sequence[Answer]) -> RuleHistory:
    """The answers in two parts, as an API gives them."""
    evaluation, half = Evaluation(rule), len(answers) // 2
    evaluation.add(Ticks(BEGIN, half), answers[:half])
    evaluation.add(Ticks(BEGIN + half * MINUTE, len(answers) - half), answers[half:])
    return evaluation.done()


def spans(history: RuleHistory) -> list[tuple[float, float | None, bool]]:
    """Begin and end of each firing in minutes, and whether it may have begun before."""
    found = [(one.begin, one.end, one.begins_before) for one in history.firings]
    return [((begin - BEGIN) / MINUTE, end and (end - BEGIN) / MINUTE, before) for begin, end, before in found]


def test_a_firing_begins_after_its_wait_and_ends_with_the_fault() -> None:
    assert spans(evaluated(RULE, [LOW, *[HIGH] * 5, *[LOW] * 20])) == [(3, 6, False)]
    assert spans(evaluated(RULE, [LOW, *[HIGH] * 2, *[LOW] * 5])) == []
    assert spans(evaluated(RULE, [LOW, *[HIGH] * 9])) == [(3, None, False)]
    assert spans(evaluated(RULE, [LOW, *[HIGH] * 4, LOW, *[HIGH] * 4, LOW])) == [(3, 5, False), (8, 10, False)]


def test_what_fires_as_soon_as_it_can_may_have_begun_before_the_history() -> None:
    assert spans(evaluated(RULE, [*[HIGH] * 5, *[LOW] * 5])) == [(2, 5, True)]


def test_an_end_is_posted_for_a_quarter_of_an_hour_and_that_of_a_vanished_series_once() -> None:
    (ended,) = evaluated(RULE, [LOW, *[HIGH] * 5, *[LOW] * 40]).firings
    (vanished,) = evaluated(replace(RULE, pending=0.0), [HIGH, *[[({"job": "other"}, 1.0)]] * 40]).firings

    assert (ended.end, ended.posted_until) == (BEGIN + 6 * MINUTE, BEGIN + 21 * MINUTE)
    assert vanished.end == vanished.posted_until == BEGIN + 2 * MINUTE


@pytest.mark.parametrize(
    ("rule", "minutes"),
    [
        (RULE, 0),
        (replace(RULE, annotations={NO_DATA_MEANS: "unknown"}), 7),
        (replace(RULE, no_data_state=NoDataState.KEEP_LAST), 7),
    ],
)
def test_an_empty_answer_is_time_without_data_where_it_is_more_than_no_fault(rule: GrafanaRule, minutes: int) -> None:
    history = evaluated(rule, [LOW, *[NONE] * 4, LOW, *[NONE] * 3])

    assert length(history.no_data) == minutes * MINUTE
    assert len(history.no_data) == (2 if minutes else 0)
    assert history.errors == []


def test_a_failure_keeps_the_last_state_and_is_time_in_error() -> None:
    history = evaluated(RULE, [LOW, *[HIGH] * 4, *[FAILED] * 6, HIGH, LOW])

    assert spans(history) == [(3, 12, False)]
    assert history.errors == [(BEGIN + 5 * MINUTE, BEGIN + 11 * MINUTE)]


def test_an_alert_of_grafana_about_the_rule_is_none_of_its_firings() -> None:
    silent = replace(RULE, no_data_state=NoDataState.NO_DATA, pending=0.0)
    history = evaluated(silent, [LOW, *[NONE] * 5, *[LOW] * 3])
    found = Backtest(BEGIN, BEGIN + 9 * MINUTE, (history,), (), None)

    assert [(one.kind, one.labels["alertname"]) for one in history.firings] == [("no data", "DatasourceNoData")]
    assert Outcome.of(history, found) == Outcome(0, 0.0, 5 * MINUTE, 0.0, None)


def test_an_alert_that_gets_another_name_ends_with_its_last_post() -> None:
    """Alerting becomes DatasourceError: nobody posts the first any more, and the Alertmanager ends it."""
    failing = replace(RULE, exec_err_state=ExecErrState.ERROR, pending=0.0)
    history = evaluated(failing, [[({}, 11.0)], [({}, 11.0)], *[FAILED] * 12])

    assert [(one.kind, one.begin, one.end) for one in history.firings] == [
        ("firing", BEGIN, BEGIN + 5 * MINUTE),
        ("error", BEGIN + 2 * MINUTE, None),
    ]
