"""Exports of the real program, one for each set of settings that scenarios ask for."""

import json
from pathlib import Path

from resilience.manifest import declare
from resilience.model.catalogue import ROOT
from resilience.model.stack_file import stacks
from resilience.rehearsal import Exported, Scenario


class Variants:
    """Exports in subfolders of one folder; each is made when a scenario first needs it."""

    def __init__(self, folder: Path, root: Path = ROOT) -> None:
        """Keep the folder to write to, and the root of the program."""
        self._folder, self._root = folder, root
        self._made: dict[str, Exported] = {}

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
        names = stacks(self._root)
        manifests = [declare(name, self._root, changes=scenario.settings.get(name)) for name in names]
        folder = self._folder / f"variant-{len(self._made)}"
        return Exported.of(manifests, folder)
