"""The platform as a pure function of virtual time: faults in, metric values out.

The live service and the virtual series both read this module, so the two cannot drift apart.
Normal life: 100 requests a second in production, 10 elsewhere, an empty queue, two connectors that
sync hourly. A process serves since three days and has seen a few 500s, so their series exists.
Nothing is random: a counter is the integral of its rate, rounded down to whole requests.
"""

from collections.abc import Callable, Iterator
from typing import TypeVar

from resilience.core.durations import DAY, HOUR, MINUTE
from resilience.rehearsal.faults import (
    ApiDown,
    ClockSkew,
    Connector,
    Errors,
    Fault,
    InEnvironment,
    Queue,
    Restarts,
    SyncMetric,
    Traffic,
    Wiring,
)
from resilience.rehearsal.sample import Sample, sample, whole_events

REQUESTS = "sv0_http_requests_total"
DURATION = "sv0_http_request_duration_seconds"
QUEUE_DEPTH = "sv0_queue_depth"
SYNC_AGE = "sv0_sync_age_minutes"
SYNC_SUCCESS = "sv0_sync_last_success_timestamp_seconds"
PROCESS_START = "process_start_time_seconds"

STARTED = -3 * DAY
NORMAL_PER_MINUTE = {"production": 6000.0}
OTHER_PER_MINUTE = 600.0
EARLIER_ERRORS = 12
"""500s answered before the incident: without them rate() misses the first step of a new series."""
GOOD = "200"
ROUTE = {"method": "GET", "route": "/api/v1/findings"}
BUCKETS = ((0.1, 0.90), (0.5, 0.99), (2.5, 0.999), (float("inf"), 1.0))
"""Upper bound in seconds, and the share of requests that are at most so long."""

AnyFault = TypeVar("AnyFault", bound=InEnvironment)


HEALTHY = (
    {"id": "entra-id", "metric": SyncMetric.BOTH},
    {"id": "servicenow", "metric": SyncMetric.AGE},
)


