"""The scrape targets of a rehearsal: APIs, collectors, logs, and what Grafana Cloud writes itself.

Without faults the collector ships one entry a second. Synthetic Monitoring checks /ready of production
every 90 seconds from two places and its data every 5 minutes from three, and /ready of other environments
every 10 minutes from one place. Between checks that are more than 2 minutes apart the last result is
repeated, as Synthetic Monitoring does.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

from resilience.core.conventions import PRODUCTION
from resilience.core.durations import DAY, MINUTE
from resilience.rehearsal.scenario.faults import (
    API,
    EVERY_PART,
    ApiDown,
    CertificateExpiry,
    CollectorLoss,
    FailedScrapes,
    Fault,
    LogLines,
    LogShipping,
    Part,
    PlanUsage,
    ProbedCheck,
    ProbeFailure,
    Replica,
    Span,
    StoreRestart,
)
from resilience.rehearsal.simulator.api_simulator import AnyFault, ApiSimulator
from resilience.rehearsal.simulator.sample import FIRST_START, Events, Sample, ordered, sample

AnySpan = TypeVar("AnySpan", bound=Span)
Epoch = Callable[[float], float]
SimulatorFactory = Callable[[str, tuple[Fault, ...]], ApiSimulator]
"""Makes the simulator of one environment's API: computed, or in Node (node.py)."""
API_JOB, ALLOY_JOB, LOGS_JOB = "sv0-api", "integrations/alloy", "logs"
SENT_PER_MINUTE = 60.0
REASONS = ("ingester_error", "rate_limited")
TOO_OLD_PER_MINUTE = 1.0
"""Lines of a stopped container that is read again: dropped on purpose, so that Loki need not reject them."""
LOG_LINES = "log_lines"
"""How often each recorded line came in the last minute; replaces Loki, see logs.py."""
NORMAL_USAGE = {
    "active_series": 900.0,
    "log_gigabytes": 3.0,
    "users": 2.0,
    "check_executions": 60_000.0,
    "failed_notifications": 0.0,
}
USAGE_METRICS = {
    "active_series": "grafanacloud_instance_active_series",
    "log_gigabytes": "grafanacloud_logs_instance_usage",
    "users": "grafanacloud_grafana_instance_active_users",
    "check_executions": "grafanacloud_org_sm_billable_check_executions",
    "failed_notifications": "grafanacloud_instance_alertmanager_notifications_failed_per_second",
}
CERTIFICATE_LEFT = 60 * 365 * DAY
"""Virtual seconds; in a live run a sixtieth of it counts, a year, which is still far from every limit."""


@dataclass(frozen=True)
class ProbeSchedule:
    """An outside check: its interval in virtual seconds, and the places it is made from."""

    check: ProbedCheck
    every: float
    places: tuple[str, ...]


PRODUCTION_SCHEDULES = (
    ProbeSchedule(ProbedCheck.READY, 1.5 * MINUTE, ("Frankfurt", "London")),
    ProbeSchedule(ProbedCheck.DATA, 5 * MINUTE, ("Frankfurt", "London", "Paris")),
)
_SERVERS = (ordered(id="1"), ordered(id="2"))
REPEATED_BEYOND = 2 * MINUTE
OTHER_SCHEDULES = (ProbeSchedule(ProbedCheck.READY, 10 * MINUTE, ("Frankfurt",)),)


EnvironmentPart = tuple[str, Part]
"""A part of an environment, which is empty for what belongs to none."""


class ScrapeTarget(Protocol):
    """A target that is scraped every minute; `labels` are added by the scrape, `has_up` if it writes `up`."""

    name: str
    places: frozenset[EnvironmentPart]
    labels: dict[str, str]
    has_up: bool

    def scraped(self, at: float) -> bool:
        """Return whether it is scraped."""

    def is_up(self, at: float) -> bool:
        """Return whether the scrape succeeds."""

    def samples(self, at: float, epoch: Epoch, parts: frozenset[Part] = EVERY_PART) -> Iterator[Sample]:
        """Yield its samples, those of these parts at least; `epoch` turns a virtual second into Unix time."""


def check_job(environment: str, check: ProbedCheck) -> str:
    """Return the label `job` of an outside check's series."""
    return f"sv0-{environment}-{check}"


def active_faults(faults: tuple[Fault, ...], kind: type[AnySpan], at: float) -> list[AnySpan]:
    """Return the faults of a kind that are active at a virtual second."""
    return [fault for fault in faults if isinstance(fault, kind) and fault.holds(at)]


