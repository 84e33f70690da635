"""What is probed and what each kind means: `targets.toml` and `kinds.toml`, read and checked."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from probe.fetch import address_problem

HERE = Path(__file__).parent
CONTROL = 3.0
"""Seconds that the control addresses get."""
_SLOWEST = 60.0
_LONGEST_WORK = timedelta(hours=24)
TIERS = ("P1", "P2", "P3")
_EXPECTS = ("ready", "findings")
# As in the catalogue and in Grafana, a week begins on Sunday.
_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_MENTION = re.compile(r"|<!(channel|here|subteam\^S[A-Z0-9]+)>")
_CREDENTIAL = re.compile(r"authorization|cookie|secret|token|cf-access", re.IGNORECASE)


class BadTargetsError(Exception):
    """All problems of the files, one on each line."""


@dataclass(frozen=True)
class Kind:
    """What a kind of diagnosis means; `tier` is "" if nothing is wrong."""

    tier: str
    headline: str
    remedy: str


@dataclass(frozen=True, kw_only=True)
class Target:
    """One address; `worst` caps the tier, `explained_by` names the target whose failure explains this one's."""

    name: str
    environment: str
    owner: str
    runbook: str
    url: str
    expects: str
    worst: str
    explained_by: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OwnerHours:
    """Business hours of an owner."""

    time_zone: str
    weekdays: str
    begins: str
    ends: str

    def contains(self, moment: datetime) -> bool:
        """Whether a moment (with a time zone) is within them."""
        local = moment.astimezone(ZoneInfo(self.time_zone))
        first, _, last = self.weekdays.partition(":")
        working = _DAYS.index(first) <= local.isoweekday() % 7 <= _DAYS.index(last or first)
        begins, ends = time.fromisoformat(self.begins), time.fromisoformat(self.ends)
        return working and begins <= local.time() < ends


@dataclass(frozen=True, kw_only=True)
class AnnouncedWork:
    """A maintenance window: from `begins` on and before `ends` nobody is notified of these targets."""

    name: str
    begins: datetime
    ends: datetime
    targets: list[str]

    def problem(self, known: list[str]) -> str:
        """What is wrong; empty if nothing is."""
        moments = all(isinstance(one, datetime) and one.tzinfo for one in (self.begins, self.ends))
        if not moments or not timedelta() < self.ends - self.begins <= _LONGEST_WORK:
            return "has no begin and end with a zone within 24 h; write them as in catalogue/maintenance.yaml"
        if unknown := sorted({*self.targets} - {*known}):
            return f'unknown target "{unknown[0]}"; write one of {", ".join(known)}'
        return ""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The settings of a run; times in seconds, sizes in bytes, life of certificates in days."""

    targets: tuple[Target, ...]
    kinds: dict[str, Kind]
    owners: dict[str, OwnerHours]
    control: tuple[str, ...]
    runbooks: str
    mention: str
    deadline: float
    pauses: tuple[float, ...]
    slow: float
    body: int
    soon: float
    urgent: float
    longest_gap: float
    reminder: float
    windows: tuple[AnnouncedWork, ...] = ()

    @classmethod
    def load(cls, path: Path = HERE / "targets.toml") -> "Plan":
        """Read both files.

        Raises:
            BadTargetsError: all problems, one on each line.
        """
        raw = _table(path)
        try:
            plan = cls._of(raw, _table(HERE / "kinds.toml"))
            problems = [f"{path.name}: {problem}" for problem in plan.problems()]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            what = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
            raise BadTargetsError(f"{path.name}: {what}; write it as in probe/targets.toml") from None
        if problems:
            raise BadTargetsError("\n".join(problems))
        return plan

    @classmethod
    def _of(cls, raw: dict[str, Any], meaning: dict[str, Any]) -> "Plan":
        attempts, certificate, clock = raw["attempts"], raw["certificate"], raw["clock"]
        return cls(
            targets=tuple(Target(**target) for target in raw["targets"]),
            kinds={name: Kind(**kind) for name, kind in meaning["kinds"].items()},
            owners={name: OwnerHours(**hours) for name, hours in raw["owners"].items()},
            control=tuple(raw["control"]["urls"]),
            runbooks=raw["runbooks"],
            mention=raw.get("mention", ""),
            deadline=float(attempts["deadline"]),
            pauses=tuple(float(pause) for pause in attempts["pauses"]),
            slow=float(attempts["slow"]),
            body=int(attempts["body"]),
            soon=float(certificate["soon"]),
            urgent=float(certificate["urgent"]),
            longest_gap=60.0 * clock["longest_gap_minutes"],
            reminder=60.0 * clock["reminder_minutes"],
            windows=tuple(AnnouncedWork(**window) for window in raw.get("windows", [])),
        )

    def work_on(self, target: str, moment: datetime) -> str:
        """The name of the maintenance window that silences a target at a moment; empty if there is none."""
        holding = (one for one in self.windows if target in one.targets and one.begins <= moment < one.ends)
        return next((one.name for one in holding), "")

    @property
    def slowest(self) -> float:
        """Seconds of the slowest run of probes, the control addresses included."""
        times = (self.deadline, *self.pauses)
        return (1 + len(self.pauses)) * self.deadline + sum(self.pauses) + CONTROL if min(times) > 0 else min(times)

    def problems(self) -> Iterator[str]:
        """What is wrong, and where."""
        if not 0 < self.slowest <= _SLOWEST:
            yield f"attempts: take up to {self.slowest:g} s; write times above 0 that take {_SLOWEST:g} s at most"
        if not _MENTION.fullmatch(self.mention):
            yield f'mention: "{self.mention}" is no mention; write "<!channel>", or "" for none'
        if not self.targets:
            yield "targets: is empty; list one or more"
        for url in self.control:
            if problem := address_problem(url):
                yield f'control.urls: "{url.rpartition("@")[2]}" {problem}'
        names = [target.name for target in self.targets]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield f"targets.{name}: is listed twice; give each target its own name, which is the key of its incident"
        found = ((window.name, window.problem(names)) for window in self.windows)
        yield from (f"windows.{name}: {problem}" for name, problem in found if problem)
        for target in self.targets:
            yield from self._problems_of(target)
        for name, hours in self.owners.items():
            try:
                hours.contains(datetime.now(UTC))
            except (ValueError, KeyError, OSError):
                yield f"owners.{name}: hours cannot be read; write them as in catalogue/owners.yaml"

    def _problems_of(self, target: Target) -> Iterator[str]:
        where = f"targets.{target.name}"
        if problem := address_problem(target.url):
            yield f'{where}.url: "{target.url.rpartition("@")[2]}" {problem}'  # no password
        for key, value, known in (
            ("expects", target.expects, _EXPECTS),
            ("worst", target.worst, TIERS),
            ("owner", target.owner, self.owners),
            ("explained_by", target.explained_by, ("", *(one.name for one in self.targets if one.name != target.name))),
        ):
            if value not in known:
                yield f'{where}.{key}: unknown "{value}"; write one of {", ".join(filter(None, known))}'
        for name in target.headers:
            if _CREDENTIAL.search(name):
                yield f"{where}.headers.{name}: is a credential; put it into the workflow's secrets"


def _table(path: Path) -> dict[str, Any]:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadTargetsError(f"{path.name}: cannot be read ({error}); write TOML") from None
    if raw.get("version") != 1:
        raise BadTargetsError(f'{path.name}: version: unknown "{raw.get("version")}"; write version = 1')
    return raw
