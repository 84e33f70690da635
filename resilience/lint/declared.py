"""What the lints judge: the rules as the program declares them, with the catalogue beside."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from resilience.export.rules import RULE_GROUP
from resilience.manifest import Manifest
from resilience.model.catalogue import Catalogue
from resilience.model.faults import Fault
from resilience.model.labels import Series
from resilience.model.syntax import parsed
from resilience.model.telemetry import series_labels

STACKS = "stack "
"""How the place of a fault begins that stands in what a stack declares, not in a file."""


@dataclass(frozen=True)
class DeclaredRule:
    """One Grafana rule of the manifest; `inputs` are spelt as the provider spells them."""

    stack: str
    place: str
    inputs: dict[str, Any]

    @property
    def labels(self) -> dict[str, str]:
        """Labels of the rule; none when there are none."""
        return self.inputs.get("labels") or {}

    @property
    def annotations(self) -> dict[str, str]:
        """Texts of the rule."""
        return self.inputs.get("annotations") or {}

    @cached_property
    def trees(self) -> list[Any]:
        """Its PromQL, parsed. What does not parse is left to promtool, which says why."""
        return [tree for expr in self.queries("prometheus") if (tree := _tree(expr)) is not None]

    def queries(self, kind: str) -> list[str]:
        """Its queries to a data source of one kind, `prometheus` or `loki`."""
        models = [_model(data) for data in self.inputs.get("datas") or []]
        asked = [model for model in models if (model.get("datasource") or {}).get("type") == kind]
        return [str(model["expr"]) for model in asked if model.get("expr")]

    def fault(self, field: str, problem: str, instead: str) -> Fault:
        """A fault of this rule, under the id of its alert."""
        return Fault(f"{STACKS}{self.stack}", f"{self.labels.get('alert_id') or self.place}.{field}", problem, instead)


def _model(data: dict[str, Any]) -> dict[str, Any]:
    try:
        model = json.loads(data["model"])
    except (json.JSONDecodeError, KeyError):
        return {}
    return model if isinstance(model, dict) else {}


def _tree(expr: str) -> Any:
    try:
        return parsed(expr)
    except ValueError:
        return None


@dataclass(frozen=True)
class Declared:
    """All stacks together with the catalogue and the folder that both come from."""

    root: Path
    catalogue: Catalogue
    manifests: tuple[Manifest, ...]

    @cached_property
    def rules(self) -> list[DeclaredRule]:
        """Every rule of every stack, escalations too."""
        return [
            DeclaredRule(manifest.stack, f"{group.name}.rules[{index}]", rule)
            for manifest in self.manifests
            for group in manifest.of_type(RULE_GROUP)
            for index, rule in enumerate(group.inputs.get("rules") or [])
        ]

    @cached_property
    def series(self) -> Series:
        """Labels of each series of the telemetry contract."""
        return series_labels(self.catalogue.metrics)


@dataclass(frozen=True)
class Lint:
    """A check with its id: the same in code, file names, tests, docs and at the end of each finding."""

    id: str
    means: str
    instead: str
    faults: Callable[[Declared], Iterable[Fault]]
