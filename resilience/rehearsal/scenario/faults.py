"""What can go wrong in a scenario: one model for each kind of fault, over virtual seconds since zero."""

from enum import StrEnum, unique
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from resilience.core.conventions import Frozen
from resilience.core.durations import PositiveSeconds, Seconds

FOREVER = float("inf")


@unique
class Wiring(StrEnum):
    """How the API fills a connector's age gauge; not whether the connector is healthy."""

    GROWS = "grows"
    """Computed at the scrape: now minus the last success."""
    FROZEN = "frozen"
    """Set once after a sync, as in the seed plan: stays near 0 for ever."""


@unique
class SyncMetric(StrEnum):
    """Which of the two sync metrics a connector exposes."""

    AGE = "age"
    TIMESTAMP = "timestamp"
    BOTH = "both"


@unique
class Part(StrEnum):
    """What the metrics and log lines of an environment are about."""

    REQUESTS = "requests"
    QUEUE = "queue"
    SYNCS = "syncs"
    PROCESS = "process"
    """That the API is up, and since when."""
    COLLECTOR = "alloy"
    LOGS = "logs"
    OUTSIDE = "outside"
    """The outside checks, and what Grafana Cloud reports of itself."""


EVERY_PART = frozenset(Part)
API = frozenset({Part.REQUESTS, Part.QUEUE, Part.SYNCS, Part.PROCESS})
"""What the API exposes at `/metrics`."""


class Span(Frozen):
    """A fault holds from `from` (inclusive) until `until` (exclusive; default: for ever).

    `shows_in` are the parts whose samples it may change; rules that read none of them need not be evaluated.
    """

    shows_in: ClassVar[frozenset[Part]] = EVERY_PART
    since: Seconds = Field(default=0.0, alias="from")
    until: Seconds = FOREVER

    def holds(self, at: float) -> bool:
        """Return whether the fault holds at virtual second `at`."""
        return self.since <= at < self.until

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> "Span":
        if self.until <= self.since:
            msg = "until is not later than from; write a later one"
            raise ValueError(msg)
        return self


class InEnvironment(Span):
    """A fault of one environment."""

    environment: str = Field(min_length=1)


class Traffic(InEnvironment):
    """Requests a minute instead of the normal ones."""

    shows_in = frozenset({Part.REQUESTS})
    kind: Literal["traffic"]
    per_minute: float = Field(ge=0)


class Measured(InEnvironment):
    """Requests that go wrong: a share of all, or a fixed number a minute."""

    shows_in = frozenset({Part.REQUESTS})
    what: ClassVar[str] = "errors"
    share: float | None = Field(default=None, gt=0, le=1)
    per_minute: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _one_measure(self) -> "Measured":
        if (self.share is None) == (self.per_minute is None):
            msg = f"{self.what} are measured twice or not at all; write one of share and per_minute"
            raise ValueError(msg)
        return self


class Errors(Measured):
    """Requests answered with an error status, as quickly as others; 499: the client leaves as quickly."""

    kind: Literal["errors"]
    status: Literal["404", "499", "500", "503"] = "500"


class SlowRequests(Measured):
    """Requests to a route that take so long, and are answered then, or (hang) given up by the client."""

    what = "slow requests"
    shows_in = frozenset({Part.REQUESTS, Part.OUTSIDE})
    kind: Literal["slow", "hang"]
    takes: PositiveSeconds = 30.0
    route: str = Field(default="/api/v1/reports/:id", pattern=r"^/")


class Queue(InEnvironment):
    """The queue's depth."""

    shows_in = frozenset({Part.QUEUE})
    kind: Literal["queue"]
    depth: float = Field(ge=0)


class Connector(InEnvironment):
    """A connector's syncs, or its absence.

    `first_seen` begins its series, `last_sync` ends its syncs, `vanished_from` ends its series (the
    API lost them in a restart). Syncs happen at `first_seen` or, without one, at whole multiples of
    `every` counted back from `last_sync` or zero. One that never `synced` has the time stamp 0 from
    `first_seen` on, and no age.
    """

    shows_in = frozenset({Part.SYNCS})
    kind: Literal["connector"]
    id: str = Field(min_length=1)
    wiring: Wiring = Wiring.GROWS
    metric: SyncMetric = SyncMetric.BOTH
    every: PositiveSeconds = 3600.0
    first_seen: Seconds | None = None
    last_sync: Seconds | None = None
    vanished_from: Seconds = FOREVER
    synced: bool = True


class ApiDown(InEnvironment):
    """The API refuses connections; when the fault ends, a new process answers."""

    shows_in = API | {Part.OUTSIDE}
    kind: Literal["api"]
    state: Literal["down"]


