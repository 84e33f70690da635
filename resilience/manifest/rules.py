"""Declared rules, decoded: the only code that reads the query and the threshold out of a Grafana rule's JSON."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from resilience.core.problems import Problem
from resilience.manifest import types
from resilience.manifest.model import Manifest
from resilience.promql.ast import parsed

COMPARISONS = {"gt": ">", "lt": "<", "gte": ">=", "lte": "<=", "eq": "==", "ne": "!="}
"""PromQL's operator for each evaluator of one number, by Grafana's name."""
STACKS = "stack "
"""The first word of a problem's `file` if the problem is in what a stack declares, not in a file."""


@dataclass(frozen=True)
class DeclaredRule:
    """One Grafana rule of the manifest; `inputs` have the provider's names."""

    stack: str
    place: str
    inputs: dict[str, Any]

    @property
    def uid(self) -> str:
        """Its uid; empty if it has none."""
        return str(self.inputs.get("uid") or "")

    @property
    def title(self) -> str:
        """The name of the rule, which its alerts have as `alertname`."""
        return str(self.inputs.get("name") or "")

    @property
    def labels(self) -> dict[str, str]:
        """Labels of the rule."""
        return self.inputs.get("labels") or {}

    @property
    def annotations(self) -> dict[str, str]:
        """Texts of the rule."""
        return self.inputs.get("annotations") or {}

    @cached_property
    def models(self) -> list[dict[str, Any]]:
        """Its queries and expressions in order, each as the JSON object that Grafana stores."""
        return [model_of(data) for data in self.inputs.get("datas") or []]

    @cached_property
    def trees(self) -> list[Any]:
        """Its parsed PromQL, without what does not parse: promtool reports that, with the reason."""
        return [tree for expr in self.queries("prometheus") if (tree := _tree(expr)) is not None]

    def queries(self, kind: str) -> list[str]:
        """Its queries to a data source of one kind, `prometheus` or `loki`."""
        found = [model for model in self.models if (model.get("datasource") or {}).get("type") == kind]
        return [str(model["expr"]) for model in found if model.get("expr")]

    def problem(self, field: str, what: str, instead: str) -> Problem:
        """A problem of this rule, under the id of its alert."""
        return Problem(f"{STACKS}{self.stack}", f"{self.labels.get('alert_id') or self.place}.{field}", what, instead)


def declared_rules(manifests: Iterable[Manifest]) -> Iterator[DeclaredRule]:
    """Every rule of these stacks, escalations included."""
    for manifest in manifests:
        for group in manifest.of_type(types.RULE_GROUP):
            for index, rule in enumerate(group.inputs.get("rules") or []):
                yield DeclaredRule(manifest.stack, f"{group.name}.rules[{index}]", rule)


def model_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """The object in the JSON of a query or an expression; empty if there is none."""
    try:
        model = json.loads(data["model"])
    except (ValueError, KeyError, TypeError):
        return {}
    return model if isinstance(model, dict) else {}


def _tree(expr: str) -> Any:
    try:
        return parsed(expr)
    except ValueError:
        return None
