"""Incidents as data: faults over virtual time, and every message that must arrive in Slack.

All times are virtual, since zero. What is not listed under `expect` must not arrive, so an empty
`expect` makes an incident benign.
"""

from collections import Counter
from enum import StrEnum, unique
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import yaml
from pydantic import AfterValidator, Field, ValidationError, model_validator

from resilience.model.conventions import Frozen
from resilience.rehearsal.durations import Duration, clock_face
from resilience.rehearsal.errors import RehearsalError
from resilience.rehearsal.faults import FOREVER, Fault, InEnvironment, Slack

FOLDER = Path(__file__).parent / "incidents"
KEBAB = r"^[a-z0-9]+(-[a-z0-9]+)*$"


@unique
class Channel(StrEnum):
    """The Slack channels, without the prefix `sv0-`."""

    ALERTS = "alerts"
    DEPLOYS = "deploys"


def _ordered(window: tuple[float, float]) -> tuple[float, float]:
    if window[0] >= window[1]:
        msg = "a window is [earliest, latest] since zero, and earliest comes first"
        raise ValueError(msg)
    return window


Window = Annotated[tuple[Duration, Duration], AfterValidator(_ordered)]
"""Earliest and latest virtual second, both inclusive."""


class AlertKey(NamedTuple):
    """What tells one expected alert from another; connectors of one environment share a message."""

    alert_id: str
    environment: str

    def __str__(self) -> str:
        """Return the alert and where, for people."""
        return f"{self.alert_id} ({self.environment})"


class Expectation(Frozen):
    """One alert that must arrive.

    `firing` and `resolved` bound the alert's state; a message follows it within the same window,
    unless `delivered` says that it comes later (night, Slack outage). `tier` is what the message
    must say, `channel` where. So many `instances` fire: one for each set of labels that the rule keeps.
    """

    alert_id: str = Field(pattern=rf"{KEBAB}|^Datasource(NoData|Error)$")
    environment: str = Field(min_length=1)
    tier: Literal["P1", "P2", "P3"]
    channel: Channel
    firing: Window
    resolved: Window | None = None
    instances: int = Field(default=1, gt=0)
    delivered: Window | None = None

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
            msg = "resolved begins before firing's window ends"
            raise ValueError(msg)
        if self.delivered and self.delivered[0] < self.firing[0]:
            msg = "delivered begins before firing"
            raise ValueError(msg)
        return self


class Night(Frozen):
    """Business hours are closed until `opens_at`."""

    opens_at: Duration = Field(gt=0)


class Incident(Frozen):
    """One rehearsed incident; `why` says in a sentence what its absence would let through.

    `settings` are changed in the environments' stack files before they are exported: what people
    decide (a connector is retired, a credential is listed) is no fault of the world. `slower` says
    why an alert may come later here than the catalogue promises.
    """

    version: Literal[1]
    id: str = Field(pattern=KEBAB)
    title: str = Field(min_length=1)
    why: str = Field(min_length=1)
    length: Duration = Field(gt=0)
    hours: Literal["open"] | Night = "open"
    live: bool = True
    slower: str | None = Field(default=None, min_length=1)
    settings: dict[str, dict[str, Any]] = Field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    expect: tuple[Expectation, ...] = ()

    @property
    def begins(self) -> float:
        """Return when the fault begins; what holds from the start is how things are, unless it is all."""
        return min((fault.since for fault in self.faults if fault.since > 0), default=0.0)

    @property
    def benign(self) -> bool:
        """Return whether silence is what is expected."""
        return not self.expect

    @property
    def opens_at(self) -> float | None:
        """Return the virtual second at which hours begin, None when they are open throughout."""
        return self.hours.opens_at if isinstance(self.hours, Night) else None

    @model_validator(mode="after")
    def _everything_ends_in_time(self) -> "Incident":
        ends = [fault.until for fault in self.faults if fault.until != FOREVER]
        for wanted in self.expect:
            ends += [w[1] for w in (wanted.firing, wanted.resolved, wanted.delivered) if w]
        late = [clock_face(end) for end in ends if end > self.length]
        if late:
            msg = f"length {clock_face(self.length)} is shorter than {', '.join(late)} in it"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _settings_are_virtual(self) -> "Incident":
        if self.settings and self.live:
            msg = "settings need an export of their own, which the live drill has not; write live: false"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _one_expectation_an_alert(self) -> "Incident":
        for (key, tier), count in Counter((wanted.key, wanted.tier) for wanted in self.expect).items():
            if count > 1:
                msg = f"expect names {key} as {tier} {count} times; write one entry"
                raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _no_overlap(self) -> "Incident":
        for one, other in combinations(self.faults, 2):
            if _subject(one) == _subject(other) and max(one.since, other.since) < min(one.until, other.until):
                msg = f"two {one.kind} faults overlap from {clock_face(max(one.since, other.since))}"
                raise ValueError(msg)
        return self


_SUBJECTS = ("id", "status", "line", "checks", "places")
"""Fields of which each value is a subject of its own: two connectors may stop at once."""


def _subject(fault: Fault) -> tuple[str, ...]:
    """Return what only one fault at a time can hold of."""
    place = fault.environment if isinstance(fault, InEnvironment) else ""
    return (fault.kind, place, *(str(getattr(fault, key, "")) for key in _SUBJECTS))


def slack_faults(incident: Incident) -> tuple[Slack, ...]:
    """Return the faults of Slack itself."""
    return tuple(fault for fault in incident.faults if isinstance(fault, Slack))


def load_incident(path: Path) -> Incident:
    """Read one incident; raises RehearsalError that names the file and every fault in it."""
    try:
        incident = Incident.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        msg = f"{path}: cannot be read as YAML: {error}"
        raise RehearsalError(msg) from error
    except ValidationError as error:
        raise RehearsalError(_faults_of(path, error)) from error
    if incident.id != path.stem:
        msg = f'{path}: id: "{incident.id}" differs from the file name; write "{path.stem}"'
        raise RehearsalError(msg)
    return incident


def _faults_of(path: Path, error: ValidationError) -> str:
    lines = (
        f"{path}: {'.'.join(map(str, fault['loc'])) or 'incident'}: {fault['msg'].removeprefix('Value error, ')}"
        for fault in error.errors(include_url=False, include_input=False)
    )
    return "\n".join(lines)


def load_incidents(folder: Path = FOLDER) -> tuple[Incident, ...]:
    """Read every incident of a folder, in the order of their ids.

    Raises RehearsalError with all faults of all files, or when the folder holds none.
    """
    loaded: list[Incident] = []
    faults: list[str] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            loaded.append(load_incident(path))
        except RehearsalError as error:
            faults.append(str(error))
    if faults or not loaded:
        raise RehearsalError("\n".join(faults) or f"{folder}: no incident; write one *.yaml")
    return tuple(loaded)
