"""Exports of the real program, one for each set of settings that scenarios ask for."""

import json
from pathlib import Path
from typing import Any

from resilience.manifest import Manifest, declare
from resilience.model.catalogue import ROOT
from resilience.model.stack_file import stacks
from resilience.rehearsal import Exported, Scenario


class Variants:
    """Exports in subfolders of one folder; each is made when a scenario first needs it."""

    def __init__(self, folder: Path, root: Path = ROOT) -> None:
        """Keep the folder to write to, and the root of the program."""
        self._folder, self._root = folder, root
        self._made: dict[str, Exported] = {}
        self._manifests: dict[str, Manifest] = {}

    def __call__(self, scenario: Scenario) -> Exported:
        """Return the export with the scenario's settings.

        Raises:
            BadInputError: the declaration cannot be exported.
            pulumi.RunError: the program rejects the changed settings.
        """
        key = json.dumps(scenario.settings, sort_keys=True)
        if key not in self._made:
            self._made[key] = self._export(scenario)
        return self._made[key]

    def _export(self, scenario: Scenario) -> Exported:
        manifests = [self._declared(name, scenario.settings.get(name)) for name in stacks(self._root)]
        folder = self._folder / f"variant-{len(self._made)}"
        return Exported.of(manifests, folder)

    def _declared(self, stack: str, changes: dict[str, Any] | None) -> Manifest:
        """Return what a stack declares; most scenarios change one of them alone."""
        key = json.dumps([stack, changes], sort_keys=True)
        if key not in self._manifests:
            self._manifests[key] = declare(stack, self._root, changes=changes)
        return self._manifests[key]
