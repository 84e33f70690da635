"""What Pulumi's state holds of a stack. `pulumi stack export` needs no passphrase: secrets stay encrypted."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from resilience.account.doctor import pulumi
from resilience.manifest.model import STACK_TYPE, Manifest, Resource, masked


def read(stack: str, root: Path) -> Manifest | None:
    """Resources and outputs, as the manifest has them; None if Pulumi cannot be asked."""
    deployment = pulumi.json_object("stack", "export", "--stack", stack, root=root).get("deployment")
    if not isinstance(deployment, dict):
        return None
    # A stack without any resource has no such key.
    held = deployment.get("resources") or []
    outputs = next((one.get("outputs") for one in held if one["type"] == STACK_TYPE), None)
    return Manifest(stack, tuple(_resource(stack, one) for one in held), masked(outputs or {})[0])


def _resource(stack: str, held: Mapping[str, Any]) -> Resource:
    inputs, secrets = masked(held.get("inputs") or {})
    return Resource(
        urn=held["urn"],
        type=held["type"],
        name=held["urn"].rpartition("::")[2],
        stack=stack,
        parent=held.get("parent", ""),
        inputs=inputs,
        secrets=tuple(secrets),
        depends_on=tuple(held.get("dependencies") or ()),
        provider=held.get("provider", ""),
        protect=bool(held.get("protect")),
        retain_on_delete=bool(held.get("retainOnDelete")),
        delete_before_replace=None,
        import_id=held.get("importID", ""),
        additional_secret_outputs=tuple(held.get("additionalSecretOutputs") or ()),
        ignore_changes=(),
        aliases=tuple(held.get("aliases") or ()),
    )
