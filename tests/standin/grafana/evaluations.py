"""Grafana: what it says of its evaluation of each rule (grafana-evaluation.md 7.2).

It evaluates nothing. Every rule that is not paused was evaluated at the last tick, without an error, and fires only if
its query needs no data; a test changes that with `evaluations`, by the rule's uid.
"""

from datetime import UTC, datetime
from itertools import groupby

from tests.standin.grafana.durations import seconds
from tests.standin.surfaces import GRAFANA
from tests.standin.wire import Json, StandinRequest

NEVER = "0001-01-01T00:00:00Z"
_TICK_SECONDS = 10
_ALWAYS = "vector(1)"


@GRAFANA("GET", "/api/prometheus/grafana/api/v1/rules")
def evaluated(request: StandinRequest) -> Json:
    """All groups; like Grafana, it says nothing of a rule's provenance, pause or model."""
    rules = sorted(request.grafana["rules"].values(), key=lambda rule: (rule["folderUID"], rule["ruleGroup"]))
    grouped = groupby(rules, key=lambda rule: (rule["folderUID"], rule["ruleGroup"]))
    return {"status": "success", "data": {"groups": [_group(request, *key, list(rules)) for key, rules in grouped]}}


def _group(request: StandinRequest, folder: str, name: str, rules: list[Json]) -> Json:
    shown = [_rule(request, rule) for rule in rules]
    title = request.grafana["folders"].get(folder, {}).get("title", "")
    head = {"name": name, "file": title, "folderUid": folder, "interval": rules[0]["_interval"], "totals": {}}
    return head | {
        "lastEvaluation": max(one["lastEvaluation"] for one in shown),
        "evaluationTime": 0.01,
        "rules": shown,
    }


def _rule(request: StandinRequest, rule: Json) -> Json:
    changed: Json = request.grafana["evaluations"].get(rule["uid"], {})
    expr = rule["data"][0]["model"].get("expr", "")
    paused = rule["isPaused"]
    return {
        "uid": rule["uid"],
        "folderUid": rule["folderUID"],
        "name": rule["title"],
        "query": expr,
        "queriedDatasourceUIDs": [rule["data"][0]["datasourceUid"]],
        "duration": seconds(rule["for"]),
        "labels": rule["labels"],
        "annotations": rule["annotations"],
        "state": "firing" if expr == _ALWAYS and not paused else "inactive",
        "health": "ok",
        "type": "alerting",
        "lastEvaluation": NEVER if paused else tick(),
        "evaluationTime": 0.01,
    } | changed


def tick(ago_seconds: float = 0) -> str:
    """The last tick of the scheduler before that time."""
    last = (datetime.now(UTC).timestamp() - ago_seconds) // _TICK_SECONDS * _TICK_SECONDS
    return datetime.fromtimestamp(last, UTC).isoformat().replace("+00:00", "Z")