class ApiSimulator:
    """One environment's API under the faults of an incident."""

    def __init__(self, environment: str, faults: tuple[Fault, ...]) -> None:
        """Keep the faults that concern the environment."""
        self.environment = environment
        mine = [f for f in faults if isinstance(f, InEnvironment) and f.environment == environment]
        self._faults: tuple[InEnvironment, ...] = tuple(mine)
        self._connectors = self._all_connectors()

    def answers(self, at: float) -> bool:
        """Return whether the API accepts connections."""
        return not self._holding(ApiDown, at)

    def started(self, at: float) -> float:
        """Return the virtual second at which the serving process began."""
        falls = [fault.until for fault in self._of(ApiDown) if fault.until <= at]
        again = [_latest(fault, at) for fault in self._of(Restarts) if fault.since <= at]
        return max([STARTED, *falls, *again])

    def samples(self, at: float, epoch: Callable[[float], float]) -> Iterator[Sample]:
        """Yield what `/metrics` shows at virtual second `at`.

        `epoch` turns a virtual second into the Unix time that timestamps are written in.
        """
        answered = self.answered(at)
        for status, count in answered.items():
            if count or status == GOOD:
                yield sample(REQUESTS, count, status_code=status, **ROUTE)
        yield from _histogram(sum(answered.values()))
        yield sample(QUEUE_DEPTH, self.depth(at))
        yield sample(PROCESS_START, epoch(self.started(at)))
        for connector, last in self.syncs(at):
            yield from self._sync_samples(connector, last, at, epoch)

    def answered(self, at: float) -> dict[str, int]:
        """Return requests since the serving process began, by status."""
        failed = {status: self._errors(status, at) for status in self._statuses()}
        return {GOOD: self._count(self._good_rate, at), **failed}

    def depth(self, at: float) -> float:
        """Return the queue's depth."""
        queue = self._holding(Queue, at)
        return queue.depth if queue else 0.0

    def syncs(self, at: float) -> Iterator[tuple[Connector, float | None]]:
        """Yield each connector that the API knows with its last sync, None before the first."""
        for connector in self._connectors:
            last = _last_sync(connector, at)
            if not connector.synced:
                if at >= (connector.first_seen or 0.0):
                    yield connector, None
            elif last is not None and at < connector.vanished_from and not self._lost(connector, last, at):
                yield connector, last

    def clock(self, at: float) -> float:
        """Return what the host's clock says at virtual second `at`."""
        fault = self._holding(ClockSkew, at)
        return at + fault.ahead if fault else at

    def _of(self, kind: type[AnyFault]) -> list[AnyFault]:
        return [fault for fault in self._faults if isinstance(fault, kind)]

    def _holding(self, kind: type[AnyFault], at: float) -> AnyFault | None:
        return next((fault for fault in self._of(kind) if fault.holds(at)), None)

    def _all_connectors(self) -> tuple[Connector, ...]:
        named = self._of(Connector)
        taken = {connector.id for connector in named}
        healthy = (
            Connector(kind="connector", environment=self.environment, **normal)
            for normal in HEALTHY
            if normal["id"] not in taken
        )
        return (*named, *healthy)

    def _traffic_rate(self, at: float) -> float:
        traffic = self._holding(Traffic, at)
        normal = NORMAL_PER_MINUTE.get(self.environment, OTHER_PER_MINUTE)
        return (traffic.per_minute if traffic else normal) / MINUTE if self.answers(at) else 0.0

    def _statuses(self) -> list[str]:
        return sorted({"500", *(fault.status for fault in self._of(Errors))})

    def _error_rate(self, status: str, at: float) -> float:
        fault = next((one for one in self._of(Errors) if one.status == status and one.holds(at)), None)
        if fault is None or not self.answers(at):
            return 0.0
        if fault.share is not None:
            return fault.share * self._traffic_rate(at)
        return (fault.per_minute or 0.0) / MINUTE

    def _good_rate(self, at: float) -> float:
        # Counted by itself: a difference of whole numbers may fall by one, which reads as a restart.
        failing = sum(self._error_rate(status, at) for status in self._statuses())
        return max(self._traffic_rate(at) - failing, 0.0)

    def _errors(self, status: str, at: float) -> int:
        before = EARLIER_ERRORS if status == "500" and self.started(at) == STARTED else 0
        return before + self._count(lambda when: self._error_rate(status, when), at)

    def _count(self, rate: Callable[[float], float], at: float) -> int:
        return whole_events(rate, self._faults, self.started(at), at)

    def _lost(self, connector: Connector, last: float, at: float) -> bool:
        """What is set at a sync is lost with the process that set it, until the next sync."""
        return connector.wiring is Wiring.FROZEN and last < self.started(at)

    def _sync_samples(
        self, connector: Connector, last: float | None, at: float, epoch: Callable[[float], float]
    ) -> Iterator[Sample]:
        if last is None:
            yield sample(SYNC_SUCCESS, 0.0, connector_id=connector.id)
            return
        if connector.metric is not SyncMetric.TIMESTAMP:
            age = (
                _frozen_age(connector, last) if connector.wiring is Wiring.FROZEN else self.clock(at) - self.clock(last)
            )
            yield sample(SYNC_AGE, age / MINUTE, connector_id=connector.id)
        if connector.metric is not SyncMetric.AGE:
            yield sample(SYNC_SUCCESS, epoch(self.clock(last)), connector_id=connector.id)


def _latest(fault: Restarts, at: float) -> float:
    """Return the last restart at or before `at`; the fault has begun."""
    last = min(at, fault.until)
    return fault.since + (last - fault.since) // fault.every * fault.every


def _histogram(total: int) -> Iterator[Sample]:
    for bound, share in BUCKETS:
        le = "+Inf" if bound == float("inf") else str(bound)
        yield sample(f"{DURATION}_bucket", int(total * share), le=le, **ROUTE)
    yield sample(f"{DURATION}_sum", total * 0.04, **ROUTE)
    yield sample(f"{DURATION}_count", total, **ROUTE)


def _last_sync(connector: Connector, at: float) -> float | None:
    """Return the latest sync, None before the first one."""
    anchor = next((a for a in (connector.last_sync, connector.first_seen) if a is not None), -HOUR / 3)
    latest = anchor + (at - anchor) // connector.every * connector.every
    if connector.last_sync is not None:
        latest = min(latest, connector.last_sync)
    return None if connector.first_seen is not None and latest < connector.first_seen else latest


def _frozen_age(connector: Connector, last: float) -> float:
    """Return seconds: the gauge is set a moment after the sync, and no two syncs take equally long."""
    return round(0.01 + (last // connector.every % 7) / 100, 2) * MINUTE
