"""The API as a pure function of virtual time: faults in, metric values out.

The live service and the virtual series both use this module, so they cannot differ.
Without faults: 100 requests a second in production, 10 in other environments, six health checks a
minute, an empty queue, two connectors that sync hourly. The process has been running for three days
and has answered a few 500s, so their series exists. Nothing is random: a counter is the integral of
its rate, rounded down to whole requests. A restart loses no requests, however long it takes.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple, TypeVar

from resilience.core.durations import HOUR, MINUTE
from resilience.rehearsal.scenario.faults import (
    EVERY_PART,
    ApiDown,
    ClockSkew,
    Connector,
    Errors,
    Fault,
    InEnvironment,
    Measured,
    NotReady,
    Part,
    Queue,
    Restarts,
    SlowRequests,
    SyncMetric,
    Traffic,
    Wiring,
)
from resilience.rehearsal.simulator.sample import FIRST_START, Events, Sample, sample

REQUESTS = "sv0_http_requests_total"
DURATION = "sv0_http_request_duration_seconds"
QUEUE_DEPTH = "sv0_queue_depth"
SYNC_AGE = "sv0_sync_age_minutes"
SYNC_SUCCESS = "sv0_sync_last_success_timestamp_seconds"
PROCESS_START = "process_start_time_seconds"

NORMAL_PER_MINUTE = {"production": 6000.0}
OTHER_PER_MINUTE = 600.0
EARLIER_ERRORS = 12
"""500s answered before the scenario begins: rate() misses the first step of a new series."""
OK_STATUS, UNREADY_STATUS, CLOSED_STATUS = "200", "503", "499"
HEALTH_CHECKS_PER_MINUTE = 6.0
HEALTH_ROUTE = {"method": "GET", "route": "/ready"}
ROUTE = {"method": "GET", "route": "/api/v1/findings"}
BUCKETS = ((0.1, 0.90), (0.5, 0.99), (2.5, 0.999), (float("inf"), 1.0))
"""Upper bounds in seconds, each with the share of requests that take at most so long."""
USUAL_SECONDS = 0.04
"""How long they take on average."""

AnyFault = TypeVar("AnyFault", bound=InEnvironment)


class Answers(NamedTuple):
    """Requests to a route that ended with a status since the process started; seconds None: as long as BUCKETS say."""

    route: str
    status: str
    total: int
    seconds: float | None

    def within(self, bound: float, share: float) -> int:
        """Return how many took at most `bound` seconds, which is a `share` of those that took as long as usual."""
        return int(self.total * share) if self.seconds is None else self.total * (self.seconds <= bound)


HEALTHY_CONNECTORS = (
    {"id": "entra-id", "metric": SyncMetric.BOTH},
    {"id": "servicenow", "metric": SyncMetric.AGE},
)


class ApiSimulator:
    """One environment's API under the faults of a scenario."""

    def __init__(self, environment: str, faults: tuple[Fault, ...]) -> None:
        """Keep the faults of this environment."""
        self.environment = environment
        own = [f for f in faults if isinstance(f, InEnvironment) and f.environment == environment]
        self._faults: tuple[InEnvironment, ...] = tuple(own)
        self._by_kind: dict[type[InEnvironment], list[Any]] = {}
        self._connectors = self._all_connectors()
        rates = {OK_STATUS: self._good_rate} | {one: partial(self._error_rate, one) for one in self._statuses()}
        self._requests = {status: Events(rate, own) for status, rate in rates.items()}
        self._slow = {one: Events(partial(self._rate_of, one), own) for one in self._faults_of(SlowRequests)}
        health = {OK_STATUS: self._ready_rate, UNREADY_STATUS: self._unready_rate}
        self._health_checks = {status: Events(rate, own) for status, rate in health.items()}

    def is_up(self, at: float) -> bool:
        """Return whether the API accepts connections."""
        restarting = any(at - _latest(fault, at) < fault.down for fault in self._started(at))
        return not self._active(ApiDown, at) and not restarting

    def is_ready(self, at: float) -> bool:
        """Return whether `/ready` answers 200."""
        return self.is_up(at) and not self._active(NotReady, at) and not self._ready_hangs(at)

    def process_start(self, at: float) -> float:
        """Return the virtual second at which the running process started."""
        recoveries = [fault.until for fault in self._faults_of(ApiDown) if fault.until <= at]
        restarts = [_latest(fault, at) for fault in self._started(at)]
        return max([FIRST_START, *recoveries, *restarts])

    def samples(
        self, at: float, epoch: Callable[[float], float], parts: frozenset[Part] = EVERY_PART
    ) -> Iterator[Sample]:
        """Yield the samples of `/metrics` at virtual second `at`, or of these parts of it.

        `epoch` turns a virtual second into Unix time.
        """
        if Part.REQUESTS in parts:
            yield from _request_samples([*self._usual(at), *self.slow(at)])
            yield from self.health_samples(at)
        if Part.QUEUE in parts:
            yield sample(QUEUE_DEPTH, self.depth(at))
        if Part.PROCESS in parts:
            yield sample(PROCESS_START, epoch(self.process_start(at)))
        if Part.SYNCS in parts:
            for connector, last in self.syncs(at):
                yield from self._sync_samples(connector, last, at, epoch)

    def request_counts(self, at: float) -> dict[str, int]:
        """Return the requests since the process started, by status."""
        start = self.process_start(at)
        counts = {status: events.between(start, at) for status, events in self._requests.items()}
        if start == FIRST_START:
            counts["500"] += EARLIER_ERRORS
        return counts

    def slow(self, at: float) -> Iterator[Answers]:
        """Yield those that take longer than usual; one that hangs is counted when the client gives up."""
        began = self.process_start(at)
        for fault in self._faults_of(SlowRequests):
            status = CLOSED_STATUS if fault.kind == "hang" else OK_STATUS
            sent_until = max(at - fault.takes, began)
            if total := self._slow[fault].between(began, sent_until):
                yield Answers(fault.route, status, total, fault.takes)

    def health_samples(self, at: float) -> Iterator[Sample]:
        """Yield the answers of `/ready` since the process started, by status."""
        start = self.process_start(at)
        for status, events in self._health_checks.items():
            if answered := events.between(start, at):
                yield sample(REQUESTS, answered, status_code=status, **HEALTH_ROUTE)

    def depth(self, at: float) -> float:
        """Return the queue's depth."""
        queue = self._active(Queue, at)
        return queue.depth if queue else 0.0

    def syncs(self, at: float) -> Iterator[tuple[Connector, float | None]]:
        """Yield each connector that the API exposes, with its last sync; None before the first."""
        for connector in self._connectors:
            last = _last_sync(connector, at)
            if not connector.synced:
                if at >= (connector.first_seen or 0.0):
                    yield connector, None
            elif last is not None and at < connector.vanished_from and not self._lost_in_restart(connector, last, at):
                yield connector, last

    def clock(self, at: float) -> float:
        """Return the time of the host's clock at virtual second `at`."""
        fault = self._active(ClockSkew, at)
        return at + fault.ahead if fault else at

    def _started(self, at: float) -> list[Restarts]:
        return [fault for fault in self._faults_of(Restarts) if fault.since <= at]

    def _faults_of(self, kind: type[AnyFault]) -> list[AnyFault]:
        if kind not in self._by_kind:
            self._by_kind[kind] = [fault for fault in self._faults if isinstance(fault, kind)]
        return self._by_kind[kind]

    def _active(self, kind: type[AnyFault], at: float) -> AnyFault | None:
        for fault in self._faults_of(kind):
            if fault.holds(at):
                return fault
        return None

    def _all_connectors(self) -> tuple[Connector, ...]:
        named = self._faults_of(Connector)
        named_ids = {connector.id for connector in named}
        healthy = (
            Connector(kind="connector", environment=self.environment, **normal)
            for normal in HEALTHY_CONNECTORS
            if normal["id"] not in named_ids
        )
        return (*named, *healthy)

    def _traffic_rate(self, at: float) -> float:
        traffic = self._active(Traffic, at)
        normal = NORMAL_PER_MINUTE.get(self.environment, OTHER_PER_MINUTE)
        return 0.0 if self._active(ApiDown, at) else (traffic.per_minute if traffic else normal) / MINUTE

    def _ready_rate(self, at: float) -> float:
        failing = self._active(ApiDown, at) or self._active(NotReady, at) or self._ready_hangs(at)
        return 0.0 if failing else HEALTH_CHECKS_PER_MINUTE / MINUTE

    def _unready_rate(self, at: float) -> float:
        return HEALTH_CHECKS_PER_MINUTE / MINUTE if self._active(NotReady, at) else 0.0

    def _ready_hangs(self, at: float) -> bool:
        return any(one.route == HEALTH_ROUTE["route"] and one.holds(at) for one in self._faults_of(SlowRequests))

    def _usual(self, at: float) -> Iterator[Answers]:
        for status, count in self.request_counts(at).items():
            if count or status == OK_STATUS:
                yield Answers(ROUTE["route"], status, count, None)

    def _statuses(self) -> list[str]:
        return sorted({"500", *(fault.status for fault in self._faults_of(Errors))})

    def _error_rate(self, status: str, at: float) -> float:
        fault = next((one for one in self._faults_of(Errors) if one.status == status and one.holds(at)), None)
        return self._rate_of(fault, at) if fault else 0.0

    def _rate_of(self, fault: Measured, at: float) -> float:
        if not fault.holds(at) or self._active(ApiDown, at):
            return 0.0
        if fault.share is not None:
            return fault.share * self._traffic_rate(at)
        return (fault.per_minute or 0.0) / MINUTE

    def _good_rate(self, at: float) -> float:
        # Not total minus failed: a difference of rounded counters may fall by one, which reads as a restart.
        failing = sum(self._error_rate(status, at) for status in self._statuses())
        slow = [one for one in self._faults_of(SlowRequests) if one.route != HEALTH_ROUTE["route"]]
        return max(self._traffic_rate(at) - failing - sum(self._rate_of(one, at) for one in slow), 0.0)

    def _lost_in_restart(self, connector: Connector, last: float, at: float) -> bool:
        """A gauge that is set at a sync is lost when the process ends, until the next sync."""
        return connector.wiring is Wiring.FROZEN and last < self.process_start(at)

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
    """Return the last restart at or before `at`, which is not before the fault."""
    last = min(at, fault.until)
    return fault.since + (last - fault.since) // fault.every * fault.every


