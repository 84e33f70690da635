"""What is inside a Grafana, as declared and as its API answers, in one form: two spellings of the same are equal.

Grafana writes `60s` as `1m`, fills in two defaults of every query, omits what is empty, and keeps no order of labels
or matchers. A value of an unexpected type is kept as it is: then it differs from what is declared.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from pydantic import ConfigDict, RootModel

from resilience.account.http import ApiClient, ApiObject
from resilience.core.conventions import MONTHS, WEEKDAYS
from resilience.core.durations import seconds
from resilience.core.problems import UserError
from resilience.manifest import Manifest, types
from resilience.manifest.model import Resource, objects
from resilience.manifest.rules import model_of

FOLDER, RULE, POINT, TIMING, TEMPLATE, ROUTE = "folder", "rule", "contact point", "timing", "template", "route"
TREE = "policy tree"
"""The root of the routes: every Grafana has one."""
PROVENANCE = "provenance"
_API = "api"
"""The provenance of what a provider wrote; what has none can be edited in Grafana."""
_BUILT_IN = "grafana-default-email"
_ALERTING = "/api/v1/provisioning"
_MOST_FOLDERS = 1000
_REMEDY = "give the token the role Admin"
_FILLED_IN = {"intervalMs": 1000, "maxDataPoints": 43200}
"""What Grafana adds to the model of a query; the provider ignores it as well."""
_EXPRESSION = ("__expr__", "-100")
_EVALUATIONS_TO_RESOLVE = 2
_OF_PROVIDER = {
    "name": "title",
    "datas": "data",
    **types.ROUTE_KEYS,
    "policies": "routes",
    "keepFiringFor": "keep_firing_for",
    "notificationSettings": "notification_settings",
    "daysOfMonths": "days_of_month",
    "start": "start_time",
    "end": "end_time",
}
"""Names of Grafana's API, by those of the provider, where they differ."""
_DURATIONS = ("group_wait", "group_interval", "repeat_interval")
_LISTS = ("group_by", "mute_time_intervals", "active_time_intervals")
_NUMBERS = {name: str(number) for number, name in (*enumerate(WEEKDAYS), *enumerate(MONTHS, start=1))}
_Json = Mapping[str, Any]


class _WithUid(ApiObject):
    model_config = ConfigDict(extra="allow")
    uid: str


class _WithName(ApiObject):
    model_config = ConfigDict(extra="allow")
    name: str


class _Route(ApiObject):
    model_config = ConfigDict(extra="allow")
    object_matchers: list[tuple[str, str, str]] | None = None
    routes: "list[_Route] | None" = None


@dataclass(frozen=True)
class Thing:
    """One thing inside a Grafana.

    Attributes:
        key: what identifies it among its kind: a uid, a name, or the matchers that lead to a route.
        fields: what decides how it works.
    """

    kind: str
    key: str
    fields: _Json


def declared(manifest: Manifest) -> Iterator[Thing]:
    """All that one stack declares inside Grafana."""
    for folder in manifest.of_type(types.FOLDER):
        yield _folder(folder.inputs, str(folder.inputs.get("parentFolderUid") or ""))
    for group in manifest.of_type(types.RULE_GROUP):
        yield from (_rule(_written(rule, group)) for rule in objects(group.inputs.get("rules")))
    for point in manifest.of_type(types.CONTACT_POINT):
        yield from _integrations(point)
    for timing in manifest.of_type(types.MUTE_TIMING):
        name, inputs = _text(timing.inputs, "name"), _renamed(timing.inputs)
        yield _timing(name, inputs.get("intervals"))
    for template in manifest.of_type(types.MESSAGE_TEMPLATE):
        yield _template(template.inputs)
    for tree in manifest.of_type(types.NOTIFICATION_POLICY):
        yield from _tree({PROVENANCE: _provenance(tree), **_renamed(tree.inputs)}, _declared_matchers)


def existing(grafana: ApiClient) -> Iterator[Thing]:
    """All that exists inside a Grafana, except for its built-in contact point.

    Raises:
        UserError: Grafana rejects a request, or gives no readable answer.
    """
    named = RootModel[list[_WithName]]
    yield from _folders(grafana)
    yield from map(_rule, _listed(grafana, "alert-rules", RootModel[list[_WithUid]]))
    yield from (_integration(one) for one in _listed(grafana, "contact-points", named) if one["name"] != _BUILT_IN)
    yield from (_timing(one["name"], one.get("time_intervals")) for one in _listed(grafana, "mute-timings", named))
    yield from map(_template, _listed(grafana, "templates", named))
    yield from _tree(grafana.read(f"{_ALERTING}/policies", _Route, _REMEDY).model_dump(), _existing_matchers)


