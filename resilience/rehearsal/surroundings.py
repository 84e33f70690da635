"""What is seen of an environment beside its API: collector, outside checks, logs, Grafana Cloud's own use.

Normal life: the collector ships an entry a second, two places look at production's /ready every
minute and three at its data every 5 minutes, one place looks at other environments every 10. Between
two looks the last result is shown again, as Synthetic Monitoring does (about every 2 minutes).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

from resilience.model.conventions import PRODUCTION
from resilience.rehearsal.durations import DAY, MINUTE
from resilience.rehearsal.faults import Api as Fall
from resilience.rehearsal.faults import (
    Certificate,
    Check,
    Collector,
    Fault,
    LogLine,
    Outside,
    Replica,
    Shipping,
    Span,
    Store,
    Usage,
)
from resilience.rehearsal.sample import Sample, sample, whole_events
from resilience.rehearsal.world import STARTED, AnyFault, World

AnySpan = TypeVar("AnySpan", bound=Span)
Epoch = Callable[[float], float]
Worlds = Callable[[str, tuple[Fault, ...]], World]
"""Makes one environment's API: computed, or a program that is told (node.py)."""
API_JOB, ALLOY_JOB = "sv0-api", "integrations/alloy"
SENT_PER_MINUTE = 60.0
REASONS = ("ingester_error", "rate_limited")
LOG_LINES = "log_lines"
"""Lines of the last minute, by recorded line; stands in for Loki, see logs.py."""
NORMAL_USE = {"active_series": 900.0, "log_gigabytes": 3.0, "users": 2.0}
USE = {
    "active_series": "grafanacloud_instance_active_series",
    "log_gigabytes": "grafanacloud_logs_instance_usage",
    "users": "grafanacloud_grafana_instance_active_users",
}
CERTIFICATE_LEFT = 60 * 365 * DAY
"""So far that the live drill, whose days are a sixtieth, is not near it either."""


@dataclass(frozen=True)
class Look:
    """An outside check: how often it is made (virtual seconds), and from where."""

    check: Check
    every: float
    places: tuple[str, ...]


PRODUCTION_LOOKS = (
    Look(Check.READY, MINUTE, ("Frankfurt", "London")),
    Look(Check.DATA, 5 * MINUTE, ("Frankfurt", "London", "Paris")),
)
OTHER_LOOKS = (Look(Check.READY, 10 * MINUTE, ("Frankfurt",)),)


class Target(Protocol):
    """Something that is looked at every minute; `labels` are what the look itself adds."""

    name: str
    labels: dict[str, str]
    writes_up: bool

    def seen(self, at: float) -> bool:
        """Return whether anybody looks."""

    def answers(self, at: float) -> bool:
        """Return whether the look succeeds."""

    def samples(self, at: float, epoch: Epoch) -> Iterator[Sample]:
        """Yield what is seen; `epoch` turns a virtual second into a Unix time."""


def holding(faults: tuple[Fault, ...], kind: type[AnySpan], at: float) -> list[AnySpan]:
    """Return the faults of a kind that hold at a virtual second."""
    return [fault for fault in faults if isinstance(fault, kind) and fault.holds(at)]


def targets_of(
    environments: tuple[str, ...], faults: tuple[Fault, ...], worlds_of: Worlds = World
) -> tuple[Target, ...]:
    """Return everything that an incident's Prometheus sees."""
    worlds = {name: worlds_of(name, faults) for name in environments}
    return (
        *(Api(world, faults) for world in worlds.values()),
        *(Second(name, faults, worlds_of) for name in environments if any(_is_replica(one, name) for one in faults)),
        *(Alloy(name, faults) for name in environments),
        *(Logs(name, faults) for name in environments),
        Outer(worlds, faults),
    )


class _Scraped:
    """Seen by the collector of one environment."""

    writes_up = True
    kind: str
    job: str
    lost_as = "api"

    def __init__(self, environment: str, faults: tuple[Fault, ...]) -> None:
        self.name = f"{self.kind}-{environment}"
        self.labels = {"environment": environment, "job": self.job}
        self._faults = tuple(f for f in faults if getattr(f, "environment", environment) == environment)

    def seen(self, at: float) -> bool:
        states = {fault.state for fault in holding(self._faults, Collector, at)}
        return not states & {"stopped", f"without-{self.lost_as}"} and not holding(self._faults, Store, at)

    def answers(self, _at: float) -> bool:
        return True


class Api(_Scraped):
    """The API's /metrics."""

    kind = "api"
    job = API_JOB

    def __init__(self, world: World, faults: tuple[Fault, ...]) -> None:
        """Show this world."""
        super().__init__(world.environment, faults)
        self._world = world

    def answers(self, at: float) -> bool:
        """Return whether it accepts connections."""
        return self._world.answers(at)

    def samples(self, at: float, epoch: Epoch) -> Iterator[Sample]:
        """Yield what it exposes."""
        return self._world.samples(at, epoch)


