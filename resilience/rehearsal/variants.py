"""Exports of the real program, one for each set of settings and announcements that scenarios ask for."""

import json
from pathlib import Path

from resilience.manifest import Manifest, declare
from resilience.model.catalogue import ROOT
from resilience.model.dated import clock
from resilience.model.stack_file import stacks
from resilience.rehearsal import Exported, Scenario
from resilience.rehearsal.announcements import ZERO, announces, checkout


class Variants:
    """Exports in subfolders of one folder; each is made when a scenario first needs it."""

    def __init__(self, folder: Path, root: Path = ROOT) -> None:
        """Keep the folder to write to, and the root of the program."""
        self._folder, self._root = folder, root
        self._made: dict[str, Exported] = {}
        self._manifests: dict[str, Manifest] = {}

    def __call__(self, scenario: Scenario) -> Exported:
        """Return the export with the scenario's settings and announcements.

        Raises:
            BadInputError: the declaration cannot be exported.
            pulumi.RunError: the program rejects the changed settings.
        """
        key = json.dumps([_announced(scenario), scenario.settings], sort_keys=True)
        if key not in self._made:
            self._made[key] = self._export(scenario)
        return self._made[key]

    def _export(self, scenario: Scenario) -> Exported:
        number, root, now = len(self._made), self._root, clock.NOTHING_ANNOUNCED
        if announces(scenario):
            root, now = checkout(self._root, scenario, self._folder / f"checkout-{number}"), ZERO
        with clock.standing(now):
            manifests = [self._declared(name, root, scenario) for name in stacks(root)]
        return Exported.of(manifests, self._folder / f"variant-{number}")

    def _declared(self, stack: str, root: Path, scenario: Scenario) -> Manifest:
        """Return what a stack declares; most scenarios change one of them alone."""
        changes = scenario.settings.get(stack)
        # Windows belong to the shared stack; another run of the program takes half a second.
        announced = _announced(scenario) if scenario.calibrating or stack == stacks(root)[0] else None
        key = json.dumps([stack, changes, announced], sort_keys=True)
        if key not in self._manifests:
            self._manifests[key] = declare(stack, root, changes=changes)
        return self._manifests[key]


def _announced(scenario: Scenario) -> str | None:
    return scenario.model_dump_json(include={"maintenance", "calibrating"}) if announces(scenario) else None
