"""What exists in a Grafana, by kind and owner: one of our stacks, or unmanaged (declared nowhere).

What is declared and missing is listed too: a refresh does not see a policy tree that lost its routes,
nor a second integration that was merged into a contact point.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from pydantic import RootModel

from resilience.account.http import ApiClient, ApiObject
from resilience.core.problems import UserError, without_secrets
from resilience.manifest import Manifest, types
from resilience.manifest.model import objects

UNMANAGED, MISSING = "UNMANAGED", "MISSING"
_BUILT_IN = ("contact point", "grafana-default-email")
_ALERTING = "/api/v1/provisioning"
_MOST_FOLDERS = 1000
_REMEDY = "give the token the role Admin"
_Keys = Iterator[tuple[str, str]]
_Matchers = Callable[[Mapping[str, Any]], Iterable[Sequence[str]]]


class _WithUid(ApiObject):
    uid: str


class _WithName(ApiObject):
    name: str


class _Route(ApiObject):
    object_matchers: list[tuple[str, str, str]] | None = None
    routes: "list[_Route] | None" = None


@dataclass(frozen=True, order=True)
class Item:
    """One thing; `owner` is the Pulumi stack that declares it, `UNMANAGED`, or `MISSING` if it is only declared."""

    kind: str
    owner: str
    key: str


def inventory(address: str, token: str, manifests: Iterable[Manifest]) -> list[Item]:
    """Everything that exists or is declared, sorted.

    Raises:
        UserError: Grafana rejects the request, or gives no readable answer.
    """
    declared = {numbered: one.stack for one in manifests for numbered in _numbered(declared_keys(one))}
    existing = set(_numbered(existing_keys(ApiClient(address.rstrip("/"), token))))
    found = [Item(kind, declared.get((kind, key, number), UNMANAGED), key) for kind, key, number in existing]
    found += [Item(kind, MISSING, key) for kind, key, number in declared.keys() - existing]
    return sorted(found)


def _numbered(keys: _Keys) -> Iterator[tuple[str, str, int]]:
    """The same key twice is two things: Grafana merges contact points of one name and says nothing."""
    seen: Counter[tuple[str, str]] = Counter()
    for kind, key in keys:
        seen[kind, key] += 1
        yield kind, key, seen[kind, key]


def declared_keys(manifest: Manifest) -> _Keys:
    """Kind and key of all that is declared inside Grafana."""
    for folder in manifest.of_type(types.FOLDER):
        yield "folder", _text(folder.inputs, "uid")
    for group in manifest.of_type(types.RULE_GROUP):
        yield from (("rule", _text(rule, "uid")) for rule in objects(group.inputs.get("rules")))
    for point in manifest.of_type(types.CONTACT_POINT):
        yield from [("contact point", _text(point.inputs, "name"))] * _integrations(point.inputs)
    for kind, type_ in (("timing", types.MUTE_TIMING), ("template", types.MESSAGE_TEMPLATE)):
        yield from ((kind, _text(one.inputs, "name")) for one in manifest.of_type(type_))
    for tree in manifest.of_type(types.NOTIFICATION_POLICY):
        yield from _routes(tree.inputs, "policies", _declared_matchers)


def _text(inputs: Mapping[str, Any], key: str) -> str:
    return str(inputs.get(key) or "")


def _integrations(inputs: Mapping[str, Any]) -> int:
    """Each kind of integration (`slacks`, `emails`) is a list."""
    return sum(len(value) for value in inputs.values() if isinstance(value, list))


def existing_keys(grafana: ApiClient) -> _Keys:
    """Kind and key of all that exists inside Grafana; raises as `inventory` does."""
    yield from (("folder", uid) for uid in _folders(grafana))
    rules = grafana.read(f"{_ALERTING}/alert-rules", RootModel[list[_WithUid]], _REMEDY).root
    yield from (("rule", rule.uid) for rule in rules)
    for kind, path in (("contact point", "contact-points"), ("timing", "mute-timings"), ("template", "templates")):
        found = grafana.read(f"{_ALERTING}/{path}", RootModel[list[_WithName]], _REMEDY).root
        yield from ((kind, one.name) for one in found if (kind, one.name) != _BUILT_IN)
    tree = grafana.read(f"{_ALERTING}/policies", _Route, _REMEDY)
    yield from _routes(tree.model_dump(), "routes", lambda route: route["object_matchers"] or [])


def _folders(grafana: ApiClient) -> list[str]:
    """Uids of all folders, level by level; each once, so that no answer leads in a circle."""
    found: dict[str, None] = {}
    parents = [""]
    while parents and len(found) <= _MOST_FOLDERS:
        query = urlencode({"limit": _MOST_FOLDERS, "parentUid": parents.pop()})
        new = [one.uid for one in grafana.read(f"/api/folders?{query}", RootModel[list[_WithUid]], _REMEDY).root]
        parents += [uid for uid in new if uid not in found]
        found |= dict.fromkeys(new)
    if len(found) >= _MOST_FOLDERS:
        raise UserError(f"{grafana.address} has {_MOST_FOLDERS:,} folders or more; they cannot all be listed")
    return list(found)


def _routes(node: Mapping[str, Any], children: str, matchers: _Matchers, path: str = "") -> _Keys:
    """Routes by the matchers that lead to them, in any order."""
    for child in objects(node.get(children)):
        here = f"{path} > {', '.join(sorted(map(''.join, matchers(child))))}".removeprefix(" > ")
        yield "route", here
        yield from _routes(child, children, matchers, here)


def _declared_matchers(route: Mapping[str, Any]) -> list[list[str]]:
    return [[_text(one, key) for key in ("label", "match", "value")] for one in objects(route.get("matchers"))]


def failed(items: Iterable[Item]) -> bool:
    """Whether anything is unmanaged or missing."""
    return any(item.owner in (UNMANAGED, MISSING) for item in items)


def as_text(items: Iterable[Item]) -> str:
    """One line for each; a name may hold anything."""
    return "\n".join(without_secrets(f"{item.kind:<14} {item.owner:<12} {item.key}") for item in items)


def as_json(items: Iterable[Item]) -> str:
    """A list of items."""
    return json.dumps([asdict(item) | {"key": without_secrets(item.key)} for item in items], indent=2)
