"""The catalogue: alerts, tiers, owners and limits as data, checked as a whole."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, unique
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError, model_validator

from resilience.core.conventions import (
    WATCHDOG,
    WEEKDAYS,
    Channel,
    DataSource,
    Frozen,
    Name,
    OneLine,
    Tier,
)
from resilience.core.durations import DAY, GrafanaDuration, seconds, spelt
from resilience.core.problems import BadInputError, Problem, collected, path_of, shown, validated
from resilience.core.yaml_files import read_yaml
from resilience.model.alert import Alert
from resilience.model.dated import maintenance
from resilience.model.dated.calibration import is_over
from resilience.model.dated.maintenance import MaintenanceFile, MaintenanceWindow
from resilience.model.telemetry import Metric, Telemetry, series_labels
from resilience.promql import placeholders as promql

ROOT = Path(__file__).resolve().parents[2]
_Read = TypeVar("_Read", bound=Frozen)


@unique
class Hours(StrEnum):
    """When a message may be delivered."""

    ALWAYS = "always"
    BUSINESS = "business"


class RouteTiming(Frozen):
    """When a group of alerts is first sent, when its news, and when it is sent again although nothing is new."""

    group_wait: GrafanaDuration
    group_interval: GrafanaDuration
    repeat_interval: GrafanaDuration


class Route(RouteTiming):
    """How the messages of one route travel; `hours: business` means those of the alert's owner.

    `group_by` is that of the routing when left out.
    """

    channel: Channel
    hours: Hours
    group_by: tuple[Name, ...] = ()
    response: OneLine
    """What its reader may count on; `$owner` stands for the owner's name."""

    @property
    def pages(self) -> bool:
        """Whether its messages call somebody at any hour."""
        return self.channel is Channel.ALERTS and self.hours is Hours.ALWAYS


class TierRoute(Route):
    """A tier: what it means, and how its messages travel in production.

    Attributes:
        mention: who hears a sound when something of this tier begins to fire: `channel` (all members of the channel),
            `here` (those who are active just then), or the id of a user group of Slack.
        email: whether messages also go by e-mail, to the addresses in the secret `alertEmails`.
    """

    meaning: OneLine
    mention: Annotated[str, Field(pattern=r"^(channel|here|S[A-Z0-9]{8,20})$")] | None = None
    email: bool = False

    @model_validator(mode="after")
    def _is_urgent(self) -> Self:
        if self.urgent and self.hours is Hours.BUSINESS:
            raise ValueError("a mention or an e-mail is for what cannot wait; write hours: always, or leave it out")
        return self

    @property
    def slack_mention(self) -> str:
        """The mention as Slack spells it in a text; empty if there is none. The id of a user group begins with S."""
        whom = self.mention or ""
        return f"<!subteam^{whom}>" if whom.startswith("S") else f"<!{whom}>" if whom else ""

    @property
    def urgent(self) -> bool:
        """Whether it needs a contact point of its own."""
        return self.email or self.mention is not None


class StateRoute(Route):
    """How messages about rules that cannot be evaluated travel."""

    tier: Tier
    """What their titles say; their label `tier` is that of the rule."""


class Routing(Frozen):
    """Every way a message may take.

    Attributes:
        tiers: alerts of production, by tier.
        other_environments: alerts of all other environments, whatever their tier.
        calibrating: alerts of production that are on trial, whatever their tier, and what Grafana says of their rules.
        no_data_or_error: a rule of production that got no data or an error.
        events: alerts of production with `event: true`, besides their tier.
        watchdog: the signs of life of the alert that always fires.
        default: what nothing else matched.
        group_by: labels that make one message of many alerts.
    """

    group_by: Annotated[tuple[Name, ...], Field(min_length=1)]
    tiers: dict[Tier, TierRoute]
    other_environments: Route
    calibrating: Route
    no_data_or_error: StateRoute
    events: Route
    watchdog: RouteTiming
    default: Route

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if missing := [tier for tier in Tier if tier not in self.tiers]:
            raise ValueError(f'tier "{missing[0]}" has no route; write it under tiers')
        for name in ("other_environments", "default"):
            if getattr(self, name).hours is Hours.BUSINESS:
                raise ValueError(f'"{name}" waits for the hours of an owner it may not have; write hours: always')
        if (self.calibrating.channel, self.calibrating.hours) != (Channel.DEPLOYS, Hours.ALWAYS):
            raise ValueError('"calibrating" calls somebody; write channel: deploys and hours: always')
        if self.events.hours is Hours.BUSINESS:
            raise ValueError('"events" waits, but an event is over by then; write hours: always')
        return self

    @property
    def waiting(self) -> dict[str, Route]:
        """Routes that wait for business hours, by their place in the file."""
        routes = {f"tiers.{tier}": route for tier, route in self.tiers.items()}
        every: dict[str, Route] = {**routes, "no_data_or_error": self.no_data_or_error}
        return {place: route for place, route in every.items() if route.hours is Hours.BUSINESS}


