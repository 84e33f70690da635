"""What exists in a Grafana, by kind and owner: one of our stacks, or unmanaged (declared nowhere).

What is declared and missing is listed too: a refresh does not see a policy tree that lost its routes,
nor a second integration that was merged into a contact point.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from resilience.account.http import ApiClient
from resilience.core.problems import UserError
from resilience.manifest import Manifest, types

UNMANAGED, MISSING = "UNMANAGED", "MISSING"
_BUILT_IN = "grafana-default-email"
_ALERTING = "/api/v1/provisioning"
_Keys = Iterator[tuple[str, str]]


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
    try:
        existing = set(_numbered(existing_keys(ApiClient(address.rstrip("/"), token))))
    except (AttributeError, KeyError, TypeError):
        raise UserError(f"{address} is no Grafana that this program knows: its answer has another shape") from None
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
        yield "folder", folder.inputs.get("uid", "")
    for group in manifest.of_type(types.RULE_GROUP):
        yield from (("rule", rule.get("uid", "")) for rule in group.inputs.get("rules") or [])
    for point in manifest.of_type(types.CONTACT_POINT):
        yield from [("contact point", point.inputs.get("name", ""))] * _integrations(point.inputs)
    for kind, type_ in (("timing", types.MUTE_TIMING), ("template", types.MESSAGE_TEMPLATE)):
        yield from ((kind, one.inputs.get("name", "")) for one in manifest.of_type(type_))
    for tree in manifest.of_type(types.NOTIFICATION_POLICY):
        yield from _routes(tree.inputs, "policies", "matchers")


def _integrations(inputs: Mapping[str, Any]) -> int:
    """Each kind of integration (`slacks`, `emails`) is a list."""
    return sum(len(value) for value in inputs.values() if isinstance(value, list))


def existing_keys(grafana: ApiClient) -> _Keys:
    """Kind and key of all that exists inside Grafana; raises as `inventory` does."""
    yield from (("folder", folder["uid"]) for folder in _folders(grafana))
    yield from (("rule", rule["uid"]) for rule in _read(grafana, f"{_ALERTING}/alert-rules"))
    points = _read(grafana, f"{_ALERTING}/contact-points")
    yield from (("contact point", point["name"]) for point in points if point["name"] != _BUILT_IN)
    yield from (("timing", one["name"]) for one in _read(grafana, f"{_ALERTING}/mute-timings"))
    yield from (("template", one["name"]) for one in _read(grafana, f"{_ALERTING}/templates"))
    yield from _routes(_read(grafana, f"{_ALERTING}/policies"), "routes", "object_matchers")


def _folders(grafana: ApiClient, parent: str = "") -> Iterator[Mapping[str, Any]]:
    for folder in _read(grafana, f"/api/folders?limit=1000&parentUid={parent}"):
        yield folder
        yield from _folders(grafana, folder["uid"])


def _routes(node: Mapping[str, Any], children: str, matchers: str, path: str = "") -> _Keys:
    """Routes by the matchers that lead to them, in any order."""
    for child in node.get(children) or []:
        here = f"{path} > {', '.join(sorted(map(_matcher, child.get(matchers) or [])))}".removeprefix(" > ")
        yield "route", here
        yield from _routes(child, children, matchers, here)


def _matcher(matcher: Any) -> str:
    parts = (matcher[key] for key in ("label", "match", "value")) if isinstance(matcher, dict) else matcher
    return "".join(parts)


def _read(grafana: ApiClient, path: str) -> Any:
    answer = grafana.send(path)
    if not answer.good:
        raise UserError(f"{grafana.address} answers {answer.status} to {path}; give the token the role Admin")
    return answer.body


def failed(items: Iterable[Item]) -> bool:
    """Whether anything is unmanaged or missing."""
    return any(item.owner in (UNMANAGED, MISSING) for item in items)


def as_text(items: Iterable[Item]) -> str:
    """One line for each."""
    return "\n".join(f"{item.kind:<14} {item.owner:<12} {item.key}" for item in items)


def as_json(items: Iterable[Item]) -> str:
    """A list of items."""
    return json.dumps([asdict(item) for item in items], indent=2)