def targets_of(
    environments: tuple[str, ...], faults: tuple[Fault, ...], simulator_of: SimulatorFactory = ApiSimulator
) -> tuple[ScrapeTarget, ...]:
    """Return all targets of a scenario's Prometheus."""
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


class _EnvironmentTarget:
    """Scraped by the collector of one environment; a CollectorLoss in `loss_state` ends that."""

    has_up = True
    kind: str
    parts: frozenset[Part]
    job: str
    loss_state = "without-api"

    def __init__(self, environment: str, faults: tuple[Fault, ...]) -> None:
        self.name = f"{self.kind}-{environment}"
        self.places = frozenset((environment, part) for part in self.parts)
        self.labels = {"environment": environment, "job": self.job}
        self._faults = tuple(f for f in faults if getattr(f, "environment", environment) == environment)

    def scraped(self, at: float) -> bool:
        states = {fault.state for fault in active_faults(self._faults, CollectorLoss, at)}
        return not states & {"stopped", self.loss_state} and not active_faults(self._faults, StoreRestart, at)

    def is_up(self, _at: float) -> bool:
        return True


class ApiTarget(_EnvironmentTarget):
    """The API's /metrics."""

    kind = "api"
    parts = API
    job = API_JOB

    def __init__(self, simulator: ApiSimulator, faults: tuple[Fault, ...]) -> None:
        """Expose this simulator."""
        super().__init__(simulator.environment, faults)
        self._simulator = simulator

    def is_up(self, at: float) -> bool:
        """Return whether the scrape succeeds."""
        return self._simulator.is_up(at) and not self._times_out(at)

    def samples(self, at: float, epoch: Epoch, parts: frozenset[Part] = EVERY_PART) -> Iterator[Sample]:
        """Yield what it exposes."""
        return self._simulator.samples(at, epoch, parts)

    def _times_out(self, at: float) -> bool:
        """The first scrape of each period of the fault fails."""
        failing = active_faults(self._faults, FailedScrapes, at)
        return any((at - fault.since) % fault.every < MINUTE for fault in failing)


class ReplicaTarget(ApiTarget):
    """A second instance of the API, which is up while the first one is down."""

    kind = "replica"

    def __init__(self, environment: str, faults: tuple[Fault, ...], simulator_of: SimulatorFactory) -> None:
        """Leave out the faults that stop the first instance."""
        others = tuple(fault for fault in faults if not isinstance(fault, ApiDown))
        super().__init__(simulator_of(environment, others), others)
        self.labels |= {"instance": "replica"}


def _is_replica(fault: Fault, environment: str) -> bool:
    return isinstance(fault, Replica) and fault.environment == environment


