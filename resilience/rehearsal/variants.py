"""Exports of the real program, one for each set of settings and announcements that scenarios ask for."""

import json
from pathlib import Path
from typing import Any

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
        announced = scenario.model_dump_json(include={"maintenance", "calibrating"})
        key = json.dumps([announced, scenario.settings], sort_keys=True)
        if key not in self._made:
            self._made[key] = self._export(scenario, announced)
        return self._made[key]

    def _export(self, scenario: Scenario, announced: str) -> Exported:
        number, root, now = len(self._made), self._root, clock.NOTHING_ANNOUNCED
        if announces(scenario):
            root, now = checkout(self._root, scenario, self._folder / f"checkout-{number}"), ZERO
        with clock.standing(now):
            manifests = [
                self._declared(name, root, scenario.settings.get(name), announced) for name in stacks(self._root)
            ]
        return Exported.of(manifests, self._folder / f"variant-{number}")

    def _declared(self, stack: str, root: Path, changes: dict[str, Any] | None, announced: str) -> Manifest:
        """Return what a stack declares; most scenarios change one of them alone."""
        key = json.dumps([stack, changes, announced], sort_keys=True)
        if key not in self._manifests:
            self._manifests[key] = declare(stack, root, changes=changes)
        return self._manifests[key]
