"""Boundaries: for each number of an alert one scenario just past it, which fires, and one just short of it.

They pin every threshold and duration of the catalogue, so none can change unnoticed. Prometheus evaluates the
alert's own rules on their own series alone, at the moments of scrapes.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from resilience.core.conventions import PRODUCTION, Frozen, Name, OneLine
from resilience.core.durations import MINUTE, PositiveSeconds, spelt
from resilience.core.problems import BadInputError, Problem, each, shown, validated
from resilience.core.yaml_files import read_yaml
from resilience.grafana import RuleStates, State
from resilience.model.alert import Alert
from resilience.model.catalogue import ROOT
from resilience.promql.ast import parsed, selectors, series_name
from resilience.rehearsal.exported import EvaluatedRule, Exported, with_rules
from resilience.rehearsal.scenario.faults import FOREVER, Fault, InEnvironment
from resilience.rehearsal.scenario.scenario import Scenario
from resilience.rehearsal.virtual.answers import Ticks, answers
from resilience.rehearsal.virtual.series import LEAD, aligned
from resilience.rehearsal.virtual.storage import Storage, stretch

BOUNDARIES = "resilience/rehearsal/boundaries"
"""The folder below the checkout; a file for each alert."""


class Boundary(Frozen):
    """What is just past some numbers, and what is just short of them.

    Attributes:
        pins: names of the numbers: `threshold`, `for`, `escalation_threshold`, or parameters.
        length: of both scenarios, in virtual seconds.
        step: virtual seconds between two scrapes.
        evaluate_every: virtual seconds between two evaluations; `step` when left out.
        at_end: whether it fires is asked at the end alone; otherwise at any time.
    """

    pins: Annotated[tuple[str, ...], Field(min_length=1)]
    fires: tuple[Fault, ...]
    quiet: tuple[Fault, ...]
    length: PositiveSeconds = 30 * MINUTE
    step: PositiveSeconds = MINUTE
    evaluate_every: PositiveSeconds | None = None
    at_end: bool = False

    @model_validator(mode="after")
    def _fits(self) -> "Boundary":
        ends = [fault.until for fault in (*self.fires, *self.quiet) if fault.until != FOREVER]
        if late := [end for end in (*ends, self.step) if end > self.length]:
            raise ValueError(f"{spelt(late[0])} is beyond the length {spelt(self.length)}; write a longer one")
        return self

    def sides(self) -> Iterator["Side"]:
        """The two scenarios."""
        for name, faults in (("fires", self.fires), ("quiet", self.quiet)):
            side = f"{'+'.join(self.pins)}-{name}"
            yield Side(side, _scenario(side, self.length, faults), self)


class Boundaries(Frozen):
    """All boundaries of one alert; `without` names numbers that have none, each with the reason."""

    version: Literal[1]
    alert: Name
    environment: Name = PRODUCTION
    boundaries: Annotated[tuple[Boundary, ...], Field(min_length=1)]
    without: dict[str, OneLine] = Field(default_factory=dict)

    @property
    def pinned(self) -> set[str]:
        """Names of the numbers that have a boundary."""
        return {name for boundary in self.boundaries for name in boundary.pins}

    @property
    def environments(self) -> set[str]:
        """Environments of the rules and of the faults."""
        faults = (fault for boundary in self.boundaries for fault in (*boundary.fires, *boundary.quiet))
        return {self.environment} | {fault.environment for fault in faults if isinstance(fault, InEnvironment)}


@dataclass(frozen=True)
class Side:
    """One side of a boundary."""

    id: str
    scenario: Scenario
    boundary: Boundary


def _scenario(name: str, length: float, faults: tuple[Fault, ...]) -> Scenario:
    return Scenario.model_construct(
        version=1, id=name, title=name, why=name, length=length, faults=faults, expect=(), settings={}
    )


def load_boundaries(folder: Path = ROOT / BOUNDARIES) -> dict[str, Boundaries]:
    """Every file of the folder, by alert.

    Raises:
        BadInputError: everything that is wrong in all of them.
    """
    if not folder.is_dir():
        raise BadInputError([Problem(BOUNDARIES, "(whole folder)", "is missing", "write a file for each alert")])
    return {one.alert: one for one in each(sorted(folder.glob("*.yaml")), _load)}


def _load(path: Path) -> Boundaries:
    file = f"{BOUNDARIES}/{path.name}"
    raw = read_yaml(path, file)
    place = raw.get("environment", PRODUCTION)
    for boundary in _dicts(raw.get("boundaries")):
        for fault in (*_dicts(boundary.get("fires")), *_dicts(boundary.get("quiet"))):
            _place(fault, place)
    found = validated(Boundaries, raw, file)
    if twice := found.pinned & set(found.without):
        raise BadInputError([Problem(file, f"without.{min(twice)}", "a boundary pins it too", "remove one")])
    if found.alert != path.stem:
        raise BadInputError(
            [Problem(file, "alert", f"{shown(found.alert)} differs from the name of the file", "rename one")]
        )
    return found


def _dicts(raw: Any) -> list[dict[str, Any]]:
    return [one for one in raw if isinstance(one, dict)] if isinstance(raw, list) else []


def _place(fault: dict[str, Any], environment: Any) -> None:
    """Put a fault into the file's environment, where it names none and its kind belongs to one."""
    if fault.get("kind") not in ("usage", "store", "slack"):
        fault.setdefault("environment", environment)


