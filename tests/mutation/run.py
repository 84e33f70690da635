"""A small mutation run over the rules that production declares: `make mutants` (a quarter of an hour).

Each mutant lacks one aggregation, matcher, condition, subtrahend, label or wait, or has another threshold or
duration. The lints see it, then the export, then the scenarios in virtual time; numbers are for the
boundaries. Golden files would notice every mutant, so they are left out. That each route of the
policy tree is needed is in `make test` (tests/export/test_routing.py).
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.progress import track

from resilience.core.conventions import STATE_ALERTS
from resilience.core.durations import HOUR
from resilience.core.problems import BadInputError, Problem
from resilience.lint import Context, problems
from resilience.manifest import Manifest, declare, declare_all, types
from resilience.manifest.rules import model_of
from resilience.model.catalogue import ROOT, Catalogue
from resilience.rehearsal.exported import Exported, ExportedAlert
from resilience.rehearsal.report.score import score
from resilience.rehearsal.scenario.scenario import AlertKey, Expectation, Scenario, load_scenarios
from resilience.rehearsal.virtual import storage
from resilience.rehearsal.virtual.boundary import Trials, load_boundaries
from resilience.rehearsal.virtual.evaluation import evaluate
from resilience.tools.errors import RehearsalError
from tests.mutation.mutants import Mutant, of_rule
from tests.mutation.numbers import DECLARED, broken_sides

STACK = "production"
SHORT = 10 * HOUR
Scenarios = tuple[Scenario, ...]


@dataclass(frozen=True)
class Killed:
    """What noticed a mutant; empty when it survives."""

    mutant: str
    killer: str


def declared_with(manifest: Manifest, uid: str, changed: dict[str, Any]) -> Manifest:
    """The manifest with one rule changed."""

    def spoilt(resource: Any) -> Any:
        if resource.type != types.RULE_GROUP:
            return resource
        rules = [changed if rule["uid"] == uid else rule for rule in resource.inputs["rules"]]
        return replace(resource, inputs={**resource.inputs, "rules": rules})

    return replace(manifest, resources=tuple(map(spoilt, manifest.resources)))


def mutants_of(rule: dict[str, Any]) -> Iterator[Mutant]:
    """Mutants of a rule as Grafana gets it."""
    model = model_of(rule["datas"][0])
    if model["datasource"]["type"] != "prometheus":
        return
    plain = {"expr": model["expr"], "labels": rule["labels"], "for": rule["for"]}
    for mutant in of_rule(plain):
        changed = deepcopy(rule)
        changed["datas"][0]["model"] = json.dumps({**model, "expr": mutant.rule["expr"]})
        changed |= {"labels": mutant.rule["labels"], "for": mutant.rule["for"]}
        yield Mutant(mutant.what, changed)


class RuleMutants:
    """Everything that could notice a mutant of one rule, and knows what the rule does as it is."""

    def __init__(self, manifest: Manifest, rule: dict[str, Any], catalogue: Catalogue, scenarios: Scenarios) -> None:
        """Keep the rule alone, and the incidents with its expectations alone."""
        self._uid, self._catalogue = rule["uid"], catalogue
        self._as_it_is = alone(manifest, self._uid)
        self._known = set(self._problems(self._as_it_is))
        self._incidents = concerning(rule, scenarios)

    def killer(self, mutant: Mutant) -> str:
        """The first that notices; empty when the mutant lives."""
        changed = declared_with(self._as_it_is, self._uid, mutant.rule)
        if found := set(self._problems(changed)) - self._known:
            return f"lint {min(found).instead.rpartition('[')[2].removesuffix(']')}"
        try:
            return next(filter(None, self._noticing(changed)), "")
        except BadInputError:
            return "export"

    def _problems(self, manifest: Manifest) -> list[Problem]:
        return problems(Context(ROOT, self._catalogue, (manifest,)))

    def _noticing(self, changed: Manifest) -> Iterator[str]:
        with TemporaryDirectory() as mutated, TemporaryDirectory() as original:
            ours = _beside_dev(Exported.of([self._as_it_is], Path(original)))
            theirs = _beside_dev(Exported.of([changed], Path(mutated)))
            for scenario in self._incidents:
                # Only what the rule passes as it is can tell that the mutant does not.
                if not _good(theirs, scenario) and _good(ours, scenario):
                    yield f"scenario {scenario.id}"


def _beside_dev(exported: Exported) -> Exported:
    """The same rule beside another environment, which it must not read."""
    return replace(exported, alerts=(*exported.alerts, ExportedAlert(AlertKey("none", "dev"), "none", "P3")))


def _good(exported: Exported, scenario: Scenario) -> bool:
    try:
        result = evaluate(exported, scenario)
    except RehearsalError:
        return False
    return result.good and not score(result).missed


def concerning(rule: dict[str, Any], scenarios: Scenarios) -> list[Scenario]:
    """Scenarios with the expectations of one rule alone; those that want it first, short ones first.

    A day of connectors is left out where it has nothing to do with the rule.
    """
    mine = [
        one.model_copy(update={"expect": tuple(wanted for wanted in one.expect if _wants(rule, wanted))})
        for one in scenarios
        if not one.settings
    ]
    near = [one for one in mine if one.expect or one.length <= SHORT or rule["labels"]["service"] == "connectors"]
    return sorted(near, key=lambda one: (one.benign, one.length))


def _wants(rule: dict[str, Any], wanted: Expectation) -> bool:
    labels = rule["labels"]
    no_data = rule["noDataState"] == "NoData" and wanted.alert_id == STATE_ALERTS[0]
    here = (wanted.environment, wanted.tier) == (STACK, labels["tier"])
    return here and (wanted.alert_id == labels["alert_id"] or no_data)


def alone(manifest: Manifest, uid: str) -> Manifest:
    """The manifest with this rule alone."""

    def only(resource: Any) -> Any:
        rules = [rule for rule in resource.inputs.get("rules", []) if rule["uid"] == uid]
        return (
            replace(resource, inputs={**resource.inputs, "rules": rules})
            if resource.type == types.RULE_GROUP
            else resource
        )

    return replace(manifest, resources=tuple(map(only, manifest.resources)))


def evaluated(manifest: Manifest, catalogue: Catalogue, only: list[str]) -> list[Killed]:
    """Every mutant of every rule of the stack, or of the alerts named."""
    scenarios = load_scenarios()
    work: list[tuple[RuleMutants, str, Mutant]] = []
    for rule in (rule for group in manifest.of_type(types.RULE_GROUP) for rule in group.inputs["rules"]):
        if not only or rule["labels"]["alert_id"] in only:
            checks = RuleMutants(manifest, rule, catalogue, scenarios)
            work += [(checks, rule["uid"], mutant) for mutant in mutants_of(rule)]

    def one(item: tuple[RuleMutants, str, Mutant]) -> Killed:
        checks, uid, mutant = item
        return Killed(f"{uid}: {mutant.what}", checks.killer(mutant))

    with ThreadPoolExecutor(2) as pool:
        return list(track(pool.map(one, work), total=len(work), description="mutants"))


def of_numbers(exported: Exported, only: list[str]) -> list[Killed]:
    """Every mutant of a number, with the boundary that noticed it."""
    boundaries = load_boundaries()
    alerts = [one for one in Catalogue.load().alerts if one.id in boundaries and (not only or one.id in only)]
    with storage.started() as prometheus:
        trials = Trials(prometheus)
        return [
            Killed(mutant, f"boundary {sides[0]}" if sides else "")
            for alert in track(alerts, description="numbers")
            for mutant, sides in broken_sides(trials, exported, alert, boundaries[alert.id]).items()
            if mutant != DECLARED
        ]


def main(only: list[str]) -> int:
    """Print who killed how many, and the survivors; 1 when there are any."""
    console = Console()
    with TemporaryDirectory() as folder:
        outcomes = of_numbers(Exported.of(declare_all(), Path(folder)), only)
    outcomes += evaluated(declare(STACK), Catalogue.load(), only)
    for name, count in Counter(one.killer.split()[0] for one in outcomes if one.killer).most_common():
        console.print(f"{count:4} killed by {name}")
    survivors = [one.mutant for one in outcomes if not one.killer]
    console.print(f"{len(survivors):4} survive of {len(outcomes)}")
    for mutant in survivors:
        console.print(f"  {mutant}", markup=False)
    return int(bool(survivors))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
