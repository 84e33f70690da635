"""A declared rule to spoil."""

import json
from typing import Any

from resilience.grafana import GrafanaRule
from resilience.manifest.rules import DeclaredRule

INTERVAL = 60.0
FOLDER = "SecurityV0 production"


def declared(threshold: str = "gt 5", pending: str = "0s", **fields: Any) -> DeclaredRule:
    """A rule with no waiting time, as the provider gets it; the threshold is `evaluator parameters`."""
    operator, *parameters = threshold.split()
    evaluator = {"type": operator, "params": [float(one) for one in parameters]}
    query = {"refId": "A", "expr": "depth", "instant": True, "datasource": {"type": "prometheus", "uid": "prom"}}
    comparison = {"refId": "C", "type": "threshold", "expression": "A", "conditions": [{"evaluator": evaluator}]}
    inputs = {
        "uid": "sv0-depth",
        "name": "Depth",
        "condition": "C",
        "datas": [
            {"refId": "A", "datasourceUid": "prom", "model": json.dumps(query)},
            {"refId": "C", "datasourceUid": "__expr__", "model": json.dumps(comparison)},
        ],
        "for": pending,
        "noDataState": "NoData",
        "execErrState": "Error",
        "labels": {"tier": "P1"},
        "annotations": {"summary": "{{ $labels.series }} is at {{ $values.A.Value }}."},
    }
    return DeclaredRule("production", "group.rules[0]", {**inputs, **fields})


def grafana_rule(
    threshold: str = "gt 5", pending: str = "0s", interval: float = INTERVAL, **fields: Any
) -> GrafanaRule:
    """The same as the model has it."""
    return GrafanaRule.of(declared(threshold, pending, **fields), interval, FOLDER)
