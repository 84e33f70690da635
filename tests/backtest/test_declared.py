"""The rules of somebody else's manifest: bounded, and each that is wrong is left out alone."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from resilience.backtest.comparison import changed
from resilience.backtest.declared import MOST_RULES, RuleSet, chosen, declared
from resilience.core.conventions import DataSource
from resilience.core.problems import UserError
from resilience.manifest import Manifest
from resilience.manifest.display import as_json
from resilience.manifest.reading import manifests_of
from tests.backtest.conftest import rules

QUEUE = "sv0-production-queue-backing-up"
MODEL = {"expr": "up", "instant": True, "datasource": {"type": "prometheus"}}


def read(resources: list[dict[str, Any]]) -> RuleSet:
    return declared(manifests_of(resources))


@pytest.fixture(name="resources")
def _resources(production: Manifest, dev: Manifest) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(as_json([production, dev]))
    return found


def test_a_manifest_is_the_same_after_it_was_written_and_read(production: Manifest, dev: Manifest) -> None:
    found = manifests_of(json.loads(as_json([production, dev])))

    assert [one.resources for one in found] == [production.resources, dev.resources]


def test_every_rule_is_read_with_what_it_reads_from(resources: list[dict[str, Any]]) -> None:
    found = read(resources)

    sources = {one.name.uid: one.source for one in found.rules}
    assert len(sources) == sum(1 for _ in rules(resources)) - 1
    assert sources["sv0-production-uncaught-exception"] is DataSource.LOGS
    assert sources["sv0-production-free-tier-headroom"] is DataSource.USAGE
    assert [(one.name.uid, one.why, one.fails) for one in found.left_out] == [
        ("sv0-production-watchdog", "it always fires", False)
    ]


def test_stacks_and_alerts_are_chosen_by_name(resources: list[dict[str, Any]]) -> None:
    found = read(resources)

    assert {one.uid for one in chosen([found], ["dev"], ["queue-backing-up"])} == {"sv0-dev-queue-backing-up"}
    assert {one.uid for one in chosen([found], [], [QUEUE])} == {QUEUE}
    assert chosen([found], [], []) == set(found.names)
    with pytest.raises(UserError, match='no rule is of the alert "queue"; use one of api-down'):
        chosen([found], [], ["queue"])
    with pytest.raises(UserError, match='no rule is of the stack "staging"; use one of dev, production'):
        chosen([found], ["staging"], [])


@pytest.mark.parametrize(
    "change",
    [
        lambda rule: rule.update(uid="x" * 41),
        lambda rule: rule.update(uid="[a](https://evil.example)"),
        lambda rule: rule.update(labels={"alert_id": 7}),
        lambda rule: rule.update(labels=[1]),
        lambda rule: rule.update(labels={f"l{number}": "x" for number in range(51)}),
        lambda rule: rule.update(annotations={"summary": "x" * 10_001}),
        lambda rule: rule.update(datas=None),
        lambda rule: rule.update(datas=[7]),
        lambda rule: rule.update(datas=rule["datas"] * 10),
        lambda rule: rule["datas"][0].update(model="[" * 100_000),
        lambda rule: rule["datas"][0].update(model=json.dumps(MODEL | {"expr": "(" * 10_001})),
        lambda rule: rule["datas"][0].update(model=json.dumps(MODEL | {"datasource": "x"})),
        lambda rule: rule["datas"][1].update(model='{"type":"threshold","expression":"A","conditions":[7]}'),
        lambda rule: rule["datas"][1].update(
            model='{"type":"threshold","expression":"A","conditions":[{"evaluator":{"type":"gt","params":["x"]}}]}'
        ),
        lambda rule: rule.update({"for": 7}),
        lambda rule: rule.update({"for": "a day"}),
        lambda rule: rule.update({"for": ["5m"]}),
        lambda rule: rule.update(noDataState={"a": 1}),
        lambda rule: rule.update(missingSeriesEvalsToResolve="x"),
        lambda rule: rule.update(condition=7),
    ],
)
def test_a_rule_of_another_shape_is_left_out_alone(
    resources: list[dict[str, Any]], change: Callable[[dict[str, Any]], object]
) -> None:
    good = {one.name.uid for one in read(resources).rules}
    for rule in rules(resources):
        if rule["uid"] == QUEUE:
            change(rule)

    found = read(resources)

    failing = [one for one in found.left_out if one.fails]
    assert {one.name.uid for one in found.rules} == good - {QUEUE}
    assert len(failing) == 1
    assert len(failing[0].why) < 200


@pytest.mark.parametrize("interval", [0, -60, 1, 61, 10**9, "60", None, 60.5])
def test_a_group_of_another_shape_leaves_its_rules_out(resources: list[dict[str, Any]], interval: object) -> None:
    for one in resources:
        if one["name"] == "alert-rules-queue-backing-up" and one["stack"] == "production":
            one["inputs"]["intervalSeconds"] = interval

    assert [one.name.uid for one in read(resources).left_out if one.fails] == [QUEUE]


def test_a_huge_number_of_rules_ends_the_command(resources: list[dict[str, Any]]) -> None:
    group = next(one for one in resources if one["type"].endswith(":RuleGroup"))
    group["inputs"]["rules"] *= MOST_RULES + 1

    with pytest.raises(UserError, match="200 are evaluated at most"):
        read(resources)


def test_what_changed_is_what_is_new_gone_or_declared_in_another_way(resources: list[dict[str, Any]]) -> None:
    before = read(json.loads(json.dumps(resources)))
    for one in resources:
        if one["type"].endswith(":RuleGroup") and one["stack"] == "production":
            found = one["inputs"]["rules"]
            found[:] = [rule for rule in found if not rule["uid"].endswith("api-down")]
            for rule in found:
                if rule["uid"] == QUEUE:
                    rule["for"] = "6m"

    assert {name.uid for name in changed(before, read(resources))} == {QUEUE, "sv0-production-api-down"}
    assert changed(before, before) == set()