def _listed(grafana: ApiClient, path: str, shape: type[RootModel[Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = grafana.read(f"{_ALERTING}/{path}", shape, _REMEDY).model_dump()
    return found


def _folders(grafana: ApiClient) -> Iterator[Thing]:
    """All folders, level by level; each once, so that no answer leads in a circle."""
    found: dict[str, Thing] = {}
    parents = [""]
    while parents and len(found) <= _MOST_FOLDERS:
        parent = parents.pop()
        query = urlencode({"limit": _MOST_FOLDERS, "parentUid": parent})
        level = grafana.read(f"/api/folders?{query}", RootModel[list[_WithUid]], _REMEDY).root
        new = [_folder(one.model_dump(), parent) for one in level]
        parents += [one.key for one in new if one.key not in found]
        found = {one.key: one for one in new} | found
    if len(found) >= _MOST_FOLDERS:
        raise UserError(f"{grafana.address} has {_MOST_FOLDERS:,} folders or more; they cannot all be listed")
    yield from found.values()


def _folder(folder: _Json, parent: str) -> Thing:
    return Thing(FOLDER, _text(folder, "uid"), {"title": folder.get("title"), "parent": parent})


def _written(rule: _Json, group: Resource) -> dict[str, Any]:
    """A declared rule as the provider writes it."""
    texts = ("labels", "annotations", "datas")
    found: dict[str, Any] = _renamed({key: value for key, value in rule.items() if key not in texts})
    found |= {key: rule.get(key) for key in ("labels", "annotations")}
    found["data"] = [dict(query) | {"model": model_of(query)} for query in objects(rule.get("datas"))]
    found |= {"folderUID": group.inputs.get("folderUid"), "ruleGroup": group.inputs.get("name")}
    return found | {PROVENANCE: _provenance(group)}


def _rule(rule: _Json) -> Thing:
    names = ("title", "folderUID", "ruleGroup", "condition", "labels", "annotations", "notification_settings", "record")
    evaluations = rule.get("missingSeriesEvalsToResolve")
    fields = {name: _present(rule.get(name)) for name in names} | {
        "isPaused": rule.get("isPaused") or False,
        "for": _duration(rule.get("for")) or 0,
        "keep_firing_for": _duration(rule.get("keep_firing_for")) or 0,
        "noDataState": rule.get("noDataState") or "NoData",
        "execErrState": rule.get("execErrState") or "Alerting",
        "missingSeriesEvalsToResolve": evaluations or _EVALUATIONS_TO_RESOLVE,
        "data": {str(query.get("refId")): _query(query) for query in objects(rule.get("data"))},
        PROVENANCE: rule.get(PROVENANCE),
    }
    return Thing(RULE, _text(rule, "uid"), fields)


def _query(query: _Json) -> dict[str, Any]:
    model = query.get("model")
    if isinstance(model, dict):
        model = {key: value for key, value in model.items() if _FILLED_IN.get(key) != value}
    span = query.get("relativeTimeRange")
    source = query.get("datasourceUid")
    return {
        "datasourceUid": _EXPRESSION[0] if source in _EXPRESSION else source,
        "relativeTimeRange": {"from": 0, "to": 0, **(_present(span) if isinstance(span, dict) else {})},
        **(_present(model) if isinstance(model, dict) else {"model": model}),
    }


def _integrations(point: Resource) -> Iterator[Thing]:
    """Each kind of integration (`slacks`, `emails`) is a list of the contact point."""
    for kind, given in sorted(point.inputs.items()):
        for one in objects(given):
            settings = {key: value for key, value in one.items() if key != "disableResolveMessage"}
            head = {"name": point.inputs.get("name"), "type": kind.removesuffix("s"), PROVENANCE: _provenance(point)}
            rest = {key: value for key, value in one.items() if key == "disableResolveMessage"}
            yield _integration({**head, **rest, "settings": settings})


def _integration(point: _Json) -> Thing:
    """Names of settings are compared without case and `_`: the provider's `iconEmoji` is Slack's `icon_emoji`."""
    settings = point.get("settings")
    named = settings if isinstance(settings, dict) else {"settings": settings}
    fields = {
        "type": point.get("type"),
        "settings": {key.lower().replace("_", ""): _setting(key, value) for key, value in _present(named).items()},
        "disableResolveMessage": point.get("disableResolveMessage") or False,
        PROVENANCE: point.get(PROVENANCE),
    }
    return Thing(POINT, _text(point, "name"), fields)


def _setting(key: str, value: Any) -> Any:
    """The provider joins the addresses of an e-mail."""
    if key == "addresses":
        text = ";".join(map(str, value)) if isinstance(value, list) else str(value)
        return sorted(one for one in re.split(r"[;,\s]+", text) if one)
    return value


def _timing(name: str, intervals: Any) -> Thing:
    return Thing(TIMING, name, {"intervals": _in_any_order(map(_interval, objects(intervals)))})


def _interval(interval: _Json) -> dict[str, Any]:
    lists = {key: value for key, value in interval.items() if isinstance(value, list)}
    found = {key: _in_any_order(map(_span, value)) for key, value in lists.items() if value}
    return found | {"location": interval.get("location") or "UTC"}


def _span(span: Any) -> Any:
    """`monday:monday` as Monday, `january:march` as 1 to 3, which is how Alertmanager writes months."""
    if not isinstance(span, str):
        return span
    begin, _, end = (part.strip().lower() for part in span.partition(":"))
    return [_NUMBERS.get(part, part) for part in (begin, end or begin)]


def _template(template: _Json) -> Thing:
    return Thing(TEMPLATE, _text(template, "name"), {"template": str(template.get("template") or "").strip()})


_Matchers = Callable[[_Json], Iterable[str]]


def _tree(root: _Json, matchers: _Matchers) -> Iterator[Thing]:
    yield Thing(TREE, "", _node(root, matchers) | {PROVENANCE: root.get(PROVENANCE)})
    yield from _routes(root, matchers, "")


def _routes(node: _Json, matchers: _Matchers, path: str) -> Iterator[Thing]:
    """Routes by the matchers that lead to them, in any order."""
    for child in objects(node.get("routes")):
        here = f"{path} > {_named(child, matchers)}".removeprefix(" > ")
        yield Thing(ROUTE, here, _node(child, matchers))
        yield from _routes(child, matchers, here)


def _node(node: _Json, matchers: _Matchers) -> dict[str, Any]:
    lists = {key: _in_any_order(node.get(key) or []) for key in _LISTS}
    durations = {key: _duration(node.get(key)) for key in _DURATIONS}
    children = [_named(child, matchers) for child in objects(node.get("routes"))]
    flags = {"receiver": node.get("receiver") or None, "continue": node.get("continue") or False}
    return {**flags, **lists, **durations, "routes": children}


def _named(route: _Json, matchers: _Matchers) -> str:
    return ", ".join(sorted(matchers(route)))


def _declared_matchers(route: _Json) -> list[str]:
    return ["".join(_text(one, key) for key in ("label", "match", "value")) for one in objects(route.get("matchers"))]


def _existing_matchers(route: _Json) -> list[str]:
    """`matchers`, `match` and `match_re` are older forms, which only somebody else writes."""
    found = ["".join(map(str, one)) for one in route.get("object_matchers") or []]
    for key in ("matchers", "match", "match_re"):
        found += [json.dumps(route[key], sort_keys=True)] if route.get(key) else []
    return found


def _provenance(resource: Resource) -> str:
    return "" if resource.inputs.get("disableProvenance") else _API


def _renamed(value: Any) -> Any:
    if isinstance(value, dict):
        return {_OF_PROVIDER.get(key, key): _renamed(part) for key, part in value.items()}
    return [_renamed(part) for part in value] if isinstance(value, list) else value


def _present(value: Any) -> Any:
    """Without what is empty, which Grafana omits."""
    if isinstance(value, dict):
        return {key: found for key, part in value.items() if (found := _present(part))}
    return [_present(part) for part in value] if isinstance(value, list) else value


def _duration(value: Any) -> Any:
    """Seconds; None where there is none."""
    try:
        return seconds(value) if isinstance(value, str) and value else value or None
    except (ValueError, OverflowError):
        return value


def _in_any_order(values: Iterable[Any]) -> list[Any]:
    try:
        return sorted(values, key=lambda one: json.dumps(one, sort_keys=True))
    except TypeError:
        return [values]


def _text(inputs: _Json, key: str) -> str:
    return str(inputs.get(key) or "")
