"""All instances of one rule: one evaluation after the other, and what is sent to the Alertmanager."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from resilience.core.conventions import STATE_ALERTS, ExecErrState, NoDataState
from resilience.grafana.instance import WITHOUT_VALUE, Instance, Reason, State
from resilience.grafana.rule import REF_ID, GrafanaRule


@dataclass(frozen=True)
class Failure:
    """A query that failed, after all attempts; Grafana shows the message."""

    message: str


Answer = Sequence[tuple[Mapping[str, str], float]] | Failure
"""Labels and value of each series of A; an empty sequence is no data."""


@dataclass(frozen=True)
class SentAlert:
    """What the Alertmanager gets; times are Unix seconds.

    Attributes:
        labels: complete, with `alertname`.
        annotations: the rule's own as declared, and those that Grafana adds.
        value: of A, with which Grafana expanded the texts; None if it had none.
    """

    labels: dict[str, str]
    annotations: dict[str, str]
    value: float | None
    starts_at: float
    ends_at: float
    resolved: bool

    @property
    def identity(self) -> frozenset[tuple[str, str]]:
        """What the Alertmanager recognises an alert by: all of its labels."""
        return frozenset(self.labels.items())


_Labels = frozenset[tuple[str, str]]
_NO_LABELS: _Labels = frozenset()


class RuleStates:
    """The instances of one rule.

    `pending_without_data` says whether NoData and Error wait for `for`, as they do since Grafana 13; False is
    how it was before.
    """

    def __init__(self, rule: GrafanaRule, *, pending_without_data: bool = True) -> None:
        self.rule = rule
        self.vanished: list[Instance] = []
        """What the last evaluation or change removed."""
        self._fires = rule.condition.fires
        self._pending_without_data = pending_without_data
        # 2.1, 3.1: what Grafana adds has precedence over the rule's labels, those over the series'.
        self._system = {"alertname": rule.title, "grafana_folder": rule.folder, "__alert_rule_uid__": rule.uid}
        self._own = {**rule.labels, **self._system}
        self._query = {"datasource_uid": rule.datasource_uid, "ref_id": REF_ID}
        self._instances: dict[_Labels, Instance] = {}
        self._keys: dict[_Labels, _Labels] = {}

    @property
    def instances(self) -> tuple[Instance, ...]:
        """All instances in the cache, to be read only."""
        return tuple(self._instances.values())

    @property
    def health(self) -> str:
        """`ok`, `nodata` or `error`, as Grafana reports the rule (7.2); an error has precedence here."""
        if any(one.error or one.state is State.ERROR for one in self._instances.values()):
            return "error"
        return "nodata" if any(one.state is State.NO_DATA for one in self._instances.values()) else "ok"

    def evaluate(self, at: float, answer: Answer) -> list[SentAlert]:
        """One evaluation, at this Unix second; what is sent then."""
        self.vanished = []
        series = {} if isinstance(answer, Failure) else {frozenset(labels.items()): value for labels, value in answer}
        # 2.2: first the results, then what had none, then what is sent.
        if isinstance(answer, Failure):
            self._without_values(at, State.ERROR, answer.message)
        elif len(series) < len(answer):
            self._without_values(at, State.ERROR, "two series have the same labels")  # 1.3
        elif self._changes_nothing(at, series):
            return []
        elif not series:
            self._without_values(at, State.NO_DATA)
        else:
            for labels, value in series.items():
                self._with_value(at, labels, value)
        self._miss(at)
        return self._send(at, [*self._instances.values(), *self.vanished])

    def change(self, at: float, reason: Reason) -> list[SentAlert]:
        """The rule was updated, paused or deleted: every instance is dropped and what fired is ended (2.7)."""
        self.vanished = list(self._instances.values())
        self._instances.clear()
        for one in self.vanished:
            one.end(reason, at)
            one.starts_at = at  # a vanished series keeps its start, as in the source
        return self._send(at, self.vanished)

    def _changes_nothing(self, at: float, series: Mapping[_Labels, float]) -> bool:
        """Whether every instance is Normal and stays it, as nearly always: only the time and the value are noted."""
        if not series:
            quiet = [one for one in self._instances.values() if one.settled_on is State.NO_DATA]
            for one in quiet:
                one.last_evaluation = at
            return 0 < len(quiet) == len(self._instances)
        for labels, value in series.items():
            known = self._instances.get(self._keys.get(labels, _NO_LABELS))
            if known is None or known.settled_on is not State.NORMAL or self._fires(value):
                return False
            known.last_evaluation, known.value = at, value
        return len(series) == len(self._instances)

    def _with_value(self, at: float, labels: _Labels, value: float) -> None:
        one = self._instance(at, self._key(labels))
        one.value = value
        one.forget_failure()
        self._apply(one, State.ALERTING if self._fires(value) else State.NORMAL, at)

    def _key(self, series: _Labels) -> _Labels:
        if series not in self._keys:
            self._keys[series] = frozenset({**dict(series), **self._own}.items())
        return self._keys[series]

    def _instance(self, at: float, key: _Labels) -> Instance:
        if key not in self._instances:
            self._instances[key] = Instance(dict(sorted(key)), starts_at=at, ends_at=at, last_evaluation=at)
        return self._instances[key]

    def _apply(self, one: Instance, result: State, at: float) -> None:
        one.apply(result, self.rule, at, pending_without_data=self._pending_without_data)

    def _without_values(self, at: float, result: State, message: str = "") -> None:
        """2.2: the setting decides whether every instance gets the result, or one of its own does."""
        fails = result is State.ERROR
        rule = self.rule
        own = rule.exec_err_state is ExecErrState.ERROR if fails else rule.no_data_state is NoDataState.NO_DATA
        own = own or not self._instances
        for one in [self._own_instance(at, result)] if own else self.instances:
            self._apply(one, result, at)
            if fails:
                one.add_failure(message, rule)
            else:
                one.query_labels, one.error = {}, ""
                one.annotations |= {} if own else self._query
            if own:
                one.settled_on = None  # from the next evaluation on it is one of those that are known

    def _own_instance(self, at: float, result: State) -> Instance:
        """2.1: the result without data has the query's labels; the failure has none, as a series without labels."""
        return self._instance(at, self._key(frozenset(self._query.items() if result is State.NO_DATA else ())))

    def _miss(self, at: float) -> None:
        for key, one in list(self._instances.items()):
            if one.last_evaluation != at and one.miss(self.rule, at):
                self.vanished.append(self._instances.pop(key))

    def _send(self, at: float, candidates: Iterable[Instance]) -> list[SentAlert]:
        due = [one for one in candidates if one.is_due(at)]
        for one in due:
            one.last_sent = at
        return [self._sent(one) for one in due]

    def _sent(self, one: Instance) -> SentAlert:
        resolved = one.state is State.NORMAL
        named_after = one.previous if resolved else one.state
        labels = {name: value for name, value in (one.labels | one.query_labels).items() if value}
        if named_after in WITHOUT_VALUE:
            # 3.1: the end of such an alert has its name too.
            labels |= {"alertname": STATE_ALERTS[named_after is State.ERROR], "rulename": self.rule.title}
        reason = {"grafana_state_reason": one.reason.value} if one.reason else {}
        annotations = {**self.rule.annotations, **one.annotations, **reason}
        return SentAlert(labels, annotations, one.value, one.starts_at, one.ends_at, resolved)
