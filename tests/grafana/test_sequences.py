"""Any sequence of answers: what must hold whatever happens."""

from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from resilience.core.conventions import ExecErrState, NoDataState
from resilience.grafana import Answer, Failure, Reason, RuleStates, SentAlert, State
from resilience.grafana.instance import RESEND_DELAY
from tests.grafana.depth import INTERVAL, grafana_rule

VALUES = st.sampled_from([3.0, 3.0, 3.0, 9.0])
SERIES: st.SearchStrategy[Answer] = st.dictionaries(st.sampled_from("ab"), VALUES).map(
    lambda found: [({"series": name}, value) for name, value in found.items()]
)
ANSWERS = st.lists(SERIES | SERIES | st.just(Failure("timeout")), min_size=3, max_size=16)
RULES = st.fixed_dictionaries(
    {
        "pending": st.sampled_from(["0s", "1m", "2m"]),
        "keepFiringFor": st.sampled_from(["0s", "2m"]),
        "missingSeriesEvalsToResolve": st.sampled_from([1, 2, 4]),
        "noDataState": st.sampled_from([*NoDataState]),
        "execErrState": st.sampled_from([*ExecErrState]),
        "interval": st.sampled_from([10.0, INTERVAL]),
    }
)
some = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class SlowRuleStates(RuleStates):
    """Takes no short cut."""

    def _changes_nothing(self, _at: float, _series: Any) -> bool:
        return False


@some
@given(rule=RULES, answers=ANSWERS)
def test_the_short_cut_changes_nothing_but_time(rule: dict[str, Any], answers: list[Answer]) -> None:
    quick, slow = RuleStates(grafana_rule(**rule)), SlowRuleStates(grafana_rule(**rule))

    for number, answer in enumerate(answers):
        at = number * rule["interval"]
        assert quick.evaluate(at, answer) == slow.evaluate(at, answer)
        assert (quick.instances, quick.vanished, quick.health) == (slow.instances, slow.vanished, slow.health)


def test_what_keeps_its_last_state_begins_as_normal() -> None:
    states = RuleStates(grafana_rule(noDataState="KeepLast"))

    assert states.evaluate(0, []) == []
    assert [(one.state, one.reason) for one in states.instances] == [(State.NORMAL, Reason.NO_DATA_KEEP_LAST)]


@some
@given(rule=RULES, answers=ANSWERS)
def test_nothing_ends_that_did_not_fire(rule: dict[str, Any], answers: list[Answer]) -> None:
    # Evaluated more often than it is sent, NoData can become Alerting, under another name, and end before that is sent.
    assume(rule["interval"] >= RESEND_DELAY)
    states = RuleStates(grafana_rule(**rule))
    firing: set[tuple[tuple[str, str], ...]] = set()

    for number, answer in enumerate(answers):
        for alert in states.evaluate(number * rule["interval"], answer):
            assert alert.resolved is False or _key(alert) in firing
            firing.add(_key(alert))


def _key(alert: SentAlert) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(alert.labels.items()))
