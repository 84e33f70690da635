"""Scenarios as data: faults over virtual time, and every message that must arrive in Slack.

All times are virtual, since zero. What is not listed under `expect` must not arrive, so an empty
`expect` makes a scenario benign.
"""

from collections.abc import Collection
from enum import StrEnum, unique
from itertools import combinations, pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, Field, field_validator, model_validator

from resilience.core.conventions import PRODUCTION, STATE_ALERTS, Channel, Frozen
from resilience.core.durations import PositiveSeconds, Seconds, clock_face
from resilience.core.problems import BadInputError, Problem, each, shown, validated
from resilience.core.yaml_files import read_yaml
from resilience.model.catalogue import ROOT
from resilience.model.parameters import written_out
from resilience.rehearsal.scenario.faults import FOREVER, Fault, InEnvironment, SlackOutage

SCENARIOS = "resilience/rehearsal/scenarios"
"""The folder below the checkout."""
KEBAB = r"^[a-z0-9]+(-[a-z0-9]+)*$"


def _ordered(window: tuple[float, float]) -> tuple[float, float]:
    if window[0] >= window[1]:
        msg = "the window ends before it begins; write [earliest, latest], both since zero"
        raise ValueError(msg)
    return window


Window = Annotated[tuple[Seconds, Seconds], AfterValidator(_ordered)]
"""Earliest and latest virtual second, both inclusive."""


class AlertKey(NamedTuple):
    """What distinguishes one expected alert from another; connectors of one environment share a message."""

    alert_id: str
    environment: str

    def __str__(self) -> str:
        """Return the alert and where, for people."""
        return f"{self.alert_id} ({self.environment})"


class Expectation(Frozen):
    """One alert that must arrive.

    `firing` and `resolved` bound the alert's state; a message follows it within the same window,
    unless `delivered` says that it comes later (night, Slack outage). `tier` is what the message
    must say, `channel` where; an event is also posted to `event_channel`, at once. So many `instances`
    fire: one for each set of labels that the rule keeps. `ends` is what the message about the end says. With `emailed`
    a mail must say it too, whatever Slack does; where the export has e-mail for the tier, one must in any case.
    With `announced: false` it fires and ends inside a maintenance window, so that nobody is notified.
    """

    alert_id: str = Field(pattern=rf"{KEBAB}|^Datasource(NoData|Error)$")
    environment: str = Field(min_length=1)
    tier: Literal["P1", "P2", "P3"]
    channel: Channel
    event_channel: Channel | None = None
    firing: Window
    resolved: Window | None = None
    instances: int = Field(default=1, gt=0)
    delivered: Window | None = None
    ends: Literal["recovered", "unknown"] = "recovered"
    announced: bool = True
    emailed: bool = False

    @property
    def key(self) -> AlertKey:
        """Return the alert and its environment."""
        return AlertKey(self.alert_id, self.environment)

    @property
    def arrival(self) -> tuple[float, float]:
        """Return the window of the first message."""
        return self.delivered or self.firing

    @model_validator(mode="after")
    def _in_order(self) -> "Expectation":
        if self.resolved and self.resolved[0] < self.firing[1]:
            msg = "resolved begins before firing's window ends; write a later window"
            raise ValueError(msg)
        if self.delivered and self.delivered[0] < self.firing[0]:
            msg = "delivered begins before firing; write a later window"
            raise ValueError(msg)
        return self


class Night(Frozen):
    """Business hours are closed from `closes_at` until `opens_at`."""

    closes_at: Seconds = 0.0
    opens_at: PositiveSeconds


class ScenarioWindow(Frozen):
    """A maintenance window in virtual seconds; its ends are on full minutes, as those of real ones."""

    begins_at: Seconds
    ends_at: Seconds
    environments: tuple[str, ...]
    alerts: tuple[str, ...] | Literal["all"]


@unique
class MessagePath(StrEnum):
    """A way that a message can take to its reader; one scenario shows each of them live."""

    P1 = "p1"
    P2_IN_HOURS = "p2-in-hours"
    P2_AT_NIGHT = "p2-at-night"
    P3 = "p3"
    OTHER_ENVIRONMENT = "other-environment"
    NO_DATA = "no-data"
    ERROR = "error"
    RECOVERY = "recovery"
    VANISHED = "vanished"
    SLACK_DOWN = "slack-down"
    WITHOUT_SLACK = "without-slack"
    EVENT_AT_NIGHT = "event-at-night"
    WATCHDOG = "watchdog"
    MAINTENANCE = "maintenance"
    CALIBRATING = "calibrating"


