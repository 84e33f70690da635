"""The threshold on a query's value (1.3)."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

# 1.3: compared as floats, so infinities are larger or smaller than any number, and NaN differs from every one.
_OF_ONE: dict[str, Callable[[float, float], bool]] = {
    "gt": operator.gt,
    "lt": operator.lt,
    "gte": operator.ge,
    "lte": operator.le,
    "eq": operator.eq,
    "ne": operator.ne,
}
_OF_TWO: dict[str, Callable[[float, float, float], bool]] = {
    "within_range": lambda value, low, high: low < value < high,
    "outside_range": lambda value, low, high: value < low or value > high,
    "within_range_included": lambda value, low, high: low <= value <= high,
    "outside_range_included": lambda value, low, high: value <= low or value >= high,
}
_EVALUATORS: dict[str, Callable[..., bool]] = {**_OF_ONE, **_OF_TWO}


@dataclass(frozen=True)
class Condition:
    """An evaluator by Grafana's name, and its one or two parameters in the query's unit."""

    evaluator: str
    parameters: tuple[float, ...]

    def fires(self, value: float) -> bool:
        """Whether the value alerts."""
        return _EVALUATORS[self.evaluator](value, *self.parameters)

    @classmethod
    def of(cls, model: Mapping[str, Any]) -> Self:
        """The condition in the JSON of a threshold, which `unknown` has no objection to."""
        evaluator = model["conditions"][0]["evaluator"]
        return cls(evaluator["type"], tuple(map(float, evaluator["params"])))

    @staticmethod
    def unknown(model: Mapping[str, Any]) -> str:
        """What of the JSON of a threshold on A the model does not know; empty if it knows all."""
        if model.get("type") != "threshold" or model.get("expression") != "A":
            return "is no threshold on A"
        conditions = model.get("conditions") or []
        if len(conditions) != 1 or set(conditions[0]) != {"evaluator"}:
            return "has not exactly one evaluator"
        evaluator = conditions[0]["evaluator"]
        wanted = {**dict.fromkeys(_OF_ONE, 1), **dict.fromkeys(_OF_TWO, 2)}.get(evaluator.get("type"))
        if wanted is None:
            return f'has the unknown evaluator "{evaluator.get("type")}"'
        return "" if len(evaluator.get("params") or []) == wanted else f"needs {wanted} parameters"
