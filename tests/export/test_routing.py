"""Where each kind of alert arrives, by the real amtool and the exported configuration."""

import copy
import itertools
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from resilience.core.conventions import WATCHDOG
from resilience.export import export
from resilience.manifest import Manifest, types
from resilience.model.catalogue import Catalogue
from resilience.tools.amtool import receivers
from resilience.tools.binaries import find

FIRST, SECOND = list(Catalogue.load().owners)[:2]
ALERTS, DEPLOYS, UNROUTED = "slack-alerts", "slack-deploys", "slack-unrouted"


LABELS = ("tier", "environment", "owner", "event", "alert_id")


class RoutedAlert(NamedTuple):
    """Labels of one alert; an empty one is missing."""

    tier: str
    environment: str
    alertname: str
    owner: str
    event: str = ""
    alert_id: str = ""

    @property
    def labels(self) -> dict[str, str]:
        """The labels that are not empty."""
        return {name: value for name, value in self._asdict().items() if value}


ALWAYS = RoutedAlert("P3", "production", "Watchdog", FIRST, alert_id=WATCHDOG)
ROWS = [
    *(
        RoutedAlert(*labels)
        for labels in itertools.product(
            ["P1", "P2", "P3", ""],
            ["production", "dev", "staging", ""],
            ["Queue backing up", "DatasourceNoData", "DatasourceError"],
            [FIRST, SECOND, "nobody", ""],
            ["true", ""],
        )
    ),
    ALWAYS,
    # Its query fails: that is no sign of life, and people must know.
    ALWAYS._replace(alertname="DatasourceError"),
    ALWAYS._replace(environment="dev"),
]
# For production and for no environment: by kind of alert and tier, with a known and with an unknown owner.
EXPECTED = {
    ("ordinary", "P1"): (ALERTS, ALERTS),
    ("ordinary", "P2"): (ALERTS, UNROUTED),
    ("ordinary", "P3"): (DEPLOYS, DEPLOYS),
    ("ordinary", ""): (UNROUTED, UNROUTED),
    ("no_data_or_error", "P1"): (ALERTS, UNROUTED),
    ("no_data_or_error", "P2"): (ALERTS, UNROUTED),
    ("no_data_or_error", "P3"): (ALERTS, UNROUTED),
    ("no_data_or_error", ""): (ALERTS, UNROUTED),
}


def expected(row: RoutedAlert) -> str:
    if row.environment in ("dev", "staging"):
        return DEPLOYS
    kind = "no_data_or_error" if row.alertname.startswith("Datasource") else "ordinary"
    if row.alert_id == WATCHDOG and kind == "ordinary":
        return WATCHDOG
    known, unknown = EXPECTED[kind, row.tier]
    arrives = known if row.owner in (FIRST, SECOND) else unknown
    # amtool names the receivers of all routes that match, in their order; without a tier only the first is left.
    is_posted = row.event and kind == "ordinary"
    return ",".join(([DEPLOYS] if is_posted else []) + ([arrives] if row.tier or not is_posted else []))


def arrivals(folder: Path, rows: list[RoutedAlert]) -> list[tuple[RoutedAlert, str]]:
    """Each row and its receivers."""
    found = receivers(folder / "alertmanager.yml", [row.labels for row in rows])
    return [(row, ",".join(names)) for row, names in zip(rows, found, strict=True)]


def test_every_alert_arrives_as_in_the_table(production: Manifest, dev: Manifest, tmp_path: Path) -> None:
    export([production, dev], tmp_path)

    found = dict(arrivals(tmp_path, ROWS))

    assert len(ROWS) == 2 * 192 + 3
    assert {row: receiver for row, receiver in found.items() if receiver != expected(row)} == {}


def test_other_environments_never_reach_the_alerts_channel(production: Manifest, dev: Manifest, tmp_path: Path) -> None:
    export([production, dev], tmp_path)
    rows = [
        RoutedAlert("P1", environment, "API down", FIRST)
        for environment in ("dev", "staging", "production2", "Production")
    ]

    assert {receiver for _, receiver in arrivals(tmp_path, rows)} == {DEPLOYS}


