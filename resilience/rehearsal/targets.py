"""What is seen of an environment beside its API: collector, outside checks, logs, Grafana Cloud's own use.

Normal life: the collector ships an entry a second, two places look at production's /ready every
minute and three at its data every 5 minutes, one place looks at other environments every 10. Between
two looks the last result is shown again, as Synthetic Monitoring does (about every 2 minutes).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

from resilience.core.conventions import PRODUCTION
from resilience.core.durations import DAY, MINUTE
from resilience.rehearsal.api_simulator import STARTED, AnyFault, ApiSimulator
from resilience.rehearsal.faults import (
    ApiDown,
    CertificateExpiry,
    CollectorLoss,
    Fault,
    LogLines,
    LogShipping,
    PlanUsage,
    ProbedCheck,
    ProbeFailure,
    Replica,
    Span,
    StoreRestart,
)
from resilience.rehearsal.sample import Sample, sample, whole_events

AnySpan = TypeVar("AnySpan", bound=Span)
Epoch = Callable[[float], float]
SimulatorFactory = Callable[[str, tuple[Fault, ...]], ApiSimulator]
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
class ProbeSchedule:
    """An outside check: how often it is made (virtual seconds), and from where."""

    check: ProbedCheck
    every: float
    places: tuple[str, ...]


PRODUCTION_SCHEDULES = (
    ProbeSchedule(ProbedCheck.READY, MINUTE, ("Frankfurt", "London")),
    ProbeSchedule(ProbedCheck.DATA, 5 * MINUTE, ("Frankfurt", "London", "Paris")),
)
OTHER_SCHEDULES = (ProbeSchedule(ProbedCheck.READY, 10 * MINUTE, ("Frankfurt",)),)


class ScrapeTarget(Protocol):
    """Something that is looked at every minute; `labels` are what the look itself adds."""

    name: str
    labels: dict[str, str]
    writes_up: bool

    def scraped(self, at: float) -> bool:
        """Return whether anybody looks."""

    def answers(self, at: float) -> bool:
        """Return whether the look succeeds."""

    def samples(self, at: float, epoch: Epoch) -> Iterator[Sample]:
        """Yield what is seen; `epoch` turns a virtual second into a Unix time."""


def holding(faults: tuple[Fault, ...], kind: type[AnySpan], at: float) -> list[AnySpan]:
    """Return the faults of a kind that hold at a virtual second."""
    return [fault for fault in faults if isinstance(fault, kind) and fault.holds(at)]


def targets_of(
    environments: tuple[str, ...], faults: tuple[Fault, ...], simulator_of: SimulatorFactory = ApiSimulator
) -> tuple[ScrapeTarget, ...]:
    """Return everything that an incident's Prometheus sees."""
    simulators = {name: simulator_of(name, faults) for name in environments}
    return (
        *(ApiTarget(simulator, faults) for simulator in simulators.values()),
        *(
            ReplicaTarget(name, faults, simulator_of)
            for name in environments
            if any(_is_replica(one, name) for one in faults)
        ),
        *(CollectorTarget(name, faults) for name in environments),
        *(LogsTarget(name, faults) for name in environments),
        GrafanaCloudTarget(simulators, faults),
    )


class _ScrapedTarget:
    """Seen by the collector of one environment."""

    writes_up = True
    kind: str
    job: str
    lost_as = "api"

    def __init__(self, environment: str, faults: tuple[Fault, ...]) -> None:
        self.name = f"{self.kind}-{environment}"
        self.labels = {"environment": environment, "job": self.job}
        self._faults = tuple(f for f in faults if getattr(f, "environment", environment) == environment)

    def scraped(self, at: float) -> bool:
        states = {fault.state for fault in holding(self._faults, CollectorLoss, at)}
        return not states & {"stopped", f"without-{self.lost_as}"} and not holding(self._faults, StoreRestart, at)

    def answers(self, _at: float) -> bool:
        return True


class ApiTarget(_ScrapedTarget):
    """The API's /metrics."""

    kind = "api"
    job = API_JOB

    def __init__(self, simulator: ApiSimulator, faults: tuple[Fault, ...]) -> None:
        """Show this world."""
        super().__init__(simulator.environment, faults)
        self._simulator = simulator

    def answers(self, at: float) -> bool:
        """Return whether it accepts connections."""
        return self._simulator.answers(at)

    def samples(self, at: float, epoch: Epoch) -> Iterator[Sample]:
        """Yield what it exposes."""
        return self._simulator.samples(at, epoch)


