"""A manifest that was written as JSON, by this checkout or by another one, perhaps by somebody else's code."""

from collections.abc import Iterable, Mapping
from typing import Any

from resilience.manifest.model import Manifest, Resource


def manifests_of(objects: Iterable[Mapping[str, Any]]) -> list[Manifest]:
    """The stacks of what `display.as_json` wrote, in its order; each object has type, name, stack and inputs.

    Of everything else nothing is expected: what is missing is empty. Outputs are not written.
    """
    found: dict[str, list[Resource]] = {}
    for one in objects:
        found.setdefault(one["stack"], []).append(_resource(one))
    return [Manifest(stack, tuple(resources)) for stack, resources in found.items()]


def _resource(one: Mapping[str, Any]) -> Resource:
    return Resource(
        urn=str(one.get("urn") or ""),
        type=one["type"],
        name=one["name"],
        stack=one["stack"],
        parent=str(one.get("parent") or ""),
        inputs=one["inputs"],
        secrets=_texts(one, "secrets"),
        depends_on=_texts(one, "dependsOn"),
        provider=str(one.get("provider") or ""),
        protect=bool(one.get("protect")),
        retain_on_delete=bool(one.get("retainOnDelete")),
        delete_before_replace=one.get("deleteBeforeReplace"),
        import_id=str(one.get("import") or ""),
        additional_secret_outputs=_texts(one, "additionalSecretOutputs"),
        ignore_changes=_texts(one, "ignoreChanges"),
        aliases=_texts(one, "aliases"),
    )


def _texts(one: Mapping[str, Any], key: str) -> tuple[str, ...]:
    found = one.get(key)
    return tuple(map(str, found)) if isinstance(found, list) else ()
