"""Which changes of a rule reset it."""

import json
from dataclasses import replace
from typing import Any

import pytest

from resilience.grafana import PlacedRule, placed, reset_reasons
from tests.grafana.depth import declared

GROUP = {"name": "depth", "folderUid": "sv0-production", "intervalSeconds": 60}
RULE = PlacedRule(declared().inputs, GROUP, "SecurityV0 production", 0)
QUERY, THRESHOLD = declared().inputs["datas"]
REORDERED = {**QUERY, "model": json.dumps(json.loads(QUERY["model"]), sort_keys=True, indent=2)}


def with_model(**changed: Any) -> dict[str, Any]:
    """The queries of the rule, of which the first has another model."""
    return {"datas": [{**QUERY, "model": json.dumps(json.loads(QUERY["model"]) | changed)}, THRESHOLD]}


@pytest.mark.parametrize(
    ("changed", "reasons"),
    [
        ({"uid": "other"}, ["uid"]),
        ({"name": "Other"}, ["title"]),
        ({"labels": {"tier": "P2"}}, ["labels"]),
        ({"condition": "A"}, ["condition"]),
        ({"for": "1m"}, ["for"]),
        ({"noDataState": "OK"}, ["no_data_state"]),
        ({"execErrState": "OK"}, ["exec_err_state"]),
        ({"isPaused": True}, ["pause"]),
        ({"notificationSettings": {"contactPoint": "email"}}, ["contact point of its own"]),
        ({"annotations": {"__dashboardUid__": "d", "__panelId__": "1"}}, ["dashboard"]),
        (with_model(expr="depth * 2"), ["query"]),
        ({"datas": [{**QUERY, "datasourceUid": "other"}, THRESHOLD]}, ["query"]),
        ({"datas": [{**QUERY, "relativeTimeRange": {"from": 600}}, THRESHOLD]}, ["query"]),
        ({"datas": [QUERY, {**THRESHOLD, "model": "{}"}]}, ["query"]),
        ({"for": "1m", "labels": {}}, ["for", "labels"]),
        ({"annotations": {"summary": "other"}}, []),
        ({"keepFiringFor": "1h"}, []),
        ({"missingSeriesEvalsToResolve": 5}, []),
        ({"for": "0s"}, []),
        ({"isPaused": False}, []),
        ({"datas": [REORDERED, THRESHOLD]}, []),
    ],
)
def test_a_change_of_the_rule_has_its_reasons(changed: dict[str, Any], reasons: list[str]) -> None:
    assert reset_reasons(RULE, replace(RULE, inputs={**RULE.inputs, **changed})) == reasons


@pytest.mark.parametrize(
    ("changed", "reasons"),
    [
        ({"index": 1}, ["place in the group"]),
        ({"folder": "Other"}, ["folder"]),
        ({"group": GROUP | {"folderUid": "other"}}, ["folder"]),
        ({"group": GROUP | {"name": "other"}}, ["group"]),
        ({"group": GROUP | {"intervalSeconds": 10}}, []),
    ],
)
def test_a_change_of_its_place_has_its_reasons(changed: dict[str, Any], reasons: list[str]) -> None:
    assert reset_reasons(RULE, replace(RULE, **changed)) == reasons


def test_a_rule_put_before_another_resets_that_one() -> None:
    one, two = ({"uid": uid, "name": uid} for uid in ("one", "two"))
    before = list(placed([GROUP | {"rules": [two]}], {"sv0-production": "SecurityV0 production"}))
    after = list(placed([GROUP | {"rules": [one, two]}], {"sv0-production": "SecurityV0 production"}))

    assert reset_reasons(before[0], after[1]) == ["place in the group"]
