"""Where each kind of alert arrives, by the real Alertmanager and the exported configuration."""

import copy
import itertools
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from resilience.core.conventions import WATCHDOG
from resilience.core.yaml_files import read_own
from resilience.export import export
from resilience.export.alertmanager import route_of
from resilience.manifest import Manifest, Resource, types
from resilience.model.catalogue import Catalogue
from resilience.tools.alertmanager import receivers
from resilience.tools.binaries import find

FIRST, SECOND = list(Catalogue.load().owners)[:2]
ALERTS, P1, DEPLOYS, UNROUTED = "slack-alerts", "slack-alerts-p1", "slack-deploys", "slack-unrouted"
TreeChange = Callable[[dict[str, Any]], None]


LABELS = ("tier", "environment", "owner", "event", "alert_id", "calibrating")


class RoutedAlert(NamedTuple):
    """Labels of one alert; an empty one is missing."""

    tier: str
    environment: str
    alertname: str
    owner: str
    event: str = ""
    alert_id: str = ""
    calibrating: str = ""

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
    *(
        RoutedAlert(tier, environment, alertname, FIRST, event, calibrating="true")
        for tier, environment, alertname, event in itertools.product(
            ["P1", "P2", "P3"], ["production", "dev", ""], ["Queue backing up", "DatasourceNoData"], ["true", ""]
        )
    ),
]
# For production and for no environment: by kind of alert and tier, with a known and with an unknown owner.
EXPECTED = {
    ("ordinary", "P1"): (P1, P1),
    ("ordinary", "P2"): (ALERTS, UNROUTED),
    ("ordinary", "P3"): (DEPLOYS, DEPLOYS),
    ("ordinary", ""): (UNROUTED, UNROUTED),
    ("no_data_or_error", "P1"): (ALERTS, UNROUTED),
    ("no_data_or_error", "P2"): (ALERTS, UNROUTED),
    ("no_data_or_error", "P3"): (ALERTS, UNROUTED),
    ("no_data_or_error", ""): (ALERTS, UNROUTED),
}


def expected(row: RoutedAlert) -> str:
    if row.environment in ("dev", "staging") or row.calibrating:
        return DEPLOYS
    kind = "no_data_or_error" if row.alertname.startswith("Datasource") else "ordinary"
    if row.alert_id == WATCHDOG and kind == "ordinary":
        return WATCHDOG
    known, unknown = EXPECTED[kind, row.tier]
    arrives = known if row.owner in (FIRST, SECOND) else unknown
    # Alertmanager names the receivers of all routes that match, in their order; without a tier only the first is left.
    is_posted = row.event and kind == "ordinary"
    return ",".join(([DEPLOYS] if is_posted else []) + ([arrives] if row.tier or not is_posted else []))


def arrivals(folder: Path, rows: list[RoutedAlert]) -> list[tuple[RoutedAlert, str]]:
    """Each row and its receivers."""
    tree = read_own((folder / "alertmanager.yml").read_text(encoding="utf-8"))["route"]
    found = receivers(tree, [row.labels for row in rows])
    return [(row, ",".join(names)) for row, names in zip(rows, found, strict=True)]


def test_every_alert_arrives_as_in_the_table(exported: Path) -> None:
    found = dict(arrivals(exported, ROWS))

    assert len(ROWS) == 2 * 192 + 3 + 36
    assert {row: receiver for row, receiver in found.items() if receiver != expected(row)} == {}


def test_other_environments_never_reach_the_alerts_channel(exported: Path) -> None:
    rows = [
        RoutedAlert("P1", environment, "API down", FIRST)
        for environment in ("dev", "staging", "production2", "Production")
    ]

    assert {receiver for _, receiver in arrivals(exported, rows)} == {DEPLOYS}


def test_every_declared_rule_has_a_route(production: Manifest, dev: Manifest, exported: Path) -> None:
    groups = [group for one in (production, dev) for group in one.of_type(types.RULE_GROUP)]
    rules = [rule for group in groups for rule in group.inputs["rules"]]
    rows = [
        RoutedAlert(alertname=rule["name"], **{key: rule["labels"].get(key, "") for key in LABELS}) for rule in rules
    ]

    assert [row for row, receiver in arrivals(exported, rows) if UNROUTED in receiver] == []