class Scenario(Frozen):
    """One scenario; `why` says in a sentence what would go unnoticed without it.

    `settings` are changed in the environments' stack files before they are exported: they are
    decisions of people (a connector is retired, a credential is listed), no faults. So are `maintenance`,
    the window that is announced, and `calibrating`, the virtual second at which the trial of an alert ends: a midnight.
    `slower` says why an alert may come later here than the catalogue promises. `path` is the way of a message that it
    shows live.
    `watchdog_speaks` bounds when the watchdog's address misses signs of life; without it nobody looks at them.
    `prometheus_differs` says why Prometheus' own rule engine makes something else of the exported rules.
    """

    version: Literal[1]
    id: str = Field(pattern=KEBAB)
    title: str = Field(min_length=1)
    why: str = Field(min_length=1)
    length: PositiveSeconds
    hours: Literal["open"] | Night = "open"
    live: bool = True
    path: MessagePath | None = None
    watchdog_speaks: Window | None = None
    prometheus_differs: str | None = Field(default=None, min_length=1)
    slower: str | None = Field(default=None, min_length=1)
    settings: dict[str, dict[str, Any]] = Field(default_factory=dict)
    maintenance: ScenarioWindow | None = None
    calibrating: dict[str, Seconds] = Field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    expect: tuple[Expectation, ...] = ()

    @field_validator("why")
    @classmethod
    def _repeats_no_number(cls, why: str) -> str:
        if numbers := written_out(why):
            msg = f"{shown(numbers[0])} would stay when the alert's number changes; say it without a number"
            raise ValueError(msg)
        return why

    @property
    def begins(self) -> float:
        """Return when the fault begins; what holds from the start is how things are, unless it is all."""
        return min((fault.since for fault in self.faults if fault.since > 0), default=0.0)

    @property
    def benign(self) -> bool:
        """Return whether silence is what is expected."""
        return not self.expect

    @property
    def night(self) -> tuple[float, float] | None:
        """Return the virtual seconds at which hours end and begin again, None when they are open throughout."""
        return (self.hours.closes_at, self.hours.opens_at) if isinstance(self.hours, Night) else None

    @property
    def window(self) -> tuple[float, float] | None:
        """Return the virtual seconds at which maintenance begins and ends, None if there is none."""
        return (self.maintenance.begins_at, self.maintenance.ends_at) if self.maintenance else None

    @model_validator(mode="after")
    def _the_night_ends(self) -> "Scenario":
        if self.night and self.night[1] <= self.night[0]:
            raise ValueError("hours: opens_at is not later than closes_at; write a later one")
        return self

    @model_validator(mode="after")
    def _everything_ends_in_time(self) -> "Scenario":
        ends = [fault.until for fault in self.faults if fault.until != FOREVER]
        for wanted in self.expect:
            ends += [w[1] for w in (wanted.firing, wanted.resolved, wanted.delivered) if w]
        late = [clock_face(end) for end in ends if end > self.length]
        if late:
            msg = f"length {clock_face(self.length)} is shorter than {', '.join(late)} in it; write a longer one"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _settings_are_virtual(self) -> "Scenario":
        if self.settings and self.live:
            msg = "settings need an export of their own, which a live run has not; write live: false"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _one_after_the_other(self) -> "Scenario":
        for one, other in pairwise(sorted(self.expect, key=lambda wanted: (wanted.key, wanted.tier, wanted.firing))):
            if (one.key, one.tier) == (other.key, other.tier) and (
                one.resolved is None or other.firing[0] < one.resolved[1]
            ):
                msg = f"expect names {one.key} as {one.tier} again before its end; write one entry, or resolved"
                raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _no_overlap(self) -> "Scenario":
        subjects = [(_subject(fault), fault) for fault in self.faults]
        for (subject, one), (another, other) in combinations(subjects, 2):
            if subject == another and max(one.since, other.since) < min(one.until, other.until):
                begin = clock_face(max(one.since, other.since))
                msg = f"two {one.kind} faults overlap from {begin}; end one before the other begins"
                raise ValueError(msg)
        return self


_SUBJECTS = ("id", "status", "route", "line", "checks", "places", "source")
"""Fields of which each value is a subject of its own: two connectors may stop at once."""


def _subject(fault: Fault) -> tuple[str, ...]:
    """Return what only one fault at a time can hold of."""
    place = fault.environment if isinstance(fault, InEnvironment) else ""
    own = vars(fault)  # for a field that it does not have, Pydantic's `getattr` writes a whole message
    return (fault.kind, place, *(str(own.get(key, "")) for key in _SUBJECTS))


def slack_outages(scenario: Scenario) -> tuple[SlackOutage, ...]:
    """Return the faults of Slack itself."""
    return tuple(fault for fault in scenario.faults if isinstance(fault, SlackOutage))


def by_email(scenario: Scenario, tiers: Collection[str]) -> Scenario:
    """Return the same scenario with what must also arrive by e-mail, whatever Slack does.

    That is what says so, and production's alerts of these tiers: those for which the export has e-mail. Grafana's
    alerts about rules without data or with an error wait for business hours, and for no e-mail.
    """
    mailed = [
        one.model_copy(update={"delivered": None})
        for one in scenario.expect
        if one.emailed or (one.tier in tiers and one.environment == PRODUCTION and one.alert_id not in STATE_ALERTS)
    ]
    return scenario.model_copy(update={"expect": tuple(mailed)})


def load_scenario(path: Path) -> Scenario:
    """Read one scenario.

    Raises:
        BadInputError: everything that is wrong in it.
    """
    file = f"{SCENARIOS}/{path.name}"
    scenario = validated(Scenario, read_yaml(path, file), file)
    if scenario.id != path.stem:
        what = f"{shown(scenario.id)} differs from the name of the file"
        raise BadInputError([Problem(file, "id", what, f"write {path.stem}")])
    return scenario


def load_scenarios(folder: Path = ROOT / SCENARIOS) -> tuple[Scenario, ...]:
    """Read every scenario of a folder, in the order of their ids.

    Raises:
        BadInputError: everything that is wrong in all of them, or there is none.
    """
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise BadInputError([Problem(SCENARIOS, "(whole folder)", "holds no scenario", "write at least one file")])
    return tuple(each(paths, load_scenario))
