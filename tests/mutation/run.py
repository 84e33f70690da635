"""A small mutation run over the rules that production declares: `make mutants` (a quarter of an hour).

Each mutant lacks one aggregation, matcher, condition, label or wait. It is shown to the lints, then
to the export, then to the corpus in virtual time; golden files would notice every one, so they are
not asked. That each route of the policy tree is needed is in `make test` (tests/export/test_routing.py).
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

sys.path.insert(0, str(Path(__file__).parent))
from mutants import Mutant, of_rule

from resilience.export import export
from resilience.export.rules import RULE_GROUP
from resilience.lint import Declared, findings
from resilience.manifest import Manifest, declare
from resilience.model.catalogue import ROOT, Catalogue
from resilience.model.faults import BadInputError, Fault
from resilience.rehearsal.errors import RehearsalError
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.incident import Incident, load_incidents
from resilience.rehearsal.virtual import judge_one

STACK = "production"


@dataclass(frozen=True)
class Verdict:
    """Who killed a mutant; empty when it lives."""

    mutant: str
    killer: str


def declared_with(manifest: Manifest, uid: str, changed: dict[str, Any]) -> Manifest:
    """The manifest with one rule changed."""

    def spoilt(resource: Any) -> Any:
        if resource.type != RULE_GROUP:
            return resource
        rules = [changed if rule["uid"] == uid else rule for rule in resource.inputs["rules"]]
        return replace(resource, inputs={**resource.inputs, "rules": rules})

    return replace(manifest, resources=tuple(map(spoilt, manifest.resources)))


def mutants_of(rule: dict[str, Any]) -> Iterator[Mutant]:
    """Mutants of a rule as Grafana gets it."""
    model = json.loads(rule["datas"][0]["model"])
    if model["datasource"]["type"] != "prometheus":
        return
    plain = {"expr": model["expr"], "labels": rule["labels"], "for": rule["for"]}
    for mutant in of_rule(plain):
        changed = deepcopy(rule)
        changed["datas"][0]["model"] = json.dumps({**model, "expr": mutant.rule["expr"]})
        changed |= {"labels": mutant.rule["labels"], "for": mutant.rule["for"]}
        yield Mutant(mutant.what, changed)


def killer(manifest: Manifest, known: set[Fault], catalogue: Catalogue, incidents: list[Incident]) -> str:
    """The first that notices; `known` is what the lints say of the rule as it is, standing alone."""
    if found := set(findings(Declared(ROOT, catalogue, (manifest,)))) - known:
        return f"lint {min(found).instead.rpartition('[')[2].removesuffix(']')}"
    with TemporaryDirectory() as name:
        try:
            export([manifest], Path(name))
        except BadInputError:
            return "export"
        exported = Exported.read(Path(name))
        return next((found for one in incidents if (found := _judged(exported, one))), "")


def _judged(exported: Exported, incident: Incident) -> str:
    try:
        return "" if judge_one(exported, incident).good else f"incident {incident.id}"
    except RehearsalError:
        return "promtool"


def concerning(alert: str, incidents: tuple[Incident, ...]) -> list[Incident]:
    """Incidents with the expectations of one alert alone; those that want it first, short ones first."""
    names = {alert, "DatasourceNoData"}
    mine = [
        one.model_copy(update={"expect": tuple(w for w in one.expect if w.alert_id in names and w.environment == STACK)})
        for one in incidents
        if not one.settings
    ]
    return sorted(mine, key=lambda one: (one.benign, one.length))


def alone(manifest: Manifest, uid: str) -> Manifest:
    """The manifest with this rule alone."""

    def only(resource: Any) -> Any:
        rules = [rule for rule in resource.inputs.get("rules", []) if rule["uid"] == uid]
        return replace(resource, inputs={**resource.inputs, "rules": rules}) if resource.type == RULE_GROUP else resource

    return replace(manifest, resources=tuple(map(only, manifest.resources)))


def judged(manifest: Manifest, catalogue: Catalogue, only: list[str]) -> list[Verdict]:
    """Every mutant of every rule of the stack, or of the alerts named."""
    incidents, work = load_incidents(), []
    for group in manifest.of_type(RULE_GROUP):
        for rule in group.inputs["rules"]:
            alert = rule["labels"]["alert_id"]
            if not only or alert in only:
                work += [(rule["uid"], alert, mutant) for mutant in mutants_of(rule)]

    def one(item: tuple[str, str, Mutant]) -> Verdict:
        uid, alert, mutant = item
        as_it_is = alone(manifest, uid)
        known = set(findings(Declared(ROOT, catalogue, (as_it_is,))))
        changed = declared_with(as_it_is, uid, mutant.rule)
        return Verdict(f"{uid}: {mutant.what}", killer(changed, known, catalogue, concerning(alert, incidents)))

    with ThreadPoolExecutor(2) as pool:
        return list(track(pool.map(one, work), total=len(work), description="mutants"))


def main(only: list[str]) -> int:
    """Print who killed how many, and the survivors; 1 when there are any."""
    console, verdicts = Console(), judged(declare(STACK), Catalogue.load(), only)
    for name, count in Counter(one.killer.split()[0] for one in verdicts if one.killer).most_common():
        console.print(f"{count:4} killed by {name}")
    survivors = [one.mutant for one in verdicts if not one.killer]
    console.print(f"{len(survivors):4} survive of {len(verdicts)}")
    for mutant in survivors:
        console.print(f"  {mutant}", markup=False)
    return int(bool(survivors))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
