"""Grafana: what it rejects in an alert rule (grafana-provider.md 5)."""

import re
from typing import Any

from tests.standin.grafana import names
from tests.standin.grafana.durations import seconds
from tests.standin.wire import Json, reject

EXPRESSIONS = ("__expr__", "-100")
_NO_DATA = ("OK", "NoData", "KeepLast", "Alerting")
_ERROR = ("OK", "Error", "KeepLast", "Alerting")
_SCHEDULER_SECONDS = 10


def _bad(what: str) -> None:
    reject(400, f"invalid alert rule: {what}")


def check(grafana: Json, rule: Json, interval: int) -> None:
    """Reject with 400 what the service would reject."""
    if interval <= 0 or interval % _SCHEDULER_SECONDS:
        _bad("interval should be non-zero and divided exactly by scheduler interval: 10s")
    if not 0 < len(rule.get("title") or "") <= 190:
        _bad("title is required and at most 190 characters")
    if not re.fullmatch(r"[a-zA-Z0-9_-]{0,40}", rule.get("uid") or ""):
        _bad("uid")
    _check_queries(grafana, rule)
    _check_states(rule)
    if reserved := [key for key in rule.get("labels") or {} if key.startswith("__") or key == "grafana_folder"]:
        _bad(f"label {reserved[0]} is reserved")
    _check_way(grafana, rule.get("notification_settings") or {})


def _check_queries(grafana: Json, rule: Json) -> None:
    queries = rule.get("data") or []
    known = [query.get("refId") for query in queries]
    if not queries or len(known) != len(set(known)):
        _bad("no queries, or a refId used twice")
    if not rule.get("record") and rule.get("condition") not in known:
        _bad(f"condition {rule.get('condition')!r} does not exist, must be one of {known}")
    for query in queries:
        _check_query(grafana, query, known)


def _check_query(grafana: Json, query: Json, known: list[Any]) -> None:
    model, uid = query.get("model"), query.get("datasourceUid")
    if not isinstance(model, dict):
        reject(400, "invalid alert rule: model is not an object")
    if uid in EXPRESSIONS:
        _check_expression(model, known)
        return
    if uid not in grafana["datasources"]:
        _bad(f"data source not found: {uid}")
    span = query.get("relativeTimeRange") or {}
    if (span.get("from") or 0) <= (span.get("to") or 0):
        _bad("invalid relative time range")


def _check_expression(model: Json, known: list[Any]) -> None:
    text = str(model.get("expression") or "")
    wanted = re.findall(r"\$\{?(\w+)", text) if model.get("type") == "math" else [text] * bool(text)
    if unknown := [name for name in wanted if name not in known]:
        _bad(f"expression refers to the unknown query {unknown[0]}")


def _check_states(rule: Json) -> None:
    if not rule.get("record"):
        if rule.get("noDataState") not in _NO_DATA:
            _bad(f"unknown no data state {rule.get('noDataState')!r}")
        if rule.get("execErrState") not in _ERROR:
            _bad(f"unknown exec err state {rule.get('execErrState')!r}")
    for key in ("for", "keep_firing_for"):
        if rule.get(key) and seconds(rule[key]) is None:
            _bad(key)


def _check_way(grafana: Json, way: Json) -> None:
    """A rule that bypasses the tree."""
    if way.get("receiver") and way["receiver"] not in names.receivers(grafana):
        _bad(f"receiver {way['receiver']!r} does not exist")
    group_by = way.get("group_by") or ["..."]
    if group_by != ["..."] and not {"alertname", "grafana_folder"} <= set(group_by):
        _bad("group_by must contain alertname and grafana_folder")
    for key in names.TIMINGS:
        if unknown := set(way.get(key) or []) - set(grafana["timings"]):
            _bad(f"unknown time interval {min(unknown)!r}")