def numbers_of(alert: Alert) -> set[str]:
    """Names of the numbers that need a boundary; a pending time of nothing has none."""
    return {name for name, value in alert.values.items() if value != "0s"}


def incomplete(alert: Alert, boundaries: Boundaries | None) -> Iterator[Problem]:
    """Numbers of an alert without a boundary, and boundaries of numbers that it does not have."""
    file = f"{BOUNDARIES}/{alert.id}.yaml"
    if boundaries is None:
        yield Problem(file, "(whole file)", "is missing", "write a boundary for each number of the alert")
        return
    known = boundaries.pinned | set(boundaries.without)
    for name in sorted(numbers_of(alert) - known):
        yield Problem(
            file, "boundaries", f"nothing pins {shown(name)}", "write what fires just past it, and what does not"
        )
    for name in sorted(known - numbers_of(alert)):
        yield Problem(file, name, "is no number of the alert", f"write one of {', '.join(sorted(numbers_of(alert)))}")


class Trials:
    """Tries boundaries in one Prometheus, each side in a stretch of time of its own."""

    def __init__(self, prometheus: Storage) -> None:
        """Use this Prometheus, which must hold nothing yet, for boundaries alone."""
        self._prometheus = prometheus
        self._begin = 0.0

    def broken(
        self, versions: Mapping[str, Exported], alert: Alert, boundary: Boundary, environment: str
    ) -> dict[str, list[str]]:
        """Sides of the boundary that do not hold, as `NAME-fires` or `NAME-quiet`, by version of the rules.

        Series are simulated once for all versions.

        Raises:
            RehearsalError: Prometheus rejects an expression.
        """
        own = {name: _rules_of(one.only({environment}), alert.id) for name, one in versions.items()}
        names = _series_names(own)
        found: dict[str, list[str]] = {name: [] for name in versions}
        for side in boundary.sides():
            # Versions of the rules have the same environments, and so the same series.
            ticks = self._written(side, (environment,), names)
            for name, rules in own.items():
                if self._fires(_of_tier(rules, alert, side), ticks, boundary) is not side.id.endswith("-fires"):
                    found[name].append(side.id)
        return found

    def _written(self, side: Side, environments: tuple[str, ...], names: set[str]) -> Ticks:
        """Store the side's series in the next stretch, and return the evaluations there."""
        boundary, begin = side.boundary, self._begin
        self._begin += stretch(LEAD + boundary.length)
        self._prometheus.write(
            [*aligned(environments, side.scenario, begin, boundary.step, names)], begin, boundary.step
        )
        every = boundary.evaluate_every or boundary.step
        return Ticks(begin, int((LEAD + boundary.length) // every) + 1, every)

    def _fires(self, rules: Iterable[EvaluatedRule], ticks: Ticks, boundary: Boundary) -> bool:
        """Whether any of the rules fires: at any time from the end of the lead on, or at the end."""
        times = ticks.times()
        moments = set(times[-1:] if boundary.at_end else (at for at in times if at > ticks.first + LEAD))
        return any(at in moments for one in rules for at in self._firing(one, ticks))

    def _firing(self, one: EvaluatedRule, ticks: Ticks) -> Iterator[float]:
        states = RuleStates(one.rule)
        for at, answer in zip(ticks.times(), answers(self._prometheus, one, ticks), strict=True):
            states.evaluate(at, answer)
            if any(each.state in (State.ALERTING, State.RECOVERING) for each in states.instances):
                yield at


def _rules_of(exported: Exported, alert_id: str) -> tuple[EvaluatedRule, ...]:
    """The alert's rules as Prometheus has them: their expressions hold thresholds, so a number is changed there."""
    rules = with_rules(exported, exported.rules).grafana
    return tuple(one for one in rules if one.rule.labels["alert_id"] == alert_id)


def _series_names(versions: Mapping[str, Iterable[EvaluatedRule]]) -> set[str]:
    trees = {parsed(one.expr) for rules in versions.values() for one in rules}
    return {series_name(one) for tree in trees for one in selectors(tree)}


def _of_tier(rules: Iterable[EvaluatedRule], alert: Alert, side: Side) -> list[EvaluatedRule]:
    tier = alert.escalation.tier if alert.escalation and side.id.startswith("escalation") else alert.tier
    return [one for one in rules if one.rule.labels["tier"] == tier]
