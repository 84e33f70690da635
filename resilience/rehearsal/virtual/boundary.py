"""Boundaries: for each number of an alert one scenario just past it, which fires, and one just short of it.

They pin every threshold and duration of the catalogue, so none can change unnoticed. Each boundary runs in one
file for `promtool test rules`, with the alert's own rules and series alone.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from resilience.core.conventions import PRODUCTION, Frozen, Name, OneLine
from resilience.core.durations import MINUTE, PositiveSeconds, spelt
from resilience.core.problems import BadInputError, Problem, each, shown, validated
from resilience.core.yaml_files import read_yaml
from resilience.model.alert import Alert
from resilience.model.catalogue import ROOT
from resilience.promql.ast import parsed, selectors, series_name
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.scenario.faults import FOREVER, Fault, InEnvironment
from resilience.rehearsal.scenario.scenario import Scenario
from resilience.rehearsal.virtual.promtool import output_of
from resilience.rehearsal.virtual.series import LEAD, series_of
from resilience.tools.errors import RehearsalError

BOUNDARIES = "resilience/rehearsal/boundaries"
"""The folder below the checkout; a file for each alert."""
_FAILED = re.compile(r'expr: "[^\n]*boundary=\\"(?P<side>[^ "\\]+) (?P<version>[^"\\]+)\\"')


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


def broken(
    versions: Mapping[str, Exported], alert: Alert, boundary: Boundary, environment: str
) -> dict[str, list[str]]:
    """Sides of the boundary that do not hold, as `NAME-fires` or `NAME-quiet`, by version of the rules.

    All versions run in one promtool, on series that are simulated once.

    Raises:
        RehearsalError: promtool cannot run the rules.
    """
    own = {name: one.only({environment}) for name, one in versions.items()}
    rules = _rules_of(own, alert.id)
    names = _series_names(rules)
    tests = [_test(own, alert, side, names) for side in boundary.sides()]
    found: dict[str, list[str]] = {name: [] for name in versions}
    for version, side in _failed(rules, boundary.evaluate_every or boundary.step, tests):
        found[version].append(side)
    return found


def _test(versions: Mapping[str, Exported], alert: Alert, side: Side, names: set[str]) -> dict[str, Any]:
    # Versions of the rules have the same environments, and so the same series.
    exported = next(iter(versions.values()))
    series = series_of(exported, side.scenario, step=side.boundary.step)
    return {
        "interval": spelt(side.boundary.step),
        "input_series": [one for one in series if _name(one) in names],
        "promql_expr_test": [_expectation(alert, side, version) for version in versions],
    }


def _name(series: dict[str, str]) -> str:
    return series["series"].partition("{")[0]


def _rules_of(versions: Mapping[str, Exported], alert_id: str) -> dict[str, Any]:
    """The alert's rules in every version; their alerts differ in the label `version`."""
    groups = [
        {
            **group,
            "name": f"{group['name']} {version}",
            "rules": [
                {**rule, "labels": {**rule["labels"], "version": version}}
                for rule in group["rules"]
                if rule["labels"]["alert_id"] == alert_id
            ],
        }
        for version, exported in versions.items()
        for group in exported.rules["groups"]
    ]
    return {"groups": [group for group in groups if group["rules"]]}


def _series_names(rules: dict[str, Any]) -> set[str]:
    trees = [parsed(rule["expr"]) for group in rules["groups"] for rule in group["rules"]]
    return {series_name(one) for tree in trees for one in selectors(tree)}


def _expectation(alert: Alert, side: Side, version: str) -> dict[str, Any]:
    """Whether the alert fires: at any time of the scenario, or at its end."""
    tier = alert.escalation.tier if alert.escalation and side.id.startswith("escalation") else alert.tier
    firing = f'ALERTS{{alertstate="firing",alert_id="{alert.id}",tier="{tier}",version="{version}"}}'
    found = firing if side.boundary.at_end else f"max_over_time({firing}[{spelt(side.scenario.length)}])"
    return {
        # The label that never matches names side and version in what promtool prints.
        "expr": f'max({found}) unless ALERTS{{boundary="{side.id} {version}"}}',
        "eval_time": spelt(LEAD + side.scenario.length),
        "exp_samples": [{"labels": "{}", "value": 1}] if side.id.endswith("-fires") else [],
    }


def _failed(rules: dict[str, Any], every: float, tests: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Version and side of each expectation that does not hold."""
    output, good = output_of("boundaries", rules, tests, every)
    failed = [(found["version"], found["side"]) for found in _FAILED.finditer(output)]
    if not good and not failed:
        raise RehearsalError(f"promtool cannot test the rules: {output.strip()}")
    return failed