def test_every_declared_rule_has_a_route(production: Manifest, dev: Manifest, tmp_path: Path) -> None:
    export([production, dev], tmp_path)
    groups = [group for one in (production, dev) for group in one.of_type(types.RULE_GROUP)]
    rules = [rule for group in groups for rule in group.inputs["rules"]]
    rows = [
        RoutedAlert(alertname=rule["name"], **{key: rule["labels"].get(key, "") for key in LABELS}) for rule in rules
    ]

    assert [row for row, receiver in arrivals(tmp_path, rows) if UNROUTED in receiver] == []


# For each route, by its position (the third one, or the first one below the second), a row of the
# table above that is wrong without it. One row is enough to kill the mutant; all of them took 5 s.
ROUTES = {
    (0,): RoutedAlert("P1", "dev", "Queue backing up", FIRST),
    (1,): RoutedAlert("P1", "production", "DatasourceNoData", "nobody"),
    (1, 0): RoutedAlert("P1", "production", "DatasourceNoData", FIRST),
    (1, 1): RoutedAlert("P2", "production", "DatasourceError", SECOND),
    (2,): ALWAYS,
    (3,): RoutedAlert("P2", "production", "Queue backing up", FIRST, event="true"),
    (4,): RoutedAlert("P1", "production", "Queue backing up", FIRST),
    (5,): RoutedAlert("P2", "production", "Queue backing up", FIRST),
    (5, 0): RoutedAlert("P2", "production", "Queue backing up", FIRST),
    (5, 1): RoutedAlert("P2", "production", "Queue backing up", SECOND),
    (6,): RoutedAlert("P3", "production", "Queue backing up", FIRST),
}


def is_wrong(folder: Path, row: RoutedAlert) -> bool:
    """Whether this row of the table is wrong on the exported tree."""
    assert row in ROWS
    ((_, receiver),) = arrivals(folder, [row])
    return receiver != expected(row)


def without_route(manifest: Manifest, position: tuple[int, ...]) -> Manifest:
    (tree,) = manifest.of_type(types.NOTIFICATION_POLICY)
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


def test_every_route_is_mutated(production: Manifest) -> None:
    assert list(positions(production.of_type(types.NOTIFICATION_POLICY)[0].inputs)) == list(ROUTES)


@pytest.mark.parametrize("position", ROUTES, ids=str)
def test_the_table_notices_each_dropped_route(production: Manifest, tmp_path: Path, position: tuple[int, ...]) -> None:
    export([without_route(production, position)], tmp_path)

    assert is_wrong(tmp_path, ROUTES[position])


def _reversed(inputs: dict[str, Any]) -> None:
    inputs["policies"].reverse()


def _without_exception(inputs: dict[str, Any]) -> None:
    inputs["policies"][0]["matchers"].pop()


def _continuing(inputs: dict[str, Any]) -> None:
    inputs["policies"][0]["continue"] = True


@pytest.mark.parametrize(
    ("change", "row"),
    [
        (_reversed, RoutedAlert("P1", "dev", "Queue backing up", FIRST)),
        (_without_exception, RoutedAlert("P1", "production", "Queue backing up", FIRST)),
        (_continuing, RoutedAlert("P1", "dev", "Queue backing up", FIRST)),
    ],
)
def test_the_table_notices_a_tree_in_another_order_or_with_another_match(
    production: Manifest, tmp_path: Path, change: Callable[[dict[str, Any]], None], row: RoutedAlert
) -> None:
    (tree,) = production.of_type(types.NOTIFICATION_POLICY)
    inputs = copy.deepcopy(tree.inputs)
    change(inputs)
    changed = replace(tree, inputs=inputs)
    export(
        [replace(production, resources=tuple(changed if one is tree else one for one in production.resources))],
        tmp_path,
    )

    assert is_wrong(tmp_path, row)


def test_a_value_with_quotes_and_backslashes_is_matched_unchanged(production: Manifest, tmp_path: Path) -> None:
    (tree,) = production.of_type(types.NOTIFICATION_POLICY)
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
