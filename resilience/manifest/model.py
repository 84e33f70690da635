"""Registered resources and outputs, secrets masked."""

from dataclasses import dataclass, field
from typing import Any

SECRET = "[secret]"  # noqa: S105  # shown instead of each secret
STACK_TYPE = "pulumi:pulumi:Stack"
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  # how Pulumi marks a secret in messages


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One registered resource; `parent`, `depends_on` and `provider` are URNs.

    `secrets` are paths into `inputs`, where the value is `[secret]`.
    """

    urn: str
    type: str
    name: str
    stack: str
    parent: str
    inputs: dict[str, Any]
    secrets: tuple[str, ...]
    depends_on: tuple[str, ...]
    provider: str
    protect: bool
    retain_on_delete: bool
    delete_before_replace: bool | None
    import_id: str
    additional_secret_outputs: tuple[str, ...]
    ignore_changes: tuple[str, ...]
    aliases: tuple[str, ...]

    @property
    def custom(self) -> bool:
        """Whether a provider makes it; components and providers exist only in the program."""
        return not self.type.startswith(("sv0:", "pulumi:"))

    def as_json(self) -> dict[str, Any]:
        """Keys as Pulumi spells them."""
        return {
            "urn": self.urn,
            "type": self.type,
            "name": self.name,
            "stack": self.stack,
            "parent": self.parent,
            "inputs": self.inputs,
            "secrets": list(self.secrets),
            "dependsOn": list(self.depends_on),
            "provider": self.provider,
            "protect": self.protect,
            "retainOnDelete": self.retain_on_delete,
            "deleteBeforeReplace": self.delete_before_replace,
            "import": self.import_id,
            "additionalSecretOutputs": list(self.additional_secret_outputs),
            "ignoreChanges": list(self.ignore_changes),
            "aliases": list(self.aliases),
        }


@dataclass(frozen=True)
class Manifest:
    """All resources of one stack, parents before children, and its outputs (secrets masked)."""

    stack: str
    resources: tuple[Resource, ...]
    outputs: dict[str, Any] = field(default_factory=dict)

    def of_type(self, type_: str) -> list[Resource]:
        """The resources of one provider type."""
        return [resource for resource in self.resources if resource.type == type_]


def masked(value: Any, path: str = "") -> tuple[Any, list[str]]:
    """A value of a message with its secrets replaced, and the paths of those secrets."""
    if is_secret(value):
        return SECRET, [path]
    if isinstance(value, dict):
        pairs = {key: masked(part, f"{path}.{key}" if path else key) for key, part in sorted(value.items())}
        return {key: part for key, (part, _) in pairs.items()}, [at for _, found in pairs.values() for at in found]
    if isinstance(value, list):
        parts = [masked(part, f"{path}[{index}]") for index, part in enumerate(value)]
        return [part for part, _ in parts], [at for _, found in parts for at in found]
    # In messages every number is a float.
    return (int(value) if isinstance(value, float) and value.is_integer() else value), []


def is_secret(value: Any) -> bool:
    """Whether the whole of a value of a message is marked as a secret."""
    return isinstance(value, dict) and value.get(_SIGNATURE) == _SECRET_SIGNATURE


def objects(written: Any) -> list[dict[str, Any]]:
    """The objects of a list of inputs; none of what the engine will know only after an `up`."""
    return [one for one in written if isinstance(one, dict)] if isinstance(written, list) else []


def secret(value: str) -> dict[str, str]:
    """A value marked as a secret, as in messages."""
    return {_SIGNATURE: _SECRET_SIGNATURE, "value": value}


def in_order(resources: list[Resource]) -> tuple[Resource, ...]:
    """Parents before children, siblings by name: the order of registration varies from run to run."""
    children: dict[str, list[Resource]] = {}
    for resource in sorted(resources, key=lambda one: (one.name, one.type)):
        children.setdefault(resource.parent, []).append(resource)
    urns = {resource.urn for resource in resources}
    roots = [resource for parent, found in sorted(children.items()) if parent not in urns for resource in found]

    def with_children(resource: Resource) -> list[Resource]:
        below = children.get(resource.urn, [])
        return [resource, *(one for child in below for one in with_children(child))]

    return tuple(one for root in roots for one in with_children(root))
