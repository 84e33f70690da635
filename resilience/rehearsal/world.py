"""The platform as a pure function of virtual time: faults in, metric values out.

The live service and the virtual series both read this module, so the two cannot drift apart.
Normal life: 100 requests a second in production, 10 elsewhere, an empty queue, two connectors that
sync hourly. A process serves since three days and has seen a few 500s, so their series exists.
Nothing is random: a counter is the integral of its rate, rounded down to whole requests.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from resilience.rehearsal.durations import DAY, HOUR, MINUTE
from resilience.rehearsal.faults import (
    Api,
    Collector,
    Connector,
    Errors,
    Fault,
    InEnvironment,
    Queue,
    SyncMetric,
    Traffic,
    Wiring,
)

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
ROUTE = {"method": "GET", "route": "/api/v1/findings"}
BUCKETS = ((0.1, 0.90), (0.5, 0.99), (2.5, 0.999), (float("inf"), 1.0))
"""Upper bound in seconds, and the share of requests that are at most so long."""

AnyFault = TypeVar("AnyFault", bound=InEnvironment)


@dataclass(frozen=True)
class Sample:
    """One value of one series; the labels exclude `job` and `environment`, which the scrape adds."""

    name: str
    labels: tuple[tuple[str, str], ...]
    value: float


def sample(name: str, value: float, **labels: str) -> Sample:
    """Return a sample with its labels in a fixed order."""
    return Sample(name, tuple(sorted(labels.items())), value)


HEALTHY = (
    {"id": "entra-id", "metric": SyncMetric.BOTH},
    {"id": "servicenow", "metric": SyncMetric.AGE},
)


class World:
    """One environment under the faults of an incident."""

    def __init__(self, environment: str, faults: tuple[Fault, ...]) -> None:
        """Keep the faults that concern the environment."""
        self.environment = environment
        mine = [f for f in faults if isinstance(f, InEnvironment) and f.environment == environment]
        self._faults: tuple[InEnvironment, ...] = tuple(mine)
        self._connectors = self._all_connectors()
        self._restarts = tuple(sorted(f.until for f in self._of(Api)))

    def scraped(self, at: float) -> bool:
        """Return whether a collector looks at the environment."""
        return not self._holding(Collector, at)

    def answers(self, at: float) -> bool:
        """Return whether the API accepts connections."""
        return not self._holding(Api, at)

    def started(self, at: float) -> float:
        """Return the virtual second at which the serving process began."""
        return max((end for end in self._restarts if end <= at), default=STARTED)

    def samples(self, at: float, epoch: Callable[[float], float]) -> Iterator[Sample]:
        """Yield what `/metrics` shows at virtual second `at`.

        `epoch` turns a virtual second into the Unix time that timestamps are written in.
        """
        failed = self._errors(at)
        total = max(self._requests(at), failed)
        yield sample(REQUESTS, total - failed, status_code="200", **ROUTE)
        if failed:
            yield sample(REQUESTS, failed, status_code="500", **ROUTE)
        yield from _histogram(total)
        yield sample(QUEUE_DEPTH, self._depth(at))
        yield sample(PROCESS_START, epoch(self.started(at)))
        for connector in self._connectors:
            yield from _sync_samples(connector, at, self.started(at), epoch)

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

    def _depth(self, at: float) -> float:
        queue = self._holding(Queue, at)
        return queue.depth if queue else 0.0

    def _traffic_rate(self, at: float) -> float:
        traffic = self._holding(Traffic, at)
        normal = NORMAL_PER_MINUTE.get(self.environment, OTHER_PER_MINUTE)
        return (traffic.per_minute if traffic else normal) / MINUTE if self.answers(at) else 0.0

    def _error_rate(self, at: float) -> float:
        fault = self._holding(Errors, at)
        if fault is None or not self.answers(at):
            return 0.0
        if fault.share is not None:
            return fault.share * self._traffic_rate(at)
        return (fault.per_minute or 0.0) / MINUTE

    def _requests(self, at: float) -> int:
        return self._count(self._traffic_rate, at)

    def _errors(self, at: float) -> int:
        before = EARLIER_ERRORS if self.started(at) == STARTED else 0
        return before + self._count(self._error_rate, at)

    def _count(self, rate: Callable[[float], float], at: float) -> int:
        """Return whole events since the process began, of a rate constant between fault edges."""
        begin = self.started(at)
        edges = {edge for f in self._faults for edge in (f.since, f.until) if begin < edge < at}
        parts = pairwise([begin, *sorted(edges), at])
        # A sum of products of binary fractions falls a hair below the whole number it means.
        return int(sum(rate(left) * (right - left) for left, right in parts) + 1e-6)


def _histogram(total: int) -> Iterator[Sample]:
    for bound, share in BUCKETS:
        le = "+Inf" if bound == float("inf") else str(bound)
        yield sample(f"{DURATION}_bucket", int(total * share), le=le, **ROUTE)
    yield sample(f"{DURATION}_sum", total * 0.04, **ROUTE)
    yield sample(f"{DURATION}_count", total, **ROUTE)


def _sync_samples(connector: Connector, at: float, started: float, epoch: Callable[[float], float]) -> Iterator[Sample]:
    last = _last_sync(connector, at)
    seen = last is not None and at < connector.vanished_from
    # What is set at a sync is lost with the process that set it, until the next sync.
    if last is None or not seen or (connector.wiring is Wiring.FROZEN and last < started):
        return
    if connector.metric is not SyncMetric.TIMESTAMP:
        yield sample(SYNC_AGE, _age_minutes(connector, last, at), connector_id=connector.id)
    if connector.metric is not SyncMetric.AGE:
        yield sample(SYNC_SUCCESS, epoch(last), connector_id=connector.id)


def _last_sync(connector: Connector, at: float) -> float | None:
    """Return the latest sync, None before the first one."""
    anchor = next((a for a in (connector.last_sync, connector.first_seen) if a is not None), -HOUR / 3)
    latest = anchor + (at - anchor) // connector.every * connector.every
    if connector.last_sync is not None:
        latest = min(latest, connector.last_sync)
    return None if connector.first_seen is not None and latest < connector.first_seen else latest


def _age_minutes(connector: Connector, last: float, at: float) -> float:
    if connector.wiring is Wiring.GROWS:
        return (at - last) / MINUTE
    # The gauge is set a moment after the sync; no two syncs take equally long.
    return round(0.01 + (last // connector.every % 7) / 100, 2)
