"""Grafana: the notification policy tree, one for the whole stack (grafana-provider.md 2.12)."""

from tests.standin.grafana import names
from tests.standin.grafana.durations import seconds
from tests.standin.state import default_policy
from tests.standin.surfaces import GRAFANA
from tests.standin.wire import Json, Reply, StandinRequest, reject

_TREE = "/api/v1/provisioning/policies"


def _check(grafana: Json, node: Json) -> None:
    receiver = node.get("receiver")
    if receiver and receiver not in names.receivers(grafana):
        reject(400, f"invalid object specification: receiver '{receiver}' does not exist")
    for key in names.TIMINGS:
        if unknown := set(node.get(key) or []) - set(grafana["timings"]):
            reject(400, f"invalid object specification: undefined time interval '{min(unknown)}'")
    _check_grouping(node)
    for matcher in node.get("object_matchers") or []:
        if len(matcher) != 3 or matcher[1] not in ("=", "!=", "=~", "!~"):
            reject(400, f"bad matcher {matcher}")
    for route in node.get("routes") or []:
        _check(grafana, route)


def _check_grouping(node: Json) -> None:
    group_by = node.get("group_by") or []
    if len(group_by) != len(set(group_by)) or ("..." in group_by and len(group_by) > 1):
        reject(400, "invalid group_by")
    for key in ("group_wait", "group_interval", "repeat_interval"):
        if not node.get(key):
            continue
        if (lasts := seconds(node[key])) is None:
            reject(400, f"not a valid duration: {node[key]}")
        if lasts == 0 and key != "group_wait":
            reject(400, f"{key} cannot be zero")


def _check_root(root: Json) -> None:
    if not root.get("receiver"):
        reject(400, "invalid object specification: root route must specify a default receiver")
    if root.get("object_matchers") or any(root.get(key) for key in names.TIMINGS):
        reject(400, "root route must not have any matchers or time intervals")


def _tidy(node: Json) -> Json:
    """Grafana's answers omit the empty fields of a route."""
    routes = [_tidy(route) for route in node.get("routes") or []]
    return {key: value for key, value in (node | {"routes": routes}).items() if value not in (None, "", [], False)}


@GRAFANA("GET", _TREE)
def read(request: StandinRequest) -> Json:
    tree: Json = request.grafana["policy"]
    return tree


@GRAFANA("PUT", _TREE)
def replace(request: StandinRequest) -> Reply:
    tree = request.fields()
    _check_root(tree)
    _check(request.grafana, tree)
    request.grafana["policy"] = _tidy(tree) | {"provenance": request.provenance}
    return Reply(202, {"message": "policies updated"})


@GRAFANA("DELETE", _TREE)
def reset(request: StandinRequest) -> Reply:
    request.grafana["policy"] = default_policy()
    return Reply(202, request.grafana["policy"])
