"""What exists in a Grafana, by kind and owner: one of our stacks, or unmanaged (declared nowhere).

What is declared and missing is listed too: a refresh does not see a policy tree that lost its routes,
nor a second integration that was merged into a contact point.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from resilience.account import things
from resilience.account.http import ApiClient
from resilience.account.things import TREE, Thing
from resilience.core.problems import without_secrets
from resilience.manifest import Manifest

UNMANAGED, MISSING = "UNMANAGED", "MISSING"
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
    return _keys(things.declared(manifest))


def existing_keys(grafana: ApiClient) -> _Keys:
    """Kind and key of all that exists inside Grafana; raises as `inventory` does."""
    return _keys(things.existing(grafana))


def _keys(found: Iterable[Thing]) -> _Keys:
    """Without the root of the routes, which every Grafana has."""
    return ((one.kind, one.key) for one in found if one.kind != TREE)


def failed(items: Iterable[Item]) -> bool:
    """Whether anything is unmanaged or missing."""
    return any(item.owner in (UNMANAGED, MISSING) for item in items)


def as_text(items: Iterable[Item]) -> str:
    """One line for each; a name may hold anything."""
    return "\n".join(without_secrets(f"{item.kind:<14} {item.owner:<12} {item.key}") for item in items)


def as_json(items: Iterable[Item]) -> str:
    """A list of items."""
    return json.dumps([asdict(item) | {"key": without_secrets(item.key)} for item in items], indent=2)
