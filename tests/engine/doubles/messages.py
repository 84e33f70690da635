"""Values in the messages between engine and provider: secrets are marked, unknown ones have a sentinel."""

from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct

from resilience.manifest.model import is_secret, secret

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def properties(message: Struct) -> dict[str, Any]:
    """The values of a message, secrets still marked."""
    found: dict[str, Any] = MessageToDict(message)
    return found


def message(values: dict[str, Any]) -> Struct:
    """A message with these values."""
    made = Struct()
    made.update(values)
    return made


def clear(value: Any) -> Any:
    """The value without its marks, at any depth."""
    if is_secret(value):
        return clear(value["value"])
    if isinstance(value, dict):
        return {key: clear(part) for key, part in value.items()}
    return [clear(part) for part in value] if isinstance(value, list) else value


def marked(values: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    """The values with some of them marked as secrets."""
    return {key: secret(clear(value)) if key in keys else value for key, value in values.items()}