# For each route, by its position (the third one, or the first one below the second), a row of the
# table above that is wrong without it. One row is enough to kill the mutant; all of them took 5 s.
ROUTES = {
    (0,): RoutedAlert("P1", "dev", "Queue backing up", FIRST),
    (1,): RoutedAlert("P2", "production", "Queue backing up", FIRST, calibrating="true"),
    (2,): RoutedAlert("P1", "production", "DatasourceNoData", "nobody"),
    (2, 0): RoutedAlert("P1", "production", "DatasourceNoData", FIRST),
    (2, 1): RoutedAlert("P2", "production", "DatasourceError", SECOND),
    (3,): ALWAYS,
    (4,): RoutedAlert("P2", "production", "Queue backing up", FIRST, event="true"),
    (5,): RoutedAlert("P1", "production", "Queue backing up", FIRST),
    (6,): RoutedAlert("P2", "production", "Queue backing up", FIRST),
    (6, 0): RoutedAlert("P2", "production", "Queue backing up", FIRST),
    (6, 1): RoutedAlert("P2", "production", "Queue backing up", SECOND),
    (7,): RoutedAlert("P3", "production", "Queue backing up", FIRST),
}


def without_route(position: tuple[int, ...]) -> TreeChange:
    *above, last = position

    def drop(inputs: dict[str, Any]) -> None:
        route = inputs
        for index in above:
            route = route["policies"][index]
        del route["policies"][last]

    return drop


def positions(route: dict[str, Any], above: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    for index, below in enumerate(route.get("policies", [])):
        yield (*above, index)
        yield from positions(below, (*above, index))


def test_every_route_is_mutated(production: Manifest) -> None:
    assert list(positions(production.of_type(types.NOTIFICATION_POLICY)[0].inputs)) == list(ROUTES)


def _reversed(inputs: dict[str, Any]) -> None:
    inputs["policies"].reverse()


def _without_exception(inputs: dict[str, Any]) -> None:
    inputs["policies"][0]["matchers"].pop()


def _continuing(inputs: dict[str, Any]) -> None:
    inputs["policies"][0]["continue"] = True


MUTANTS: dict[str, tuple[TreeChange, RoutedAlert]] = {
    **{f"without {position}": (without_route(position), row) for position, row in ROUTES.items()},
    "in another order": (_reversed, RoutedAlert("P1", "dev", "Queue backing up", FIRST)),
    "without an exception": (_without_exception, RoutedAlert("P1", "production", "Queue backing up", FIRST)),
    "continuing": (_continuing, RoutedAlert("P1", "dev", "Queue backing up", FIRST)),
}


@pytest.fixture(name="arrived", scope="module")
def _arrived(production: Manifest) -> dict[str, str]:
    """Where the row of each mutant arrives: all trees hang in one, so that one Alertmanager answers for all."""
    (tree,) = production.of_type(types.NOTIFICATION_POLICY)
    trees = [
        {**route_of(changed(tree, change)), "matchers": [f'mutant="{name}"']} for name, (change, _) in MUTANTS.items()
    ]
    label_sets = [{**row.labels, "mutant": name} for name, (_, row) in MUTANTS.items()]
    found = receivers({"receiver": "no mutant", "routes": trees}, label_sets)
    return {name: ",".join(names) for name, names in zip(MUTANTS, found, strict=True)}


def changed(tree: Resource, change: TreeChange) -> Resource:
    inputs = copy.deepcopy(tree.inputs)
    change(inputs)
    return replace(tree, inputs=inputs)


@pytest.mark.parametrize("mutant", MUTANTS)
def test_the_table_notices_a_dropped_route_another_order_and_another_match(
    arrived: dict[str, str], mutant: str
) -> None:
    row = MUTANTS[mutant][1]

    assert row in ROWS
    assert arrived[mutant] not in (expected(row), "no mutant")


def test_the_mutants_are_made_of_the_exported_tree(production: Manifest, exported: Path) -> None:
    (tree,) = production.of_type(types.NOTIFICATION_POLICY)

    assert read_own((exported / "alertmanager.yml").read_text(encoding="utf-8"))["route"] == route_of(tree)


def test_a_value_with_quotes_and_backslashes_is_matched_unchanged(production: Manifest, tmp_path: Path) -> None:
    (tree,) = production.of_type(types.NOTIFICATION_POLICY)
    value = 'a "b" \\d'
    policies = [{"matchers": [{"label": "owner", "match": "=", "value": value}], "contactPoint": DEPLOYS}]
    other = changed(tree, lambda inputs: inputs.update(policies=policies))
    resources = tuple(other if one is tree else one for one in production.resources)
    export([replace(production, resources=resources)], tmp_path)

    route = read_own((tmp_path / "alertmanager.yml").read_text(encoding="utf-8"))["route"]["routes"][0]
    done = subprocess.run([find("amtool"), "check-config", tmp_path / "alertmanager.yml"], check=False)

    assert route["matchers"] == [r'owner="a \"b\" \\d"']
    assert done.returncode == 0
