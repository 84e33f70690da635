"""What Pulumi's state holds of a stack. `pulumi stack export` needs no passphrase: secrets stay encrypted."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from resilience.account.doctor import pulumi
from resilience.manifest.model import STACK_TYPE, Manifest, Resource, masked

_TEXTS = ("parent", "provider", "importID")
_OBJECTS = ("inputs", "outputs")
_LISTS = ("dependencies", "additionalSecretOutputs", "aliases")


def read(stack: str, root: Path) -> Manifest | None:
    """Resources and outputs, as the manifest has them; None if Pulumi cannot be asked, or its answer cannot be read."""
    deployment = pulumi.json_object("stack", "export", "--stack", stack, root=root).get("deployment")
    if not isinstance(deployment, dict):
        return None
    # A stack without any resource has no such key.
    held = deployment.get("resources") or []
    if not isinstance(held, list) or not all(map(_readable, held)):
        return None
    outputs = next((one.get("outputs") for one in held if one["type"] == STACK_TYPE), None)
    return Manifest(stack, tuple(_resource(stack, one) for one in held), masked(outputs or {})[0])


def _readable(held: object) -> bool:
    """Whether each key of a resource has the type that Pulumi gives it; only URN and type must be there."""
    if not isinstance(held, dict) or not all(isinstance(held.get(key), str) for key in ("urn", "type")):
        return False
    return (
        all(isinstance(held.get(key) or "", str) for key in _TEXTS)
        and all(isinstance(held.get(key) or {}, dict) for key in _OBJECTS)
        and all(_texts(held.get(key) or []) for key in _LISTS)
    )


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _resource(stack: str, held: Mapping[str, Any]) -> Resource:
    inputs, secrets = masked(held.get("inputs") or {})
    return Resource(
        urn=held["urn"],
        type=held["type"],
        name=held["urn"].rpartition("::")[2],
        stack=stack,
        parent=held.get("parent") or "",
        inputs=inputs,
        secrets=tuple(secrets),
        depends_on=tuple(held.get("dependencies") or ()),
        provider=held.get("provider") or "",
        protect=bool(held.get("protect")),
        retain_on_delete=bool(held.get("retainOnDelete")),
        delete_before_replace=None,
        import_id=held.get("importID") or "",
        additional_secret_outputs=tuple(held.get("additionalSecretOutputs") or ()),
        ignore_changes=(),
        aliases=tuple(held.get("aliases") or ()),
    )