def _zone(key: str) -> str:
    try:
        ZoneInfo(key)
    except (ValueError, OSError, KeyError):
        raise ValueError(f"{shown(key)} is not a time zone; write one of the IANA names, as Europe/Berlin") from None
    return key


_DAY = r"(mon|tues|wednes|thurs|fri|satur|sun)day"
_CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"


class Owner(Frozen):
    """A person who answers alerts: a grafana.com login and hours in a time zone of their own."""

    name: OneLine
    login: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")]
    time_zone: Annotated[str, AfterValidator(_zone)]
    weekdays: Annotated[str, Field(pattern=rf"^{_DAY}(:{_DAY})?$")]
    begins: Annotated[str, Field(pattern=_CLOCK)]
    ends: Annotated[str, Field(pattern=_CLOCK)]

    @model_validator(mode="after")
    def _is_a_day(self) -> Self:
        if self.begins >= self.ends:
            raise ValueError(f'hours "{self.begins}" to "{self.ends}" are empty; write begins before ends')
        days = [WEEKDAYS.index(day) for day in self.weekdays.split(":")]
        if days != sorted(days):
            raise ValueError(f'weekdays "{self.weekdays}" run backwards; sunday is the first day of a week')
        return self

    @property
    def night(self) -> float:
        """Seconds from the end of a day's hours to the next day's."""
        begins, ends = (int(clock[:2]) * 60 + int(clock[3:]) for clock in (self.begins, self.ends))
        return (begins - ends) * 60 + DAY


class Limit(Frozen):
    """What the free tier allows, and where that is written; or what we assume, if that is written nowhere."""

    limit: Annotated[int, Field(gt=0)]
    unit: OneLine
    source: OneLine
    read: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    assumed: bool = False
    planned: Annotated[int, Field(gt=0, le=100)] = 100
    """Percent of it that we plan to use; `resilience budget` marks what is above."""


class _Owners(Frozen):
    version: Literal[1]
    owners: Annotated[dict[Name, Owner], Field(min_length=1)]


class _Tiers(Frozen):
    version: Literal[1]
    routing: Routing


class _Limits(Frozen):
    version: Literal[1]
    limits: dict[Annotated[str, Field(pattern=r"^[a-z_]+$")], Limit]

    @model_validator(mode="after")
    def _has_what_is_checked(self) -> Self:
        if missing := [name for name in ("rules", *promql.LIMITS) if name not in self.limits]:
            raise ValueError(f'the limit "{missing[0]}" is missing; write what the plan allows')
        return self


class _AlertFile(Frozen):
    """One file of alerts; `macros` are PromQL that several of its expressions need, each with its `$range`."""

    version: Literal[1]
    macros: dict[Annotated[str, Field(pattern=r"^[a-z_]+$")], str] = Field(default_factory=dict)
    alerts: Annotated[list[Any], Field(min_length=1)]


class _Alerts(_AlertFile):
    """The same for an editor; read so, one wrong alert would hide what is wrong with all of them together."""

    alerts: Annotated[list[Alert], Field(min_length=1)]


FILES: Mapping[str, type[Frozen]] = {
    "owners": _Owners,
    "tiers": _Tiers,
    "limits": _Limits,
    "telemetry": Telemetry,
    "maintenance": MaintenanceFile,
    "alerts": _Alerts,
}
"""The shape of the files of the catalogue, by name; those of the folder `alerts` share one."""