class NotReady(InEnvironment):
    """`/ready` answers 503, inside and outside; users' requests go on as they are."""

    shows_in = frozenset({Part.REQUESTS, Part.OUTSIDE})
    kind: Literal["not-ready"]


class Restarts(InEnvironment):
    """The API's process restarts again and again; `down` is how long it answers nothing each time."""

    shows_in = API | {Part.OUTSIDE}
    kind: Literal["restarts"]
    every: PositiveSeconds
    down: Seconds = 0.0


class FailedScrapes(InEnvironment):
    """One scrape of the API in `every` times out, while its process goes on."""

    shows_in = API
    kind: Literal["scrapes"]
    every: PositiveSeconds


class ClockSkew(InEnvironment):
    """The host's clock, which the API reads, runs ahead."""

    shows_in = frozenset({Part.SYNCS})
    kind: Literal["clock"]
    ahead: Seconds


class Replica(InEnvironment):
    """A second instance of the API runs beside the first one, and stays up when the first one is down."""

    shows_in = API | {Part.OUTSIDE}
    kind: Literal["replica"]


class CollectorLoss(InEnvironment):
    """The collector is stopped, or does not scrape the API or itself: those series vanish, `up` too."""

    shows_in = API | {Part.COLLECTOR, Part.LOGS}
    kind: Literal["collector"]
    state: Literal["stopped", "without-api", "without-itself"]


class LogShipping(InEnvironment):
    """Whether the collector sends log entries; how many Loki rejects, and how many its own limit drops."""

    shows_in = frozenset({Part.COLLECTOR})
    kind: Literal["shipping"]
    sends: bool = True
    dropped_per_minute: float = Field(default=0, ge=0)
    limited_per_minute: float = Field(default=0, ge=0)


class LogLines(InEnvironment):
    """The API logs one of the recorded lines, so many times a minute."""

    shows_in = frozenset({Part.LOGS})
    kind: Literal["log"]
    line: str = Field(min_length=1)
    per_minute: float = Field(default=1, gt=0)


@unique
class ProbedCheck(StrEnum):
    """What an outside check reads."""

    READY = "ready"
    DATA = "data"


class ProbeFailure(InEnvironment):
    """Outside checks fail from these places (all when none is named), or are not made at all."""

    shows_in = frozenset({Part.OUTSIDE})
    kind: Literal["outside"]
    checks: tuple[ProbedCheck, ...] = tuple(ProbedCheck)
    places: tuple[str, ...] = ()
    state: Literal["failing", "missing"] = "failing"


class CertificateExpiry(InEnvironment):
    """The certificate that the outside checks see expires in this time."""

    shows_in = frozenset({Part.OUTSIDE})
    kind: Literal["certificate"]
    left: Seconds


class PlanUsage(Span):
    """What Grafana Cloud reports of itself: its use, and the notifications a second that it could not deliver."""

    shows_in = frozenset({Part.OUTSIDE})
    kind: Literal["usage"]
    active_series: float | None = None
    log_gigabytes: float | None = None
    users: float | None = None
    check_executions: float | None = None
    failed_notifications: float | None = None


class StoreRestart(Span):
    """Nothing is stored and every query of metrics fails: Prometheus restarts."""

    kind: Literal["store"]
    state: Literal["restarting"]


class QueryFailure(Span):
    """Every query of Grafana to data sources of this type fails; samples still arrive there."""

    kind: Literal["queries"]
    source: Literal["prometheus", "loki"] = "prometheus"


class GrafanaStop(Span):
    """Grafana evaluates nothing and sends nothing; afterwards it goes on with the states that it had."""

    kind: Literal["grafana"]
    state: Literal["stopped"]


class RuleEdit(InEnvironment):
    """Somebody changes the alert's rule, in something that resets its states, at the beginning of the span."""

    kind: Literal["edit"]
    id: str = Field(min_length=1)


class SlackOutage(Span):
    """Slack answers with an error status; 429 carries Retry-After."""

    shows_in = frozenset()
    kind: Literal["slack"]
    status: Literal[429, 500, 503]


Fault = Annotated[
    Traffic
    | Errors
    | SlowRequests
    | Queue
    | Connector
    | ApiDown
    | NotReady
    | Restarts
    | FailedScrapes
    | ClockSkew
    | Replica
    | CollectorLoss
    | LogShipping
    | LogLines
    | ProbeFailure
    | CertificateExpiry
    | PlanUsage
    | StoreRestart
    | QueryFailure
    | GrafanaStop
    | RuleEdit
    | SlackOutage,
    Field(discriminator="kind"),
]
