"""One alert instance: its state, and what a result at an evaluation makes of it."""

from dataclasses import dataclass, field
from enum import StrEnum, unique

from resilience.core.conventions import ExecErrState, NoDataState
from resilience.grafana.rule import REF_ID, GrafanaRule

RESEND_DELAY = 30.0
"""Seconds; `resend_delay` of Grafana."""
RESOLVED_RETENTION = 15 * 60.0
"""Seconds for which the end of an alert is sent again; `resolved_alert_retention` of Grafana."""


@unique
class State(StrEnum):
    """State of an instance; all but Pending and Recovering are results too."""

    NORMAL = "Normal"
    PENDING = "Pending"
    ALERTING = "Alerting"
    RECOVERING = "Recovering"
    NO_DATA = "NoData"
    ERROR = "Error"


@unique
class Reason(StrEnum):
    """Why a state is not what its result says; the annotation `grafana_state_reason`."""

    NONE = ""
    NO_DATA = "NoData"
    ERROR = "Error"
    NO_DATA_KEEP_LAST = "NoData, KeepLast"
    ERROR_KEEP_LAST = "Error, KeepLast"
    MISSING_SERIES = "MissingSeries"
    UPDATED = "Updated"
    PAUSED = "Paused"
    RULE_DELETED = "RuleDeleted"


WITHOUT_VALUE = (State.NO_DATA, State.ERROR)
_FIRING = (State.ALERTING, State.RECOVERING)
_KEPT_LAST = {State.NO_DATA: Reason.NO_DATA_KEEP_LAST, State.ERROR: Reason.ERROR_KEEP_LAST}


@dataclass(slots=True)
class Instance:
    """One label set of a rule; times are Unix seconds.

    Attributes:
        labels: what it is recognised by; `alertname` is still the rule's title.
        query_labels: the query's, which a failure adds without making another instance of it.
        previous: the state before the last evaluation.
        starts_at: when it entered its state.
        ends_at: when the Alertmanager takes it for resolved if nothing more is sent.
        value: of A, when the texts were last expanded; None if never.
        annotations: those that Grafana adds to the rule's own, without the reason.
        error: why the last evaluation failed, if the rule's health shows it.
        settled_on: the result that would change nothing but the time; None if every one may.
    """

    labels: dict[str, str]
    starts_at: float
    ends_at: float
    last_evaluation: float
    state: State = State.NORMAL
    reason: Reason = Reason.NONE
    previous: State = State.NORMAL
    last_sent: float | None = None
    resolved_at: float | None = None
    value: float | None = None
    query_labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    error: str = ""
    settled_on: State | None = None

    def apply(self, result: State, rule: GrafanaRule, at: float, *, pending_without_data: bool) -> None:
        """Take over the result of the evaluation at `at`."""
        self.previous, self.last_evaluation = self.state, at
        meant = _meaning(result, self.state, rule)
        waits = pending_without_data or meant not in WITHOUT_VALUE
        self._enter(_next(self.state, meant, at - self.starts_at, rule) if waits else meant, rule, at)
        self.reason = self._reason(result, rule)
        # 2.6
        if self.previous in _FIRING and self.state is State.NORMAL:
            self.resolved_at = at
        elif self.state not in (State.NORMAL, State.PENDING):
            self.resolved_at = None
        silent = self.state is self.previous is State.NORMAL and self.resolved_at is None
        self.settled_on = result if silent else None

    def _enter(self, state: State, rule: GrafanaRule, at: float) -> None:
        changed = state is not self.state
        if changed:
            self.state, self.starts_at = state, at
        if state is not State.NORMAL:
            self.keep_alive(rule, at)
        elif changed:
            self.ends_at = at

    def _reason(self, result: State, rule: GrafanaRule) -> Reason:
        """2.4."""
        if result not in WITHOUT_VALUE or result is self.state:
            return Reason.NONE
        return _KEPT_LAST[result] if _setting(result, rule) == NoDataState.KEEP_LAST else Reason(result.value)

    def keep_alive(self, rule: GrafanaRule, at: float) -> None:
        """Let the Alertmanager wait four evaluations before it takes the alert for resolved (4)."""
        self.ends_at = at + 4 * max(rule.interval, RESEND_DELAY)

    def miss(self, rule: GrafanaRule, at: float) -> bool:
        """Whether it counts as vanished at an evaluation that has no result for it (2.5)."""
        if at - self.last_evaluation < self._missing_evaluations(rule) * rule.interval:
            if self.state is State.ALERTING:
                self.keep_alive(rule, at)
            return False
        self.end(Reason.MISSING_SERIES, at)
        return True

    def _missing_evaluations(self, rule: GrafanaRule) -> int:
        waiting = self.state is State.PENDING and self.reason in (Reason.NO_DATA, Reason.ERROR)
        return 1 if waiting or self.state in WITHOUT_VALUE else rule.missing_evaluations

    def end(self, reason: Reason, at: float) -> None:
        """Make it Normal from outside an evaluation's result (2.5, 2.7); it is not to be used afterwards."""
        if self.state in (*_FIRING, *WITHOUT_VALUE):
            self.resolved_at = at
        self.previous, self.state, self.reason = self.state, State.NORMAL, reason
        self.ends_at = at

    def is_due(self, at: float) -> bool:
        """Whether the Alertmanager is to get it at an evaluation (4)."""
        if self.state is State.PENDING:
            return False
        if self.resolved_at is not None and (self.last_sent is None or self.resolved_at > self.last_sent):
            return True
        if self.state is State.NORMAL and (self.resolved_at is None or at - self.resolved_at > RESOLVED_RETENTION):
            return False
        return self.last_sent is None or self.last_sent + RESEND_DELAY <= at

    def add_failure(self, message: str, rule: GrafanaRule) -> None:
        """Texts and labels of a failed query (2.1, 2.3), and its share of the rule's health (7.2)."""
        query = {"ref_id": REF_ID, "datasource_uid": rule.datasource_uid}
        if rule.exec_err_state is ExecErrState.ERROR:
            self.query_labels = query
        else:
            self.annotations |= query
        self.annotations["Error"] = message
        self.error = message if rule.exec_err_state in (ExecErrState.ERROR, ExecErrState.ALERTING) else ""

    def forget_failure(self) -> None:
        """A query that answers leaves nothing of an earlier failure, or of a time without data."""
        self.query_labels, self.annotations, self.error = {}, {}, ""


def _setting(result: State, rule: GrafanaRule) -> str:
    return rule.no_data_state if result is State.NO_DATA else rule.exec_err_state


def _meaning(result: State, state: State, rule: GrafanaRule) -> State:
    """The column of 2.3 that applies to a result."""
    if result not in WITHOUT_VALUE:
        return result
    match _setting(result, rule):
        case NoDataState.OK:
            return State.NORMAL
        case NoDataState.ALERTING:
            return State.ALERTING
        case NoDataState.KEEP_LAST:
            return State.ALERTING if state in (State.ALERTING, State.PENDING) else State.NORMAL
    return result


def _next(state: State, meant: State, waited: float, rule: GrafanaRule) -> State:
    """2.3: the state after a column applies; `waited` seconds in the present state."""
    if meant is State.NORMAL:
        if state is State.ALERTING and rule.keep_firing_for:
            return State.RECOVERING
        return State.RECOVERING if state is State.RECOVERING and waited < rule.keep_firing_for else State.NORMAL
    if state in (meant, State.RECOVERING):
        return meant
    if state is State.PENDING:
        return meant if waited >= rule.pending else State.PENDING
    return State.PENDING if rule.pending else meant
