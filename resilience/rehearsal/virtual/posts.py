"""What Grafana would post to the Alertmanager during a scenario, tick by tick."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from resilience.core.conventions import NO_DATA_MEANS, STATE_ALERTS
from resilience.grafana import Answer, Failure, Reason, RuleStates, SentAlert
from resilience.rehearsal.exported import EvaluatedRule
from resilience.rehearsal.scenario.faults import Fault, GrafanaStop, QueryFailure, RuleEdit, StoreRestart
from resilience.rehearsal.scenario.scenario import AlertKey

FAILURE = Failure("the data source does not answer")


@dataclass(frozen=True)
class Post:
    """Alerts that one rule posts at a virtual second; their times are virtual too."""

    at: float
    alerts: tuple[SentAlert, ...]


def key_of(sent: SentAlert) -> AlertKey:
    """Return the alert by the names of the scenarios: Grafana's own about a rule is another than the rule's."""
    name = sent.labels["alertname"]
    return AlertKey(name if name in STATE_ALERTS else sent.labels["alert_id"], sent.labels["environment"])


def is_recovery(sent: SentAlert) -> bool:
    """Return whether the end of an alert means that the fault is over (docs/adr/0011)."""
    reason = sent.annotations.get("grafana_state_reason", "")
    if sent.labels["alertname"] in STATE_ALERTS:
        return reason in ("", Reason.MISSING_SERIES)
    return not reason or (reason == Reason.NO_DATA and NO_DATA_MEANS not in sent.annotations)


def posts(
    one: EvaluatedRule, answers: Sequence[Answer], times: Sequence[float], zero: float, faults: Sequence[Fault]
) -> Iterator[Post]:
    """Yield what one rule posts; `times` are the ticks' Unix times, `zero` is that of virtual zero."""
    states, edits = RuleStates(one.rule), _edits(one, faults)
    stops, failures = [fault for fault in faults if isinstance(fault, GrafanaStop)], _failures(one, faults)
    for at, answer in zip((time - zero for time in times), answers, strict=True):
        sent: list[SentAlert] = []
        if _holds(stops, at):
            continue
        while edits and edits[0] <= at:
            sent += states.change(edits.pop(0) + zero, Reason.UPDATED)
        sent += states.evaluate(at + zero, FAILURE if _holds(failures, at) else answer)
        if sent:
            yield Post(at, tuple(_virtual(alert, zero) for alert in sent))


def _virtual(sent: SentAlert, zero: float) -> SentAlert:
    return replace(sent, starts_at=sent.starts_at - zero, ends_at=sent.ends_at - zero)


def may_fail(one: EvaluatedRule, faults: Sequence[Fault]) -> bool:
    """Return whether its query fails at any time."""
    return bool(_failures(one, faults))


def _failures(one: EvaluatedRule, faults: Sequence[Fault]) -> list[Fault]:
    """Return the faults that make its query fail."""

    def fails(fault: Fault) -> bool:
        if isinstance(fault, StoreRestart):
            return one.source == "prometheus"
        return isinstance(fault, QueryFailure) and fault.source == one.source

    return [fault for fault in faults if fails(fault)]


def _holds(faults: Sequence[Fault], at: float) -> bool:
    return any(fault.holds(at) for fault in faults)


def _edits(one: EvaluatedRule, faults: Sequence[Fault]) -> list[float]:
    labels = one.rule.labels
    return sorted(
        fault.since
        for fault in faults
        if isinstance(fault, RuleEdit) and (fault.id, fault.environment) == (labels["alert_id"], labels["environment"])
    )
