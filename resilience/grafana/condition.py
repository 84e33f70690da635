"""The threshold on a query's value (1.3)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

# 1.3: compared as floats, so infinities are larger or smaller than any number, and NaN differs from every one.
_OF_ONE: dict[str, Callable[[float, float], bool]] = {
    "gt": lambda value, limit: value > limit,
    "lt": lambda value, limit: value < limit,
    "gte": lambda value, limit: value >= limit,
    "lte": lambda value, limit: value <= limit,
    "eq": lambda value, limit: value == limit,
    "ne": lambda value, limit: value != limit,
}
_OF_TWO: dict[str, Callable[[float, float, float], bool]] = {
    "within_range": lambda value, low, high: low < value < high,
    "outside_range": lambda value, low, high: value < low or value > high,
    "within_range_included": lambda value, low, high: low <= value <= high,
    "outside_range_included": lambda value, low, high: value <= low or value >= high,
}


@dataclass(frozen=True)
class Condition:
    """An operator by Grafana's name, and its one or two parameters in the query's unit."""

    operator: str
    parameters: tuple[float, ...]

    def fires(self, value: float) -> bool:
        """Whether the value alerts."""
        if self.operator in _OF_ONE:
            return _OF_ONE[self.operator](value, self.parameters[0])
        return _OF_TWO[self.operator](value, *self.parameters[:2])

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
            return f'has the unknown operator "{evaluator.get("type")}"'
        return "" if len(evaluator.get("params") or []) == wanted else f"needs {wanted} parameters"
