"""Where every kind of alert arrives, asked of the real amtool with the exported configuration."""

import copy
import itertools
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from resilience.export import export
from resilience.manifest import Manifest
from resilience.rehearsal.binaries import find

TREE = "grafana:alerting/notificationPolicy:NotificationPolicy"
ALERTS, DEPLOYS, UNROUTED = "slack-alerts", "slack-deploys", "slack-unrouted"


class Row(NamedTuple):
    """Labels of one alert; an empty one is missing."""

    tier: str
    environment: str
    alertname: str
    owner: str

    @property
    def labels(self) -> list[str]:
        """As amtool wants them."""
        return [f"{name}={value}" for name, value in self._asdict().items() if value]


ROWS = [
    Row(*labels)
    for labels in itertools.product(
        ["P1", "P2", "P3", ""],
        ["production", "dev", "staging", ""],
        ["Queue backing up", "DatasourceNoData", "DatasourceError"],
        ["ivan", "sergey", "nobody", ""],
    )
]
# Production, and what names no environment: by kind of alert and tier, with a known owner and without.
EXPECTED = {
    ("ordinary", "P1"): (ALERTS, ALERTS),
    ("ordinary", "P2"): (ALERTS, UNROUTED),
    ("ordinary", "P3"): (DEPLOYS, DEPLOYS),
    ("ordinary", ""): (UNROUTED, UNROUTED),
    ("blind", "P1"): (ALERTS, UNROUTED),
    ("blind", "P2"): (ALERTS, UNROUTED),
    ("blind", "P3"): (ALERTS, UNROUTED),
    ("blind", ""): (ALERTS, UNROUTED),
}


def expected(row: Row) -> str:
    if row.environment in ("dev", "staging"):
        return DEPLOYS
    kind = "blind" if row.alertname.startswith("Datasource") else "ordinary"
    known, unknown = EXPECTED[kind, row.tier]
    return known if row.owner in ("ivan", "sergey") else unknown


def arrivals(folder: Path, rows: list[Row]) -> Iterator[tuple[Row, str]]:
    """Each row and its receivers, lazily: four at a time."""
    amtool = find("amtool")

    def ask(row: Row) -> str:
        config = f"--config.file={folder / 'alertmanager.yml'}"
        command = [str(amtool), "config", "routes", "test", config, *row.labels]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    with ThreadPoolExecutor(4) as pool:
        for batch in _batched(rows):
            yield from zip(batch, pool.map(ask, batch), strict=True)


def _batched(rows: list[Row]) -> Iterator[list[Row]]:
    return (rows[start : start + 16] for start in range(0, len(rows), 16))


def test_every_alert_arrives_where_the_table_says(production: Manifest, dev: Manifest, tmp_path: Path) -> None:
    export([production, dev], tmp_path)

    found = dict(arrivals(tmp_path, ROWS))

    assert len(ROWS) == 192
    assert {row: receiver for row, receiver in found.items() if receiver != expected(row)} == {}


def test_other_environments_never_reach_the_alerts_channel(production: Manifest, dev: Manifest, tmp_path: Path) -> None:
    export([production, dev], tmp_path)
    rows = [
        Row("P1", environment, "API down", "ivan") for environment in ("dev", "staging", "production2", "Production")
    ]

    assert {receiver for _, receiver in arrivals(tmp_path, rows)} == {DEPLOYS}


def test_every_rule_that_is_declared_has_a_route(production: Manifest, dev: Manifest, tmp_path: Path) -> None:
    export([production, dev], tmp_path)
    groups = [group for one in (production, dev) for group in one.of_type("grafana:alerting/ruleGroup:RuleGroup")]
    rules = [rule for group in groups for rule in group.inputs["rules"]]
    rows = [
        Row(rule["labels"]["tier"], rule["labels"]["environment"], rule["name"], rule["labels"]["owner"])
        for rule in rules
    ]

    assert [row for row, receiver in arrivals(tmp_path, rows) if UNROUTED in receiver] == []


# Position of each route: the third one, or the first one below the second.
ROUTES = [(0,), (1,), (1, 0), (1, 1), (2,), (3,), (3, 0), (3, 1), (4,)]


def without_route(manifest: Manifest, position: tuple[int, ...]) -> Manifest:
    (tree,) = manifest.of_type(TREE)
    inputs = copy.deepcopy(tree.inputs)
    *above, last = position
    route: dict[str, Any] = inputs
    for index in above:
        route = route["policies"][index]
    del route["policies"][last]
    changed = replace(tree, inputs=inputs)
    return replace(manifest, resources=tuple(changed if one is tree else one for one in manifest.resources))


def positions(route: dict[str, Any], above: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    for index, below in enumerate(route.get("policies", [])):
        yield (*above, index)
        yield from positions(below, (*above, index))


def test_the_mutations_know_every_route(production: Manifest) -> None:
    assert list(positions(production.of_type(TREE)[0].inputs)) == ROUTES


@pytest.mark.parametrize("position", ROUTES, ids=str)
def test_the_table_notices_each_route_that_is_dropped(
    production: Manifest, tmp_path: Path, position: tuple[int, ...]
) -> None:
    export([without_route(production, position)], tmp_path)

    assert any(receiver != expected(row) for row, receiver in arrivals(tmp_path, ROWS))


def _reversed(inputs: dict[str, Any]) -> None:
    inputs["policies"].reverse()


def _without_exception(inputs: dict[str, Any]) -> None:
    inputs["policies"][0]["matchers"].pop()


def _going_on(inputs: dict[str, Any]) -> None:
    inputs["policies"][0]["continue"] = True


@pytest.mark.parametrize("spoil", [_reversed, _without_exception, _going_on])
def test_the_table_notices_a_tree_in_another_order_or_with_another_match(
    production: Manifest, tmp_path: Path, spoil: Callable[[dict[str, Any]], None]
) -> None:
    (tree,) = production.of_type(TREE)
    inputs = copy.deepcopy(tree.inputs)
    spoil(inputs)
    changed = replace(tree, inputs=inputs)
    export(
        [replace(production, resources=tuple(changed if one is tree else one for one in production.resources))],
        tmp_path,
    )

    assert any(receiver != expected(row) for row, receiver in arrivals(tmp_path, ROWS))


def test_a_value_with_quotes_and_backslashes_is_matched_as_it_is(production: Manifest, tmp_path: Path) -> None:
    (tree,) = production.of_type(TREE)
    inputs = copy.deepcopy(tree.inputs)
    value = 'a "b" \\d'
    inputs["policies"] = [{"matchers": [{"label": "owner", "match": "=", "value": value}], "contactPoint": DEPLOYS}]
    changed = replace(tree, inputs=inputs)
    export(
        [replace(production, resources=tuple(changed if one is tree else one for one in production.resources))],
        tmp_path,
    )

    route = yaml.safe_load((tmp_path / "alertmanager.yml").read_text(encoding="utf-8"))["route"]["routes"][0]
    done = subprocess.run([find("amtool"), "check-config", tmp_path / "alertmanager.yml"], check=False)

    assert route["matchers"] == [r'owner="a \"b\" \\d"']
    assert done.returncode == 0