class Catalogue(Frozen):
    """All that is declared whatever the stack; `groups` are alerts by topic, one file each."""

    groups: dict[Name, tuple[Alert, ...]]
    routing: Routing
    owners: dict[Name, Owner]
    limits: dict[str, Limit]
    monitoring_routes: tuple[str, ...]
    metrics: dict[str, Metric]
    maintenance: tuple[MaintenanceWindow, ...] = ()

    def at(self, now: datetime | None) -> "Catalogue":
        """What is in force at a moment: without windows that have ended, and without trials that are over."""
        return self.model_copy(
            update={
                "maintenance": tuple(window for window in self.maintenance if now is None or now < window.ends),
                "groups": {topic: tuple(_real(alert, now) for alert in group) for topic, group in self.groups.items()},
            }
        )

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """All alerts, in the order of files and lines."""
        return tuple(alert for group in self.groups.values() for alert in group)

    @staticmethod
    def load(root: Path = ROOT) -> "Catalogue":
        """Read `catalogue/` below the root, and look for the runbooks beside it; nobody may change what it returns.

        Raises:
            BadInputError: all that is wrong in all files.
        """
        return _read(_Contents.of(root))


def _real(alert: Alert, now: datetime | None) -> Alert:
    until = alert.calibrating_until
    return alert.model_copy(update={"calibrating_until": None}) if until and is_over(until, now) else alert


@dataclass(frozen=True)
class _Contents:
    """All that a catalogue is read from, as it is now: equal contents give equal catalogues, wherever they are."""

    root: Path = field(compare=False)
    files: tuple[tuple[str, bytes | None], ...]
    runbooks: frozenset[str]

    @classmethod
    def of(cls, root: Path) -> Self:
        """Those of a checkout; a file that cannot be read has none."""
        folder = root / "catalogue"
        files = sorted((*folder.glob("*.yaml"), *folder.glob("alerts/*.yaml")))
        runbooks = frozenset(path.name for path in (root / "runbooks").glob("*.md") if path.is_file())
        return cls(root, tuple((str(path.relative_to(folder)), _bytes(path)) for path in files), runbooks)


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


# One `check` asks for it five times, and a reading takes 40 ms.
@lru_cache(8)
def _read(contents: _Contents) -> Catalogue:
    reader = _Reader(contents.root)
    owners = reader.one("owners", _Owners)
    tiers = reader.one("tiers", _Tiers)
    limits = reader.one("limits", _Limits)
    telemetry = reader.one("telemetry", Telemetry)
    planned = reader.one("maintenance", MaintenanceFile)
    before = len(reader.problems)
    groups = reader.alerts(owners, telemetry)
    # An alert that could not be read is no unknown one.
    alerts = [alert for group in groups.values() for alert in group] if len(reader.problems) == before else None
    reader.problems += _repeat_problems(owners, tiers)
    windows = planned.windows if planned else ()
    reader.problems += _window_problems(windows, alerts)
    if reader.problems or not (owners and tiers and limits and telemetry):
        raise BadInputError(reader.problems)
    return Catalogue(
        groups=groups,
        routing=tiers.routing,
        owners=owners.owners,
        limits=limits.limits,
        monitoring_routes=telemetry.monitoring_routes,
        metrics=telemetry.metrics,
        maintenance=windows,
    )


def _window_problems(windows: Sequence[MaintenanceWindow], alerts: Sequence[Alert] | None) -> Iterator[Problem]:
    """What windows get wrong beyond their own fields; None for alerts that are not all known."""
    known = {alert.id: alert for alert in alerts or () if alert.id != WATCHDOG}
    names = set[str]()
    for index, window in enumerate(windows):
        at = f"windows[{index}]"
        if window.name in names:
            what = f'"{window.name}" is the name of another window already'
            yield Problem(maintenance.FILE, f"{at}.name", what, "write another")
        names.add(window.name)
        for place, alert in enumerate(() if window.is_of_all or alerts is None else window.alerts):
            if problem := _silence_problem(alert, window, known):
                yield Problem(maintenance.FILE, f"{at}.alerts[{place}]", *problem)


def _silence_problem(alert: str, window: MaintenanceWindow, known: Mapping[str, Alert]) -> tuple[str, str] | None:
    if alert == WATCHDOG:
        return f'"{alert}" must never be silent', "remove it"
    if alert not in known:
        return f"{shown(alert)} does not exist", f"write all, or some of {', '.join(sorted(known))}"
    if not any(known[alert].is_for(environment) for environment in window.environments):
        return f'"{alert}" is an alert of none of its environments', "remove it, or write another environment"
    return None


def _repeat_problems(owners: _Owners | None, tiers: _Tiers | None) -> list[Problem]:
    """Routes that would keep quiet about what ended at night and began again (docs/adr/0011, 2)."""
    if not (owners and tiers):
        return []
    night = min(owner.night for owner in owners.owners.values())
    return [
        Problem(
            "catalogue/tiers.yaml",
            f"routing.{place}.repeat_interval",
            f'"{route.repeat_interval}" is no shorter than a night ({spelt(night)}): what returns after it is not sent',
            "write 12h or less",
        )
        for place, route in tiers.routing.waiting.items()
        if seconds(route.repeat_interval) >= night
    ]


