"""Each number of each alert is pinned: a scenario just past it fires, one just short of it does not."""

import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from resilience.core.durations import seconds, spelt
from resilience.core.problems import BadInputError
from resilience.core.text import filled
from resilience.model.alert import Alert
from resilience.model.catalogue import ROOT, Catalogue
from resilience.model.parameters import Value, in_query
from resilience.rehearsal.boundary import (
    BOUNDARIES,
    Boundaries,
    broken,
    incomplete,
    load_boundaries,
    numbers_of,
)
from resilience.rehearsal.exported import Exported

ALERTS = {alert.id: alert for alert in Catalogue.load().alerts}
LOADED = load_boundaries()


def test_every_number_of_every_alert_has_a_boundary_or_a_reason() -> None:
    assert set(LOADED) == set(ALERTS)
    assert [str(one) for alert in ALERTS.values() for one in incomplete(alert, LOADED.get(alert.id))] == []


@pytest.mark.parametrize("name", ALERTS)
def test_the_boundaries_of_an_alert_hold(declared: Exported, name: str) -> None:
    assert broken(declared, ALERTS[name], LOADED[name]) == []


def changed(value: Value) -> list[Value]:
    """The number a little smaller and a little larger."""
    if isinstance(value, str):
        return [spelt(seconds(value) / 2), spelt(2 * seconds(value))]
    less, more = (value - 1, value + 1) if float(value).is_integer() else (0.8 * value, 1.2 * value)
    return [less, more]


EQUIVALENT = {
    ("production-unreachable", "threshold", 0.4): "two places look: their mean is 0, 0.5 or 1",
    ("smoke-test-failing", "threshold", 0.4): "three places look: their mean is 0.33 or 0.67 beside this",
    ("smoke-test-failing", "threshold", 0.6): "the same",
    ("uncaught-exception", "threshold", -1.0): "without a line there is nothing to compare",
}
"""Numbers that mean the same as the declared one."""
MUTANTS = [
    pytest.param((alert.id, name, value), id=f"{alert.id}: {name} {value}")
    for alert in ALERTS.values()
    for name in sorted(LOADED[alert.id].pinned)
    for value in changed(alert.values[name])
    if (alert.id, name, value) not in EQUIVALENT
]


@pytest.mark.parametrize("mutant", MUTANTS)
def test_another_number_breaks_a_boundary(declared: Exported, mutant: tuple[str, str, Value]) -> None:
    alert_id, name, value = mutant
    alert, boundaries = ALERTS[alert_id], LOADED[alert_id]
    relevant = tuple(one for one in boundaries.boundaries if name in one.pins)

    mutated = with_number(declared, alert, name, value)

    assert broken(mutated, alert, boundaries.model_copy(update={"boundaries": relevant})) != []


def with_number(exported: Exported, alert: Alert, name: str, value: Value) -> Exported:
    """What would be exported if the catalogue held this number."""

    def changed_rule(rule: dict[str, Any]) -> dict[str, Any]:
        if rule["labels"]["alert_id"] != alert.id:
            return rule
        queries = (filled(alert.expr, in_query(values)) for values in (alert.values, alert.values | {name: value}))
        expr = with_query(rule["expr"], *queries)
        tier = alert.escalation.tier if alert.escalation and name.startswith("escalation") else alert.tier
        if name in ("threshold", "escalation_threshold") and rule["labels"]["tier"] == tier:
            expr = re.sub(r"(?<=[<>] )\S+$", str(value), expr)
        return {**rule, "expr": expr, **({"for": value} if name == "for" else {})}

    groups = [{**group, "rules": list(map(changed_rule, group["rules"]))} for group in exported.rules["groups"]]
    return replace(exported, rules={"groups": groups})


def with_query(expr: str, before: str, after: str) -> str:
    """An exported expression with another query; what an environment fills in stays as it is."""
    pattern = re.escape(before)
    for name in dict.fromkeys(re.findall(r"\\\$([a-z_]+)", pattern)):
        first = pattern.replace(rf"\${name}", f"(?P<{name}>.*?)", 1)
        pattern = first.replace(rf"\${name}", f"(?P={name})")
    found = re.search(pattern, expr, re.DOTALL)
    return expr if found is None else expr.replace(found[0], filled(after, found.groupdict()))


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Callable[[dict[str, Any]], Path]:
    def write(content: dict[str, Any]) -> Path:
        (tmp_path / "queue-backing-up.yaml").write_text(yaml.safe_dump(content), "utf-8")
        return tmp_path

    return write


GOOD: dict[str, Any] = yaml.safe_load((ROOT / BOUNDARIES / "queue-backing-up.yaml").read_text("utf-8"))


def test_a_number_without_a_boundary_and_a_boundary_without_a_number_are_found() -> None:
    raw = {
        **GOOD,
        "without": {"window": "it has none"},
        "boundaries": [one | {"pins": ["for"]} for one in GOOD["boundaries"]],
    }
    found = incomplete(ALERTS["queue-backing-up"], Boundaries.model_validate(_placed(raw)))

    assert [str(one) for one in found] == [
        (
            f'{BOUNDARIES}/queue-backing-up.yaml: boundaries: nothing pins "threshold"; '
            "write what fires just past it, and what does not"
        ),
        f"{BOUNDARIES}/queue-backing-up.yaml: window: is no number of the alert; write one of for, threshold",
    ]


def _placed(raw: dict[str, Any]) -> dict[str, Any]:
    raw = deepcopy(raw)
    for boundary in raw["boundaries"]:
        for side in ("fires", "quiet"):
            boundary[side] = [{"environment": "production", **fault} for fault in boundary[side]]
    return raw


def test_an_alert_without_boundaries_is_found() -> None:
    assert [one.what for one in incomplete(ALERTS["queue-backing-up"], None)] == ["is missing"]


@pytest.mark.parametrize(
    ("spoilt", "problem"),
    [
        ({"alert": "queue-baking-up"}, 'alert: "queue-baking-up" differs from the name of the file; rename one'),
        ({"boundaries": []}, "boundaries: a list is not right; write at least one entry"),
        ({"boundaries": ["x"]}, 'boundaries[0]: "x" is not right; write a valid dictionary or instance of Boundary'),
        ({"bounds": []}, "bounds: unknown key; remove it, or correct its spelling"),
    ],
)
def test_a_file_that_is_wrong_is_reported(
    folder: Callable[[dict[str, Any]], Path], spoilt: dict[str, Any], problem: str
) -> None:
    with pytest.raises(BadInputError) as rejected:
        load_boundaries(folder(GOOD | spoilt))

    assert f"{BOUNDARIES}/queue-backing-up.yaml: {problem}" in str(rejected.value).splitlines()


def test_a_pending_time_of_nothing_needs_no_boundary() -> None:
    assert "for" not in numbers_of(ALERTS["crash-looping"])
    assert "for" in numbers_of(ALERTS["queue-backing-up"])
