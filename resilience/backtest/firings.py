"""When a rule would have fired, and for how long: the model of Grafana on the answers of days."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import inf

from resilience.core.conventions import NO_DATA_MEANS, STATE_ALERTS, NoDataState
from resilience.grafana import Answer, Failure, GrafanaRule, RuleStates, SentAlert
from resilience.rehearsal.virtual.answers import Ticks

MOST_FIRINGS = 5_000
"""Of one rule; what has more is no alert, and nobody reads on."""


TimeSpan = tuple[float, float]
"""Begin and end, Unix seconds."""
Identity = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class AlertFiring:
    """One alert from its first post to its end; times are Unix seconds.

    Attributes:
        labels: all that the Alertmanager gets.
        end: None if it still fired at the end of the history.
        begins_before: it may have begun earlier: it fired as soon as it could.
        posted_until: when its end was posted last: Grafana repeats that for a quarter of an hour.
    """

    labels: dict[str, str]
    begin: float
    end: float | None
    begins_before: bool
    posted_until: float = 0.0

    @property
    def kind(self) -> str:
        """`firing`, or Grafana's own alert about a rule without an answer: `no data` or `error`."""
        names = dict(zip(STATE_ALERTS, ("no data", "error"), strict=True))
        return names.get(self.labels["alertname"], "firing")

    def seconds(self, end: float) -> float:
        """How long it lasted, at most until `end`."""
        return (end if self.end is None else self.end) - self.begin


@dataclass
class RuleHistory:
    """What would have come of one rule; `no_data` and `errors` are times in which its query had no answer.

    An empty answer counts only where it is more than "no fault was found".
    """

    rule: GrafanaRule
    firings: list[AlertFiring] = field(default_factory=list)
    no_data: list[TimeSpan] = field(default_factory=list)
    errors: list[TimeSpan] = field(default_factory=list)


class Evaluation:
    """Evaluates one rule, part of the history by part."""

    def __init__(self, rule: GrafanaRule) -> None:
        """Begin with nothing known of the rule, as after its first `up`."""
        self.history = RuleHistory(rule)
        self._states = RuleStates(rule)
        self._open: dict[Identity, tuple[SentAlert, float]] = {}
        self._ended: dict[Identity, AlertFiring] = {}
        self._first: float | None = None
        self._empty_counts = rule.no_data_state is not NoDataState.OK or NO_DATA_MEANS in rule.annotations

    def add(self, ticks: Ticks, answers: Sequence[Answer]) -> None:
        """Evaluate these ticks, which follow the last ones."""
        self._first = ticks.first if self._first is None else self._first
        for at, answer in zip(ticks.times(), answers, strict=True):
            if isinstance(answer, Failure):
                _extend(self.history.errors, at, ticks.step)
            elif not answer and self._empty_counts:
                _extend(self.history.no_data, at, ticks.step)
            posted = self._states.evaluate(at, answer)
            if posted or self._open:
                self._note(posted, at)
            self.history.firings += self._unposted(at)

    def done(self) -> RuleHistory:
        """Everything, with what still fires."""
        for sent, begin in self._open.values():
            self.history.firings.append(self._firing(sent, begin, None))
        self.history.firings += self._unposted(inf)
        self._open.clear()
        self.history.firings.sort(key=lambda one: (one.begin, sorted(one.labels.items())))
        del self.history.firings[MOST_FIRINGS:]
        return self.history

    def _note(self, posted: Iterable[SentAlert], at: float) -> None:
        for sent in posted:
            if not sent.resolved:
                _, begin = self._open.get(sent.identity, (sent, at))
                self._open[sent.identity] = sent, begin
            elif begun := self._open.pop(sent.identity, None):
                self._ended[sent.identity] = self._firing(*begun, at)
            elif known := self._ended.get(sent.identity):
                self._ended[sent.identity] = replace(known, posted_until=at)
        # An alert that nobody posts any more, because it has another name now, fires until the end of its last post.
        for identity, (sent, begin) in [*self._open.items()]:
            if sent.ends_at <= at:
                self._ended[identity] = self._firing(sent, begin, sent.ends_at)
                del self._open[identity]

    def _unposted(self, at: float) -> Iterator[AlertFiring]:
        """Those of which the end is not posted any more, or that fire again: they are complete."""
        for identity, one in [*self._ended.items()] if self._ended else ():
            if one.posted_until < at or identity in self._open:
                yield self._ended.pop(identity)

    def _firing(self, sent: SentAlert, begin: float, end: float | None) -> AlertFiring:
        before = begin - self.history.rule.pending <= (self._first or 0.0)
        return AlertFiring(sent.labels, begin, end, before, end or 0.0)


def _extend(spans: list[TimeSpan], at: float, step: float) -> None:
    """Add one tick, which may continue the last span."""
    begin = spans.pop()[0] if spans and spans[-1][1] >= at else at
    spans.append((begin, at + step))


def length(spans: Iterable[TimeSpan]) -> float:
    """Seconds of all spans."""
    return sum(end - begin for begin, end in spans)