def _request_samples(answers: Iterable[Answers]) -> Iterator[Sample]:
    statuses, routes = Counter[tuple[str, str]](), dict[str, list[Answers]]()
    for one in answers:
        statuses[one.route, one.status] += one.total
        routes.setdefault(one.route, []).append(one)
    for (route, status), total in statuses.items():
        yield sample(REQUESTS, total, status_code=status, **(ROUTE | {"route": route}))
    for route, those in routes.items():
        yield from _histogram(those, ROUTE | {"route": route})


def _histogram(answers: list[Answers], labels: dict[str, str]) -> Iterator[Sample]:
    for bound, share in BUCKETS:
        le = "+Inf" if bound == float("inf") else str(bound)
        yield sample(f"{DURATION}_bucket", sum(one.within(bound, share) for one in answers), le=le, **labels)
    seconds = sum(one.total * (USUAL_SECONDS if one.seconds is None else one.seconds) for one in answers)
    yield sample(f"{DURATION}_sum", seconds, **labels)
    yield sample(f"{DURATION}_count", sum(one.total for one in answers), **labels)


def _last_sync(connector: Connector, at: float) -> float | None:
    """Return the last sync, None before the first one."""
    anchor = next((a for a in (connector.last_sync, connector.first_seen) if a is not None), -HOUR / 3)
    latest = anchor + (at - anchor) // connector.every * connector.every
    if connector.last_sync is not None:
        latest = min(latest, connector.last_sync)
    return None if connector.first_seen is not None and latest < connector.first_seen else latest


def _frozen_age(connector: Connector, last: float) -> float:
    """Return seconds: the gauge is set a moment after the sync, and syncs differ in how long they take."""
    return round(0.01 + (last // connector.every % 7) / 100, 2) * MINUTE
