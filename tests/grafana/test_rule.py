"""A declared rule as the model has it, and what is rejected."""

import json
from typing import Any

import pytest

from resilience.core.conventions import ExecErrState, NoDataState
from resilience.core.problems import BadInputError
from resilience.grafana import Condition, GrafanaRule, rules_of
from resilience.manifest import Manifest
from resilience.manifest.rules import declared_rules
from tests.grafana.depth import declared, grafana_rule


def test_every_field_is_read() -> None:
    rule = grafana_rule(pending="5m", keepFiringFor="1h", missingSeriesEvalsToResolve=4, execErrState="KeepLast")

    assert (rule.uid, rule.title, rule.folder) == ("sv0-depth", "Depth", "SecurityV0 production")
    assert (rule.labels, [*rule.annotations]) == ({"tier": "P1"}, ["summary"])
    assert (rule.interval, rule.pending, rule.keep_firing_for, rule.missing_evaluations) == (60, 300, 3600, 4)
    assert (rule.no_data_state, rule.exec_err_state) == (NoDataState.NO_DATA, ExecErrState.KEEP_LAST)
    assert (rule.condition, rule.datasource_uid) == (Condition("gt", (5,)), "prom")


def test_what_is_not_declared_has_the_providers_defaults() -> None:
    rule = grafana_rule(noDataState=None, execErrState=None)

    assert (rule.pending, rule.keep_firing_for, rule.missing_evaluations) == (0, 0, 2)
    assert (rule.no_data_state, rule.exec_err_state) == (NoDataState.NO_DATA, ExecErrState.ALERTING)


def datas(query: dict[str, Any] | None = None, threshold: dict[str, Any] | None = None) -> dict[str, Any]:
    """The two queries of the rule with other fields in their models."""
    found = declared().inputs["datas"]
    changed = [(found[0], query or {}), (found[1], threshold or {})]
    return {"datas": [{**data, "model": json.dumps({**json.loads(data["model"]), **new})} for data, new in changed]}


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("isPaused", {"isPaused": True}),
        ("notificationSettings", {"notificationSettings": {"contactPoint": "email"}}),
        ("record", {"record": {"metric": "depth"}}),
        ("labels.team", {"labels": {"team": "{{ $labels.team }}"}}),
        ("datas", {"condition": "A"}),
        ("datas", {"datas": []}),
        ("datas", {"datas": declared().inputs["datas"][:1]}),
        ("datas[0].model", datas(query={"expr": ""})),
        ("datas[0].model", datas(query={"instant": False})),
        ("datas[0].model", datas(query={"range": True})),
        ("datas[1].model", datas(threshold={"type": "reduce"})),
        ("datas[1].model", datas(threshold={"expression": "B"})),
        ("datas[1].model", datas(threshold={"conditions": []})),
        ("datas[1].model", datas(threshold={"conditions": [{"evaluator": {"type": "has_value", "params": []}}]})),
        ("datas[1].model", datas(threshold={"conditions": [{"evaluator": {"type": "gt", "params": [1, 2]}}]})),
        (
            "datas[1].model",
            datas(
                threshold={
                    "conditions": [
                        {
                            "evaluator": {"type": "gt", "params": [5]},
                            "unloadEvaluator": {"type": "lt", "params": [3]},
                        }
                    ]
                }
            ),
        ),
    ],
)
def test_what_the_model_does_not_know_is_rejected_by_name(field: str, changed: dict[str, Any]) -> None:
    with pytest.raises(BadInputError) as rejected:
        GrafanaRule.of(declared(**changed), 60.0, "")

    assert [problem.path for problem in rejected.value.problems] == [f"group.rules[0].{field}"]


def test_the_queries_that_are_there_are_named() -> None:
    for datas, named in (([], "none"), (declared().inputs["datas"][:1], "A")):
        with pytest.raises(BadInputError, match=f"datas: has {named}; write a query A and a threshold C on it"):
            GrafanaRule.of(declared(datas=datas), 60.0, "")


def test_a_loki_query_is_instant_by_its_type() -> None:
    loki = datas(query={"instant": None, "queryType": "instant"})

    assert GrafanaRule.of(declared(**loki), 60.0, "").uid == "sv0-depth"


def test_every_rule_that_we_declare_is_known(production: Manifest, dev: Manifest) -> None:
    manifests = [production, dev]
    rules = rules_of(manifests)

    assert [rule.uid for rule in rules] == [rule.uid for rule in declared_rules(manifests)]
    assert {(rule.interval, rule.folder) for rule in rules} == {
        (60.0, "SecurityV0 production"),
        (60.0, "SecurityV0 dev"),
    }


INF, NAN = float("inf"), float("nan")


@pytest.mark.parametrize(
    ("threshold", "firing", "quiet"),
    [
        ("gt 5", [5.1, INF], [5, -INF, NAN]),
        ("lt 5", [4.9, -INF], [5, INF, NAN]),
        ("gte 5", [5, INF], [4.9, NAN]),
        ("lte 5", [5, -INF], [5.1, NAN]),
        ("eq 5", [5], [4.9, 5.1, NAN]),
        ("ne 5", [4.9, 5.1, NAN], [5]),
        ("within_range 1 5", [1.1, 4.9], [1, 5, NAN, INF]),
        ("outside_range 1 5", [0.9, 5.1, INF, -INF], [1, 5, 3, NAN]),
        ("within_range_included 1 5", [1, 5, 3], [0.9, 5.1, NAN]),
        ("outside_range_included 1 5", [1, 5, INF], [1.1, 4.9, NAN]),
    ],
)
def test_a_threshold_compares_as_grafana_does(threshold: str, firing: list[float], quiet: list[float]) -> None:
    fires = grafana_rule(threshold).condition.fires

    assert [fires(value) for value in firing] == [True] * len(firing)
    assert [fires(value) for value in quiet] == [False] * len(quiet)
