"""A manifest as text for people (a tree) and as JSON for machines."""

import json
from collections.abc import Iterable

from resilience.manifest.model import Manifest, Resource

_NAME_WIDTH = 62


def as_json(manifests: Iterable[Manifest]) -> str:
    """One list of all resources of all stacks."""
    return json.dumps([resource.as_json() for manifest in manifests for resource in manifest.resources], indent=2)


def as_text(manifests: Iterable[Manifest]) -> str:
    """A table for each stack, indented by parent, with types and options."""
    return "\n\n".join("\n".join(_lines(manifest)) for manifest in manifests)


def _lines(manifest: Manifest) -> list[str]:
    by_urn = {resource.urn: resource for resource in manifest.resources}
    made = sum(resource.custom for resource in manifest.resources)
    head = [f"Stack {manifest.stack}: {made} resources, {len(manifest.outputs)} outputs", ""]
    rows = [_row(resource, _depth(resource, by_urn)) for resource in manifest.resources]
    return [*head, *rows, "", *(f"output {name}" for name in sorted(manifest.outputs))]


def _depth(resource: Resource, by_urn: dict[str, Resource]) -> int:
    parent = by_urn.get(resource.parent)
    return 1 + _depth(parent, by_urn) if parent else 0


def _row(resource: Resource, depth: int) -> str:
    name = "  " * depth + resource.name
    kind = resource.type.rpartition(":")[2] if resource.custom else resource.type
    return f"{name:<{_NAME_WIDTH}} {kind:<26} {', '.join(_notes(resource))}".rstrip()


def _notes(resource: Resource) -> list[str]:
    flags = {
        "protected": resource.protect,
        "kept on delete": resource.retain_on_delete,
        f"imported from {resource.import_id}": resource.import_id,
        f"secret: {', '.join(resource.secrets)}": resource.secrets,
    }
    return [note for note, holds in flags.items() if holds]
