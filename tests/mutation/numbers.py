"""Mutants of numbers: every threshold and duration of every alert, a little smaller and a little larger."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from resilience.core.durations import seconds, spelt
from resilience.core.text import filled
from resilience.model.alert import Alert
from resilience.model.parameters import Value, in_query
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.virtual.boundary import Boundaries, Trials

EQUIVALENT = {
    ("production-unreachable", "threshold", 0.4): "two places look: their mean is 0, 0.5 or 1",
    ("smoke-test-failing", "threshold", 0.4): "three places look: their mean is 0.33 or 0.67 beside this",
    ("smoke-test-failing", "threshold", 0.6): "the same",
    ("uncaught-exception", "threshold", -1.0): "without a line there is nothing to compare",
}
"""Numbers that mean the same as the declared one."""


DECLARED = "declared"
"""The version of the rules without a mutant."""


@dataclass(frozen=True)
class NumberMutant:
    """One alert with another number."""

    alert: Alert
    name: str
    value: Value

    def __str__(self) -> str:
        """`api-down: for 1m`."""
        return f"{self.alert.id}: {self.name} {self.value}"


def number_mutants(alert: Alert, boundaries: Boundaries) -> Iterator[NumberMutant]:
    """Both neighbours of every number of an alert that has a boundary."""
    for name in sorted(boundaries.pinned):
        for value in _changed(alert.values[name]):
            if (alert.id, name, value) not in EQUIVALENT:
                yield NumberMutant(alert, name, value)


def broken_sides(trials: Trials, exported: Exported, alert: Alert, boundaries: Boundaries) -> dict[str, list[str]]:
    """Sides that do not hold: of all boundaries as `DECLARED`, and of its own number's for each mutant.

    A mutant survives when it breaks none.
    """
    mutants = list(number_mutants(alert, boundaries))
    found: dict[str, list[str]] = {name: [] for name in (DECLARED, *map(str, mutants))}
    for boundary in boundaries.boundaries:
        here = {str(one): _with_number(exported, one) for one in mutants if one.name in boundary.pins}
        versions = {DECLARED: exported, **here}
        for version, sides in trials.broken(versions, alert, boundary, boundaries.environment).items():
            found[version] += sides
    return found


def _changed(value: Value) -> list[Value]:
    if isinstance(value, str):
        return [spelt(seconds(value) / 2), spelt(2 * seconds(value))]
    less, more = (value - 1, value + 1) if float(value).is_integer() else (0.8 * value, 1.2 * value)
    return [less, more]


def _with_number(exported: Exported, mutant: NumberMutant) -> Exported:
    """What would be exported if the catalogue held this number."""
    alert, name, value = mutant.alert, mutant.name, mutant.value

    def changed_rule(rule: dict[str, Any]) -> dict[str, Any]:
        if rule["labels"]["alert_id"] != alert.id:
            return rule
        queries = (filled(alert.expr, in_query(values)) for values in (alert.values, alert.values | {name: value}))
        expr = _with_query(rule["expr"], *queries)
        tier = alert.escalation.tier if alert.escalation and name.startswith("escalation") else alert.tier
        if name in ("threshold", "escalation_threshold") and rule["labels"]["tier"] == tier:
            expr = re.sub(r"(?<=[<>] )\S+$", str(value), expr)
        return {**rule, "expr": expr, **({"for": value} if name == "for" else {})}

    groups = [{**group, "rules": list(map(changed_rule, group["rules"]))} for group in exported.rules["groups"]]
    return replace(exported, rules={"groups": groups})


def _with_query(expr: str, before: str, after: str) -> str:
    """An exported expression with another query; what an environment fills in stays as it is."""
    pattern = re.escape(before)
    for name in dict.fromkeys(re.findall(r"\\\$([a-z_]+)", pattern)):
        first = pattern.replace(rf"\${name}", f"(?P<{name}>.*?)", 1)
        pattern = first.replace(rf"\${name}", f"(?P={name})")
    found = re.search(pattern, expr, re.DOTALL)
    return expr if found is None else expr.replace(found[0], filled(after, found.groupdict()))
