"""What the real program declares, exported once for each set of settings that incidents change."""

import json
from pathlib import Path

from resilience.export import export
from resilience.manifest import declare
from resilience.model.catalogue import ROOT
from resilience.model.stack_file import stacks
from resilience.rehearsal import Exported, Scenario


class Variants:
    """Exports below a folder; each is made when an incident asks for it first."""

    def __init__(self, folder: Path, root: Path = ROOT) -> None:
        """Keep where to write, and whose program to run."""
        self._folder, self._root = folder, root
        self._made: dict[str, Exported] = {}

    def __call__(self, scenario: Scenario) -> Exported:
        """Return the export of the incident's settings.

        Raises:
            BadInputError: what is declared cannot be exported.
            pulumi.RunError: the program refuses the changed settings.
        """
        key = json.dumps(scenario.settings, sort_keys=True)
        if key not in self._made:
            self._made[key] = self._export(scenario)
        return self._made[key]

    def _export(self, scenario: Scenario) -> Exported:
        names = stacks(self._root)
        manifests = [declare(name, self._root, changes=scenario.settings.get(name)) for name in names]
        folder = self._folder / f"variant-{len(self._made)}"
        export(manifests, folder)
        return Exported.read(folder)