class Second(Api):
    """The API's second instance: the same life, but for the falls of the first one."""

    kind = "second"

    def __init__(self, environment: str, faults: tuple[Fault, ...], worlds_of: Worlds) -> None:
        """Leave out the faults of the first instance alone."""
        others = tuple(fault for fault in faults if not isinstance(fault, Fall))
        super().__init__(worlds_of(environment, others), others)
        self.labels |= {"instance": "second"}


def _is_replica(fault: Fault, environment: str) -> bool:
    return isinstance(fault, Replica) and fault.environment == environment


class Alloy(_Scraped):
    """The collector's own metrics."""

    kind = "alloy"
    job = ALLOY_JOB
    lost_as = "itself"

    def samples(self, at: float, _epoch: Epoch) -> Iterator[Sample]:
        """Yield its counters of log entries."""
        yield sample("loki_write_sent_entries_total", self._count(self._sent, at), host="logs")
        dropped = self._count(self._dropped, at)
        for reason in REASONS:
            yield sample("loki_write_dropped_entries_total", dropped // len(REASONS), host="logs", reason=reason)

    def _count(self, rate: Callable[[float], float], at: float) -> int:
        return whole_events(rate, self._faults, STARTED, at)

    def _sent(self, at: float) -> float:
        sends = all(fault.sends for fault in holding(self._faults, Shipping, at))
        return SENT_PER_MINUTE / MINUTE if sends else 0.0

    def _dropped(self, at: float) -> float:
        return sum(fault.dropped_per_minute for fault in holding(self._faults, Shipping, at)) / MINUTE


class Logs(_Scraped):
    """Lines of the API, as its collector ships them."""

    writes_up = False
    kind = job = "logs"

    def __init__(self, environment: str, faults: tuple[Fault, ...]) -> None:
        """Stream labels are those of the collector's configuration."""
        super().__init__(environment, faults)
        self.labels = {"environment": environment, "service": "api"}

    def samples(self, at: float, _epoch: Epoch) -> Iterator[Sample]:
        """Yield how many of each recorded line the last minute brought; like Loki, nothing for none."""
        for fault in (one for one in self._faults if isinstance(one, LogLine)):
            lines = self._until(fault, at) - self._until(fault, at - MINUTE)
            if lines:
                yield sample(LOG_LINES, lines, line=fault.line)

    def _until(self, fault: LogLine, at: float) -> int:
        """Return the lines so far: one at once, the others evenly after it."""
        last = min(at, fault.until) - fault.since
        return 1 + int(last * fault.per_minute / MINUTE) if last > 0 else 0


class Outer:
    """What Grafana Cloud itself knows: outside checks of all environments, and its own use."""

    name = "outside"
    writes_up = False

    def __init__(self, worlds: dict[str, World], faults: tuple[Fault, ...]) -> None:
        """Look at these worlds."""
        self.labels: dict[str, str] = {}
        self._worlds, self._faults = worlds, faults

    def seen(self, at: float) -> bool:
        """Return whether anything is stored."""
        return not holding(self._faults, Store, at)

    def answers(self, _at: float) -> bool:
        """Grafana Cloud writes these series itself."""
        return True

    def samples(self, at: float, epoch: Epoch) -> Iterator[Sample]:
        """Yield the checks' last results, and the use."""
        for name, world in self._worlds.items():
            for look in PRODUCTION_LOOKS if name == PRODUCTION else OTHER_LOOKS:
                yield from self._looks(world, look, at, epoch)
        yield from self._use(at)

    def _looks(self, world: World, look: Look, at: float, epoch: Epoch) -> Iterator[Sample]:
        made = at // look.every * look.every
        ours = [fault for fault in self._of(world, Outside, made) if look.check in fault.checks]
        if any(fault.state == "missing" for fault in ours):
            return
        job = f"sv0-{world.environment}-{look.check}"
        for place in look.places:
            fails = any(not fault.places or place in fault.places for fault in ours)
            success = self._served(world, made) and not fails
            yield sample("probe_success", float(success), job=job, probe=place, instance=world.environment)
            yield sample("probe_ssl_earliest_cert_expiry", epoch(self._end(world, at)), job=job, probe=place)

    def _served(self, world: World, at: float) -> bool:
        """Return whether some instance answers."""
        return world.answers(at) or bool(self._of(world, Replica, at))

    def _end(self, world: World, at: float) -> float:
        found = self._of(world, Certificate, at)
        # Counted from the fault's beginning: an end does not move on as time passes.
        return found[0].since + found[0].left if found else CERTIFICATE_LEFT

    def _of(self, world: World, kind: type[AnyFault], at: float) -> list[AnyFault]:
        return [fault for fault in holding(self._faults, kind, at) if fault.environment == world.environment]

    def _use(self, at: float) -> Iterator[Sample]:
        for key, name in USE.items():
            told = (getattr(fault, key) for fault in holding(self._faults, Usage, at))
            value = next((value for value in told if value is not None), NORMAL_USE[key])
            # Told twice: Grafana Cloud's own metrics come from more than one of its servers.
            yield from (sample(name, value, id=server) for server in ("1", "2"))