_NAMES = TypeAdapter(Name)


class _Reader:
    """Reads file after file and collects the problems of all."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: list[Problem] = []

    def one(self, name: str, model: type[_Read]) -> _Read | None:
        file = f"catalogue/{name}.yaml"
        return collected(self.problems, lambda: validated(model, read_yaml(self.root / file, file), file))

    def alerts(self, owners: _Owners | None, telemetry: Telemetry | None) -> dict[str, tuple[Alert, ...]]:
        paths = sorted((self.root / "catalogue/alerts").glob("*.yaml"))
        if not paths:
            self.problems.append(
                Problem("catalogue/alerts", "(whole folder)", "holds no alert", "write at least one file")
            )
        known = _Known(self.root, owners, telemetry)
        return {path.stem: tuple(self._group(path, known)) for path in paths if self._names_a_group(path)}

    def _names_a_group(self, path: Path) -> bool:
        try:
            _NAMES.validate_python(path.stem)
        except ValidationError:
            what = f"{shown(path.stem)} cannot name a rule group"
            self.problems.append(
                Problem(f"catalogue/alerts/{path.name}", "(file name)", what, "write a-z, 0-9 and dashes")
            )
            return False
        return True

    def _group(self, path: Path, known: "_Known") -> list[Alert]:
        topic = self.one(f"alerts/{path.stem}", _AlertFile)
        file = f"catalogue/alerts/{path.name}"
        raws = [_without_macros(raw, topic.macros) for raw in topic.alerts] if topic else []
        found = [self._alert(raw, file, index, known) for index, raw in enumerate(raws)]
        return [alert for alert in found if alert]

    def _alert(self, raw: object, file: str, index: int, known: "_Known") -> Alert | None:
        alert = collected(self.problems, lambda: validated(Alert, raw, file, ("alerts", index)))
        if alert:
            problems = known.problems(alert)
            self.problems += [
                Problem(file, path_of(("alerts", index, at)), what, instead) for at, what, instead in problems
            ]
            known.ids.setdefault(alert.id, f"{file}: alerts[{index}]")
        return alert


def _without_macros(raw: object, macros: Mapping[str, str]) -> object:
    if not isinstance(raw, dict) or not isinstance(raw.get("expr"), str):
        return raw
    return {**raw, "expr": promql.expanded(raw["expr"], macros)}


class _Known:
    """What an alert may refer to; a file that could not be read rejects nothing."""

    def __init__(self, root: Path, owners: _Owners | None, telemetry: Telemetry | None) -> None:
        self.root, self.ids, self.titles = root, dict[str, str](), set[str]()
        self.owners = owners.owners if owners else None
        self.series: dict[str, tuple[str, ...]] | None = None
        if telemetry:
            self.series = series_labels(telemetry.metrics)

    def problems(self, alert: Alert) -> list[tuple[str, str, str]]:
        """Path, problem and remedy of each thing that the alert gets wrong beyond its own fields."""
        query = promql.problems(alert.query, alert.source)
        found = [("expr", f'{alert.source.kind} query of "{alert.id}": {what}', instead) for what, instead in query]
        if not found and self.series is not None and alert.source is not DataSource.LOGS:
            found += [("expr", *unknown) for unknown in promql.unknown_series(alert.query, self.series)]
        if not found:
            unused = alert.unused_parameters()
            found += [(f"parameters.{one}", "the expression does not use it", f"write ${one}") for one in unused]
        for level in (one for one in (alert, alert.escalation) if one):
            if level.title in self.titles:
                # Rules of an environment share a folder, where Grafana wants titles to differ.
                found.append(("title", f"{shown(level.title)} is the title of another rule already", "write another"))
            self.titles.add(level.title)
        if alert.id in self.ids:
            found.append(("id", f'"{alert.id}" stands in {self.ids[alert.id]} already', "write another id"))
        if self.owners is not None and alert.owner not in self.owners:
            known = ", ".join(sorted(self.owners))
            found.append(("owner", f'unknown owner "{alert.owner}"', f"write one of {known}"))
        if not (self.root / "runbooks" / f"{alert.id}.md").is_file():
            found.append(("id", f'"{alert.id}" has no runbook', f"write runbooks/{alert.id}.md"))
        return found
