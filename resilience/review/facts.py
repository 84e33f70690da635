"""The facts of a manifest that reviewers need: alerts, routes, budget and other resources, by name."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from resilience.manifest import types
from resilience.manifest.model import objects
from resilience.manifest.rules import model_of
from resilience.review.reading import JsonObject

Facts = dict[str, dict[str, str]]

# Computed from the rest of the rule: they change with it and show nothing new.
_DERIVED = ("annotations.explore_url", "annotations.silence_url", "uid")
_OPTIONS = ("protect", "retainOnDelete", "deleteBeforeReplace", "import", "ignoreChanges", "aliases", "secrets")


def alerts(manifest: Iterable[JsonObject]) -> Facts:
    """Rules by stack and uid, with decoded queries."""
    found: Facts = {}
    for resource in manifest:
        if resource["type"] == types.RULE_GROUP:
            for rule in objects(resource["inputs"].get("rules")):
                found[f"{resource['stack']}: {rule.get('uid')}"] = _rule(rule)
    return found


def _rule(rule: JsonObject) -> dict[str, str]:
    queries = {
        str(data.get("refId", "?")): data | {"model": model_of(data) or data.get("model")}
        for data in objects(rule.get("datas"))
    }
    facts = dict(_flat({**rule, "datas": queries}))
    return {_short(path): value for path, value in facts.items() if path not in _DERIVED}


def _short(path: str) -> str:
    """The path as reviewers know it: `A.expr` for `datas.A.model.expr`, `tier` for `labels.tier`."""
    return path.removeprefix("datas.").replace(".model.", ".").removeprefix("labels.").removeprefix("annotations.")


def routes(manifest: Iterable[JsonObject]) -> Facts:
    """Routes of the policy tree by their matchers; the order matters, so each has a place."""
    found: Facts = {}
    for resource in manifest:
        if resource["type"] == types.NOTIFICATION_POLICY:
            for path, place, node in _nodes(resource["inputs"]):
                route = {key: value for key, value in node.items() if key not in ("policies", "matchers")}
                found[f"{resource['stack']}: {path}"] = dict(_flat(route)) | {"place": place}
    return found


def _nodes(node: JsonObject, path: str = "everything", place: str = "1") -> Iterator[tuple[str, str, JsonObject]]:
    yield path, place, node
    for number, child in enumerate(objects(node.get("policies")), start=1):
        matchers = (f"{one.get('label')}{one.get('match')}{one.get('value')}" for one in objects(child.get("matchers")))
        yield from _nodes(child, f"{path} > {', '.join(matchers)}", f"{place}.{number}")


def budget(lines: Iterable[JsonObject]) -> Facts:
    """The lines of a budget."""
    return {line["unit"]: {"used": _share(line["used"], line["allowed"])} for line in lines}


def _share(used: float, allowed: float) -> str:
    return f"{used:,.6g} of {allowed:,.6g}{' (over the limit)' if used > allowed else ''}"


def resources(manifest: Iterable[JsonObject]) -> Facts:
    """All other declared resources, with the options that protect them."""
    return {
        f"{one['stack']}: {one['name']} ({one['type'].rpartition(':')[2]})": _resource(one)
        for one in manifest
        if not one["type"].startswith("sv0:")
    }


def _resource(one: JsonObject) -> dict[str, str]:
    in_other_section = {types.RULE_GROUP: "rules", types.NOTIFICATION_POLICY: "policies"}.get(one["type"])
    inputs = {key: value for key, value in one["inputs"].items() if key != in_other_section}
    options = {key: one[key] for key in _OPTIONS if one.get(key)}
    return dict(_flat(inputs)) | {f"option {path}": value for path, value in _flat(options)}


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Leaves by path, each as text."""
    if isinstance(value, dict) and value:
        for key, part in value.items():
            yield from _flat(part, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for index, part in enumerate(value):
            yield from _flat(part, f"{path}[{index}]")
    else:
        yield path, value if isinstance(value, str) else json.dumps(value)
