"""Fills a Grafana with what stacks declare, as the provider writes it: what an `up` leaves (grafana-provider.md 2)."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from resilience.manifest import Manifest, types
from resilience.manifest.model import SECRET
from tests.standin.client import Client, StandinAnswer
from tests.standin.wire import Json

API = "/api/v1/provisioning"
ADDRESS = "https://hooks.example/x"
"""Instead of every secret."""
_SLACK = {"iconEmoji": "icon_emoji", "iconUrl": "icon_url"}
_TIMES = ("groupWait", "groupInterval", "repeatInterval")


def declared(*manifests: Manifest) -> Iterator[tuple[str, Json]]:
    """Type and inputs of everything that stacks declare."""
    return ((one.type, one.inputs) for manifest in manifests for one in manifest.resources)


def fill(grafana: Client, resources: Iterable[tuple[str, Json]], known: Mapping[str, str] | None = None) -> None:
    """Write all of it; `known` has what only the engine knows, by what stands for it in a manifest."""
    every = [(kind, _with(inputs, known or {})) for kind, inputs in resources if kind in _WRITERS]
    for kind, inputs in sorted(every, key=lambda one: list(_WRITERS).index(one[0])):
        _WRITERS[kind](grafana, inputs)


def good(answer: StandinAnswer) -> None:
    """The request must have succeeded."""
    assert answer.status < 300, answer.body


def _with(inputs: Any, known: Mapping[str, str]) -> Any:
    text = json.dumps(inputs)
    for declared, real in known.items():
        text = text.replace(declared, real)
    return json.loads(text)


def _folder(grafana: Client, folder: Json) -> None:
    good(grafana("POST", "/api/folders", {"uid": folder["uid"], "title": folder["title"]}))


def _group(grafana: Client, group: Json) -> None:
    path = f"{API}/folder/{group['folderUid']}/rule-groups/{group['name']}"
    rules = [rule(one) for one in group["rules"]]
    good(grafana("PUT", path, {"interval": group["intervalSeconds"], "rules": rules}))


def rule(declared: Json) -> Json:
    """A declared rule as the provider writes it."""
    renamed = {"name": "title", "datas": "data", "keepFiringFor": "keep_firing_for"}
    body = {renamed.get(key, key): value for key, value in declared.items()}
    body["data"] = [query | {"model": json.loads(query["model"])} for query in body["data"]]
    return body


def _point(grafana: Client, point: Json) -> None:
    for kind, integrations in point.items():
        for one in integrations if isinstance(integrations, list) else []:
            quiet = one.pop("disableResolveMessage", False)
            settings = {_SLACK.get(key, key): _value(value) for key, value in one.items()}
            head = {"name": point["name"], "type": kind.removesuffix("s"), "disableResolveMessage": quiet}
            good(grafana("POST", f"{API}/contact-points", head | {"settings": settings}))


def _value(value: Any) -> Any:
    """Addresses of an e-mail are one text."""
    if isinstance(value, list):
        return ";".join(ADDRESS if one == SECRET else str(one) for one in value)
    return ADDRESS if value == SECRET else value


def _timing(grafana: Client, timing: Json) -> None:
    names = {"daysOfMonths": "days_of_month"}
    intervals = [{names.get(key, key): value for key, value in one.items()} for one in timing["intervals"]]
    for one in intervals:
        if "times" in one:
            one["times"] = [{f"{key}_time": value for key, value in time.items()} for time in one["times"]]
    good(grafana("POST", f"{API}/mute-timings", {"name": timing["name"], "time_intervals": intervals}))


def _template(grafana: Client, template: Json) -> None:
    good(grafana("PUT", f"{API}/templates/{template['name']}", {"template": template["template"]}))


def _policy(grafana: Client, tree: Json) -> None:
    good(grafana("PUT", f"{API}/policies", route(tree)))


def route(node: Json) -> Json:
    """A node of the declared tree as the provider writes it, its matchers in another order."""
    matchers = [[one["label"], one["match"], one["value"]] for one in node.get("matchers", [])][::-1]
    return {
        "receiver": node["contactPoint"],
        "group_by": node.get("groupBies"),
        "object_matchers": matchers,
        "active_time_intervals": node.get("activeTimings"),
        "mute_time_intervals": node.get("muteTimings"),
        "continue": node.get("continue", False),
        "routes": [route(child) for child in node.get("policies") or []],
        **{_snake(key): node.get(key) for key in _TIMES},
    }


def _snake(key: str) -> str:
    return key.replace("W", "_w").replace("I", "_i")


_WRITERS = {
    types.FOLDER: _folder,
    types.MESSAGE_TEMPLATE: _template,
    types.CONTACT_POINT: _point,
    types.MUTE_TIMING: _timing,
    types.NOTIFICATION_POLICY: _policy,
    types.RULE_GROUP: _group,
}
"""In the order in which the provider can write them."""