class CollectorTarget(_EnvironmentTarget):
    """The collector's own metrics."""

    kind = "alloy"
    parts = frozenset({Part.COLLECTOR})
    job = ALLOY_JOB
    loss_state = "without-itself"

    def __init__(self, environment: str, faults: tuple[Fault, ...]) -> None:
        """Count entries from long before the scenario."""
        super().__init__(environment, faults)
        rates = (self._sent, self._dropped, self._limited)
        shipping = [fault for fault in self._faults if isinstance(fault, LogShipping)]
        self._sent_entries, self._dropped_entries, self._limited_lines = (Events(rate, shipping) for rate in rates)

    def samples(self, at: float, _epoch: Epoch, _parts: frozenset[Part] = EVERY_PART) -> Iterator[Sample]:
        """Yield its counters of log entries."""
        yield sample("loki_write_sent_entries_total", self._sent_entries.between(FIRST_START, at), host="logs")
        dropped = self._dropped_entries.between(FIRST_START, at)
        for reason in REASONS:
            yield sample("loki_write_dropped_entries_total", dropped // len(REASONS), host="logs", reason=reason)
        yield sample("loki_process_dropped_lines_total", _TOO_OLD.between(FIRST_START, at), reason="too_old")
        # Alloy makes the series with its first line.
        if limited := self._limited_lines.between(FIRST_START, at):
            yield sample("loki_process_dropped_lines_total", limited, reason="ratelimit_drop_stage")

    def _sent(self, at: float) -> float:
        sends = all(fault.sends for fault in active_faults(self._faults, LogShipping, at))
        return SENT_PER_MINUTE / MINUTE if sends else 0.0

    def _limited(self, at: float) -> float:
        return sum(fault.limited_per_minute for fault in active_faults(self._faults, LogShipping, at)) / MINUTE

    def _dropped(self, at: float) -> float:
        return sum(fault.dropped_per_minute for fault in active_faults(self._faults, LogShipping, at)) / MINUTE


_TOO_OLD = Events(lambda _: TOO_OLD_PER_MINUTE / MINUTE, ())


class LogsTarget(_EnvironmentTarget):
    """Log lines of the API, as its collector ships them."""

    has_up = False
    kind = "logs"
    parts = frozenset({Part.LOGS})
    job = LOGS_JOB

    def __init__(self, environment: str, faults: tuple[Fault, ...]) -> None:
        """Set the stream labels of the collector's configuration."""
        super().__init__(environment, faults)
        self.labels = {"environment": environment, "service": "api"}

    def samples(self, at: float, _epoch: Epoch, _parts: frozenset[Part] = EVERY_PART) -> Iterator[Sample]:
        """Yield how often each recorded line came in the last minute; like Loki, no sample for none."""
        for fault in (one for one in self._faults if isinstance(one, LogLines)):
            lines = self._lines_until(fault, at) - self._lines_until(fault, at - MINUTE)
            if lines:
                yield sample(LOG_LINES, lines, line=fault.line)

    def _lines_until(self, fault: LogLines, at: float) -> int:
        """Return the lines so far: one when the fault starts, then more at even intervals."""
        last = min(at, fault.until) - fault.since
        return 1 + int(last * fault.per_minute / MINUTE) if last > 0 else 0


class GrafanaCloudTarget:
    """What Grafana Cloud writes itself: outside checks of all environments, and the plan's usage."""

    name = "outside"
    has_up = False

    def __init__(self, simulators: dict[str, ApiSimulator], faults: tuple[Fault, ...]) -> None:
        """Check these simulators."""
        self.places = frozenset((name, Part.OUTSIDE) for name in ("", *simulators))
        self.labels: dict[str, str] = {}
        self._simulators, self._faults = simulators, faults

    def scraped(self, at: float) -> bool:
        """Return whether anything is stored."""
        return not active_faults(self._faults, StoreRestart, at)

    def is_up(self, _at: float) -> bool:
        """Grafana Cloud writes these series itself."""
        return True

    def samples(self, at: float, epoch: Epoch, _parts: frozenset[Part] = EVERY_PART) -> Iterator[Sample]:
        """Yield the last result of each check, and the usage."""
        for name, simulator in self._simulators.items():
            for schedule in PRODUCTION_SCHEDULES if name == PRODUCTION else OTHER_SCHEDULES:
                yield from self._results(simulator, schedule, at, epoch)
        yield from self._usage(at)

    def _results(self, simulator: ApiSimulator, schedule: ProbeSchedule, at: float, epoch: Epoch) -> Iterator[Sample]:
        checked_at = at // schedule.every * schedule.every
        failures = [
            fault for fault in self._active(simulator, ProbeFailure, checked_at) if schedule.check in fault.checks
        ]
        if any(fault.state == "missing" for fault in failures):
            return
        job = check_job(simulator.environment, schedule.check)
        reachable, ends = self._reachable(simulator, checked_at), epoch(self._certificate_end(simulator, at))
        for place in schedule.places:
            fails = any(not fault.places or place in fault.places for fault in failures)
            if schedule.every > REPEATED_BEYOND or checked_at > at - MINUTE:
                success = float(reachable and not fails)
                yield sample("probe_success", success, job=job, probe=place, instance=simulator.environment)
            yield sample("probe_ssl_earliest_cert_expiry", ends, job=job, probe=place)

    def _reachable(self, simulator: ApiSimulator, at: float) -> bool:
        """Return whether an instance of the API is ready."""
        return simulator.is_ready(at) or bool(self._active(simulator, Replica, at))

    def _certificate_end(self, simulator: ApiSimulator, at: float) -> float:
        found = self._active(simulator, CertificateExpiry, at)
        # Counted from the start of the fault: the end of a certificate does not move as time passes.
        return found[0].since + found[0].left if found else CERTIFICATE_LEFT

    def _active(self, simulator: ApiSimulator, kind: type[AnyFault], at: float) -> list[AnyFault]:
        return [fault for fault in active_faults(self._faults, kind, at) if fault.environment == simulator.environment]

    def _usage(self, at: float) -> Iterator[Sample]:
        faults = active_faults(self._faults, PlanUsage, at)
        for key, name in USAGE_METRICS.items():
            values = (getattr(fault, key) for fault in faults)
            value = next((value for value in values if value is not None), NORMAL_USAGE[key])
            # Twice: Grafana Cloud's own metrics come from more than one of its servers.
            yield from (Sample(name, server, value) for server in _SERVERS)
