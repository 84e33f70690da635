"""Grafana: alert rules and their groups (grafana-provider.md 2.13)."""

import copy
import secrets

from tests.standin.grafana.durations import canonical
from tests.standin.grafana.rule_checks import check
from tests.standin.surfaces import GRAFANA
from tests.standin.wire import Json, Reply, StandinRequest, reject

_RULES = "/api/v1/provisioning/alert-rules"
_GROUP = "/api/v1/provisioning/folder/{folder}/rule-groups/{group}"


def _view(rule: Json) -> Json:
    """Grafana's answers omit empty labels and annotations."""
    empty_left_out = ("labels", "annotations")
    shown = {key: value for key, value in rule.items() if not key.startswith("_")}
    shown = {key: value for key, value in shown.items() if value or key not in empty_left_out}
    return {"notification_settings": None, "record": None} | shown


def _of_group(request: StandinRequest) -> list[Json]:
    folder, group = request.names["folder"], request.names["group"]
    every = request.grafana["rules"].values()
    found = [rule for rule in every if (rule["folderUID"], rule["ruleGroup"]) == (folder, group)]
    return sorted(found, key=lambda rule: int(rule["_index"]))


def _group_view(request: StandinRequest) -> Json:
    rules = _of_group(request) or reject(404, "rule group does not exist")
    head = {"title": request.names["group"], "folderUid": request.names["folder"], "interval": rules[0]["_interval"]}
    return head | {"rules": [_view(rule) for rule in rules]}


@GRAFANA("GET", _GROUP)
def read_group(request: StandinRequest) -> Json:
    return _group_view(request)


@GRAFANA("PUT", _GROUP)
def put_group(request: StandinRequest) -> Json:
    """Replace the whole group; nothing of it is kept if one rule is rejected."""
    wanted, grafana = request.fields(), request.grafana
    if request.names["folder"] not in grafana["folders"]:
        reject(400, "invalid alert rule: folder does not exist")
    interval, old = int(wanted.get("interval") or 0), {rule["uid"]: rule for rule in _of_group(request)}
    rules = copy.deepcopy(wanted.get("rules") or [])
    for rule in rules:
        check(grafana, rule, interval)
        rule["uid"] = rule.get("uid") or f"r{secrets.token_hex(6)}"
    _check_unique(request, rules, set(old))
    made = {rule["uid"]: _made(request, rule, interval, index) for index, rule in enumerate(rules)}
    grafana["rules"] = {uid: rule for uid, rule in grafana["rules"].items() if uid not in old} | made
    return _group_view(request) if made else {"title": request.names["group"], "interval": interval, "rules": []}


def _check_unique(request: StandinRequest, rules: list[Json], old: set[str]) -> None:
    uids, titles = [rule["uid"] for rule in rules], [rule["title"] for rule in rules]
    elsewhere = {uid: rule for uid, rule in request.grafana["rules"].items() if uid not in old}
    if len(set(uids)) < len(uids):
        reject(400, "two rules with the same uid")
    if set(uids) & set(elsewhere):
        reject(409, "alert rule uid is used by another group")
    taken = [rule["title"] for rule in elsewhere.values() if rule["folderUID"] == request.names["folder"]]
    if len({*titles, *taken}) < len(titles) + len(taken):
        reject(409, "a conflicting alert rule is found: rule title under the same folder should be unique")


def _made(request: StandinRequest, rule: Json, interval: int, index: int) -> Json:
    return rule | {
        "id": request.state.serial(),
        "orgID": 1,
        "folderUID": request.names["folder"],
        "ruleGroup": request.names["group"],
        "data": [_query(query) for query in rule["data"]],
        "for": canonical(rule.get("for")),
        "keep_firing_for": canonical(rule.get("keep_firing_for")),
        "noDataState": rule.get("noDataState") or "NoData",
        "execErrState": rule.get("execErrState") or "Alerting",
        "labels": rule.get("labels") or {},
        "annotations": rule.get("annotations") or {},
        "isPaused": bool(rule.get("isPaused")),
        "provenance": request.provenance,
        "_interval": interval,
        "_index": index,
    }


def _query(query: Json) -> Json:
    """Grafana fills in two defaults, and takes the query type of the model."""
    model, span = {"intervalMs": 1000, "maxDataPoints": 43200} | query["model"], query.get("relativeTimeRange") or {}
    kind = {"queryType": model["queryType"]} if model.get("queryType") else {}
    return query | kind | {"model": model, "relativeTimeRange": {"from": 0, "to": 0} | span}


@GRAFANA("DELETE", _GROUP)
def delete_group(request: StandinRequest) -> Reply:
    for rule in _of_group(request) or reject(404, "rule group does not exist"):
        del request.grafana["rules"][rule["uid"]]
    return Reply(204)


@GRAFANA("GET", _RULES)
def list_rules(request: StandinRequest) -> list[Json]:
    return [_view(rule) for rule in request.grafana["rules"].values()]


@GRAFANA("GET", f"{_RULES}/{{uid}}")
def read(request: StandinRequest) -> Json:
    return _view(request.grafana["rules"].get(request.names["uid"]) or reject(404, "alert rule not found"))


@GRAFANA("PUT", f"{_RULES}/{{uid}}")
def update(request: StandinRequest) -> Json:
    rule = request.grafana["rules"].get(request.names["uid"]) or reject(404, "alert rule not found")
    wanted = copy.deepcopy(request.fields())
    check(request.grafana, wanted, rule["_interval"])
    fixed = {key: rule[key] for key in ("id", "uid", "orgID", "folderUID", "ruleGroup", "_interval", "_index")}
    request.grafana["rules"][rule["uid"]] = wanted | fixed | {"provenance": request.provenance}
    return _view(request.grafana["rules"][rule["uid"]])


@GRAFANA("DELETE", f"{_RULES}/{{uid}}")
def delete(request: StandinRequest) -> Reply:
    request.grafana["rules"].pop(request.names["uid"], None)
    return Reply(204)
