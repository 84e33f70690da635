"""The messages that groups, waits, repetitions and hours would have made of the firings.

It follows Alertmanager 0.31, from which Grafana's is made: `dispatch/dispatch.go` (a group is flushed after its wait,
then at each interval until it is empty) and `notify/notify.go` (`DedupStage.needsUpdate`: what makes a flush a
message; `TimeActiveStage`, `TimeMuteStage`: outside its hours a route sends nothing and notes nothing). Nothing is
inhibited or silenced: neither is declared.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from resilience.backtest.firings import AlertFiring, Identity
from resilience.backtest.routes import NumberedRoute, NumberedRoutes
from resilience.core.conventions import SCRAPE_SECONDS
from resilience.core.durations import DAY

_LONGEST_NOTED = 5 * DAY
"""`--data.retention`: what was sent is remembered so long, and no longer than two repetitions."""


@dataclass(frozen=True)
class SentMessage:
    """One message: when (Unix seconds), where, about which firings, and whether all of them are over."""

    at: float
    channel: str
    firings: tuple[AlertFiring, ...]
    resolved: bool


def messages(routes: NumberedRoutes, firings: Sequence[AlertFiring], end: float) -> list[SentMessage]:
    """Every message until `end`, in the order of time.

    Raises:
        RehearsalError: no Alertmanager can match the routes.
    """
    sets = {_identity(one): one.labels for one in firings}
    taken = dict(zip(sets, routes.taken(list(sets.values())), strict=True))
    groups: defaultdict[tuple[int, tuple[tuple[str, str], ...]], list[AlertFiring]] = defaultdict(list)
    for firing in firings:
        for route in taken[_identity(firing)]:
            groups[route.number, route.group_of(firing.labels)].append(firing)
    found = (
        one for (number, _), group in groups.items() for one in _DispatchedGroup(routes.routes[number]).sent(group, end)
    )
    return sorted(found, key=lambda one: (one.at, one.channel))


def _identity(firing: AlertFiring) -> Identity:
    return frozenset(firing.labels.items())


def _last(firing: AlertFiring) -> float:
    """When anything of it was posted last; an alert that ends between two looks is posted until then."""
    return max(firing.end or 0.0, firing.posted_until)


@dataclass
class _Note:
    """What was sent last, and when: Alertmanager's notification log."""

    at: float
    firing: set[Identity]
    resolved: set[Identity]


@dataclass
class _DispatchedGroup:
    """One group of one route."""

    route: NumberedRoute
    note: _Note | None = None
    held: dict[Identity, AlertFiring] = field(default_factory=dict)

    def sent(self, firings: Iterable[AlertFiring], end: float) -> Iterator[SentMessage]:
        """Its messages; a group that is empty begins anew with its next alert."""
        coming = sorted(firings, key=lambda one: one.begin, reverse=True)
        while coming:
            at = coming[-1].begin + self.route.wait
            while at <= end:
                while coming and coming[-1].begin <= at:
                    began = coming.pop()
                    self.held[_identity(began)] = began
                yield from self._flush(at)
                self.held = {key: one for key, one in self.held.items() if one.end is None or _last(one) > at}
                # What is empty is removed within half a minute, so the next alert waits in a new group.
                if not self.held:
                    break
                # A group of ends alone is empty too, and made again by the next post of one of them.
                at += self.route.interval if self._fires(at) else min(self.route.interval, SCRAPE_SECONDS)
            else:
                return

    def _fires(self, at: float) -> bool:
        return any(one.end is None or one.end > at for one in self.held.values())

    def _flush(self, at: float) -> Iterator[SentMessage]:
        over = {key for key, one in self.held.items() if one.end is not None and one.end <= at}
        firing = set(self.held) - over
        # The hours come first: what is not sent is not noted either.
        if not self._needed(at, firing, over) or not self.route.is_open(at):
            return
        self.note = _Note(at, firing, over)
        shown = firing | over if self.route.sends_resolved else firing
        if shown:
            yield SentMessage(at, self.route.channel, tuple(self.held[key] for key in shown), not firing)

    def _needed(self, at: float, firing: set[Identity], over: set[Identity]) -> bool:
        note = self.note
        if note is None or at - note.at > min(2 * self.route.repeat, _LONGEST_NOTED):
            return bool(firing)
        if not firing <= note.firing:
            return True
        if not firing:
            return bool(note.firing)
        if self.route.sends_resolved and not over <= note.resolved:
            return True
        return note.at < at - self.route.repeat