class ReplicaTarget(ApiTarget):
    """The API's second instance: the same life, but for the falls of the first one."""

    kind = "second"

    def __init__(self, environment: str, faults: tuple[Fault, ...], simulator_of: SimulatorFactory) -> None:
        """Leave out the faults of the first instance alone."""
        others = tuple(fault for fault in faults if not isinstance(fault, ApiDown))
        super().__init__(simulator_of(environment, others), others)
        self.labels |= {"instance": "second"}


def _is_replica(fault: Fault, environment: str) -> bool:
    return isinstance(fault, Replica) and fault.environment == environment


class CollectorTarget(_ScrapedTarget):
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
        sends = all(fault.sends for fault in holding(self._faults, LogShipping, at))
        return SENT_PER_MINUTE / MINUTE if sends else 0.0

    def _dropped(self, at: float) -> float:
        return sum(fault.dropped_per_minute for fault in holding(self._faults, LogShipping, at)) / MINUTE


class LogsTarget(_ScrapedTarget):
    """Lines of the API, as its collector ships them."""

    writes_up = False
    kind = job = "logs"

    def __init__(self, environment: str, faults: tuple[Fault, ...]) -> None:
        """Stream labels are those of the collector's configuration."""
        super().__init__(environment, faults)
        self.labels = {"environment": environment, "service": "api"}

    def samples(self, at: float, _epoch: Epoch) -> Iterator[Sample]:
        """Yield how many of each recorded line the last minute brought; like Loki, nothing for none."""
        for fault in (one for one in self._faults if isinstance(one, LogLines)):
            lines = self._until(fault, at) - self._until(fault, at - MINUTE)
            if lines:
                yield sample(LOG_LINES, lines, line=fault.line)

    def _until(self, fault: LogLines, at: float) -> int:
        """Return the lines so far: one at once, the others evenly after it."""
        last = min(at, fault.until) - fault.since
        return 1 + int(last * fault.per_minute / MINUTE) if last > 0 else 0


class GrafanaCloudTarget:
    """What Grafana Cloud itself knows: outside checks of all environments, and its own use."""

    name = "outside"
    writes_up = False

    def __init__(self, simulators: dict[str, ApiSimulator], faults: tuple[Fault, ...]) -> None:
        """Look at these worlds."""
        self.labels: dict[str, str] = {}
        self._simulators, self._faults = simulators, faults

    def scraped(self, at: float) -> bool:
        """Return whether anything is stored."""
        return not holding(self._faults, StoreRestart, at)

    def answers(self, _at: float) -> bool:
        """Grafana Cloud writes these series itself."""
        return True

    def samples(self, at: float, epoch: Epoch) -> Iterator[Sample]:
        """Yield the checks' last results, and the use."""
        for name, simulator in self._simulators.items():
            for schedule in PRODUCTION_SCHEDULES if name == PRODUCTION else OTHER_SCHEDULES:
                yield from self._results(simulator, schedule, at, epoch)
        yield from self._use(at)

    def _results(self, simulator: ApiSimulator, schedule: ProbeSchedule, at: float, epoch: Epoch) -> Iterator[Sample]:
        made = at // schedule.every * schedule.every
        ours = [fault for fault in self._of(simulator, ProbeFailure, made) if schedule.check in fault.checks]
        if any(fault.state == "missing" for fault in ours):
            return
        job = f"sv0-{simulator.environment}-{schedule.check}"
        for place in schedule.places:
            fails = any(not fault.places or place in fault.places for fault in ours)
            success = self._served(simulator, made) and not fails
            yield sample("probe_success", float(success), job=job, probe=place, instance=simulator.environment)
            yield sample("probe_ssl_earliest_cert_expiry", epoch(self._end(simulator, at)), job=job, probe=place)

    def _served(self, simulator: ApiSimulator, at: float) -> bool:
        """Return whether some instance answers."""
        return simulator.answers(at) or bool(self._of(simulator, Replica, at))

    def _end(self, simulator: ApiSimulator, at: float) -> float:
        found = self._of(simulator, CertificateExpiry, at)
        # Counted from the fault's beginning: an end does not move on as time passes.
        return found[0].since + found[0].left if found else CERTIFICATE_LEFT

    def _of(self, simulator: ApiSimulator, kind: type[AnyFault], at: float) -> list[AnyFault]:
        return [fault for fault in holding(self._faults, kind, at) if fault.environment == simulator.environment]

    def _use(self, at: float) -> Iterator[Sample]:
        for key, name in USE.items():
            notified = (getattr(fault, key) for fault in holding(self._faults, PlanUsage, at))
            value = next((value for value in notified if value is not None), NORMAL_USE[key])
            # Told twice: Grafana Cloud's own metrics come from more than one of its servers.
            yield from (sample(name, value, id=server) for server in ("1", "2"))
