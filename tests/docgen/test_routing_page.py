"""docs/routing.md is what Alertmanager says of the declared tree, and its times are those of the matching route."""

import copy
import re
from dataclasses import replace
from typing import Any

import pytest

from resilience.core.yaml_files import read_own
from resilience.docgen import routing
from resilience.export import rendered
from resilience.manifest import Manifest, declare_all, types
from resilience.model.catalogue import ROOT, Catalogue
from resilience.model.dated.maintenance import MaintenanceWindow

CATALOGUE = Catalogue.load()
OWNER = next(alert.owner for alert in CATALOGUE.alerts if alert.id == "api-down")
FIRST, SECOND = list(CATALOGUE.owners)[:2]
P2 = {"alertname": "Queue backing up", "tier": "P2", "environment": "production", "owner": FIRST}


@pytest.fixture(name="config")
def _config(production: Manifest) -> dict[str, Any]:
    config: dict[str, Any] = read_own(rendered([production])["alertmanager.yml"])
    return config


def test_every_rule_that_is_declared_has_its_row() -> None:
    labels = routing.alert_labels(declare_all())
    rows = re.findall(
        r"^\| ([^|]+) \| ([a-z][a-z-]+) \| (P\d) \| (\w+) \|", (ROOT / "docs/routing.md").read_text(), re.MULTILINE
    )

    named = [(one["alertname"], one["alert_id"], one["tier"], one["environment"]) for one in labels]
    # An event takes two routes.
    events = [
        (one["alertname"], one["alert_id"], one["tier"], one["environment"])
        for one in labels
        if one.get("event") and one["environment"] == "production"
    ]
    assert len(events) >= 2
    assert sorted(rows) == sorted(named + events)


def test_rules_without_data_have_rows_for_each_tier_environment_and_owner_and_without_labels() -> None:
    labels = {"tier": "P1", "environment": "dev", "owner": "ann"}

    assert routing.no_data_labels([{**labels, "alertname": "a"}, {**labels, "alertname": "b"}]) == [
        {"alertname": "DatasourceNoData", **labels},
        {"alertname": "DatasourceError", **labels},
        {"alertname": "DatasourceNoData"},
        {"alertname": "DatasourceError"},
    ]


def test_times_come_from_the_route_that_matched_and_not_from_one_with_the_same_receiver(config: dict[str, Any]) -> None:
    config["route"]["routes"][6]["routes"][0]["group_wait"] = "33s"

    ((_, way),) = routing.matches(config, [P2])

    assert (way.place, way.route["receiver"], way.route["group_wait"]) == ("root.6.0", "slack-alerts", "33s")
    assert way.route["active_time_intervals"] == [f"business-hours-{FIRST}"]


def test_what_a_route_leaves_out_comes_from_its_parent_except_its_hours(config: dict[str, Any]) -> None:
    owner = config["route"]["routes"][6]["routes"][0]
    config["route"]["routes"][6] |= {"group_wait": "44s", "active_time_intervals": [f"business-hours-{SECOND}"]}
    del owner["group_wait"], owner["receiver"], owner["active_time_intervals"]

    ((_, way),) = routing.matches(config, [P2])

    assert (way.route["receiver"], way.route["group_wait"]) == ("slack-unrouted", "44s")
    assert "active_time_intervals" not in way.route


def test_what_nothing_matches_takes_the_root(config: dict[str, Any]) -> None:
    ((_, way),) = routing.matches(config, [{"alertname": "Nobody knows"}])

    assert (way.place, way.route["receiver"]) == ("root", "slack-unrouted")


def test_a_route_that_continues_gives_two_rows(config: dict[str, Any]) -> None:
    config["route"]["routes"][5]["continue"] = True
    config["route"]["routes"].append({"receiver": "slack-deploys", "matchers": ['tier="P1"']})

    found = routing.matches(config, [{**P2, "tier": "P1"}])

    assert [way.place for _, way in found] == ["root.5", "root.8"]


def test_two_answers_of_different_routes_are_rejected(config: dict[str, Any]) -> None:
    known = dict(routing.routes(config["route"]))

    with pytest.raises(routing.DisagreementError) as rejected:
        list(routing._agreed(known, {"tier": "P1"}, ["root.2"], ["slack-deploys"]))

    assert str(rejected.value) == (
        "Alertmanager sends {'tier': 'P1'} to ['slack-deploys'], and in a copy of the tree to ['root.2']"
    )


def test_the_page_shows_a_route_that_is_gone(production: Manifest) -> None:
    (tree,) = production.of_type(types.NOTIFICATION_POLICY)
    inputs = copy.deepcopy(tree.inputs)
    del inputs["policies"][5]
    resources = tuple(replace(one, inputs=inputs) if one is tree else one for one in production.resources)

    page = routing.alerts_table([replace(production, resources=resources)])

    assert f"| API down | api-down | P1 | production | {OWNER} | `slack-unrouted` | always |" in page


def test_a_row_says_which_work_silences_it_and_hours_show_no_work(config: dict[str, Any]) -> None:
    owner = config["route"]["routes"][6]["routes"][0]
    owner["routes"] = [{"matchers": ['alertname="Queue backing up"'], "mute_time_intervals": ["maintenance-disk"]}]
    work = {"years": ["2027"], "times": [{"start_time": "22:00", "end_time": "24:00"}]}
    config["time_intervals"].append({"name": "maintenance-disk", "time_intervals": [work]})

    ((_, way),) = routing.matches(config, [P2])

    assert routing._row(P2, way)[6] == "always, not in `maintenance-disk`"
    assert [row[0] for row in routing._hours(config)] == [f"`business-hours-{owner}`" for owner in CATALOGUE.owners]


def test_each_window_has_its_row_with_its_times_in_utc() -> None:
    work = {
        "name": "disk",
        "begins": "2027-03-01T23:00:00+01:00",
        "ends": "2027-03-02T01:30:00+01:00",
        "environments": ["production", "dev"],
        "alerts": ["api-down"],
        "reason": "A new disk | and more",
    }

    page = routing.maintenance_table([MaintenanceWindow.model_validate(work)])

    row = "2027-03-01 22:00 | 2027-03-02 00:30 | production, dev | api-down | A new disk \\| and more |"
    assert page.splitlines()[-1] == f"| `maintenance-disk` | {row}"
    assert routing.maintenance_table([]) == "None is announced."
