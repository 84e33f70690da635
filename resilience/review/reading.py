"""Reads what is compared and shown: manifests, budgets and previews, each in the shape that its readers need.

They were written by this program and by the engine, but in another checkout, perhaps by somebody else's code.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, RootModel

from resilience.core import json_texts
from resilience.core.files import read_text
from resilience.core.problems import BadInputError, Model, Problem, validated

JsonObject = Mapping[str, Any]
UNKNOWN = "[unknown]"
"""What the engine will know only after an `up`."""
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"  # how the engine writes it
# Without the value, which may be a secret.
_OTHER_SHAPE = "is missing or of another type"
_MOST = 20


class _Written(BaseModel):
    """The keys that are read; all others are kept as they are."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True, strict=True)


class _Resource(_Written):
    type: str
    name: str
    stack: str
    inputs: dict[str, Any]


class _Line(_Written):
    limit: str
    unit: str
    used: FiniteFloat
    allowed: FiniteFloat


class _Step(_Written):
    """`detailedDiff` and `diffReasons` name what differs. The states may be anything: their readers look again."""

    op: str
    urn: Annotated[str, Field(pattern=r"^urn:pulumi:[^:]+::[^:]+::.+::")]
    detailedDiff: dict[str, Any] | None = None  # noqa: N815  # as the engine spells it
    diffReasons: list[Any] | None = None  # noqa: N815  # the same


class _Diagnostic(_Written):
    severity: str | None = None
    message: str | None = None
    urn: str | None = None


class _PreviewFile(_Written):
    steps: list[_Step] | None = None
    diagnostics: list[_Diagnostic] | None = None
    changeSummary: dict[str, int] | None = None  # noqa: N815  # as the engine spells it


def read_manifest(path: Path) -> list[JsonObject]:
    """The resources of a manifest.

    Raises:
        BadInputError: the file is not what `resilience manifest --json` writes.
    """
    found: list[JsonObject] = _read(path, RootModel[list[_Resource]], "write it with `resilience manifest --json`")
    return found


def read_budget(path: Path) -> list[JsonObject]:
    """The lines of a budget.

    Raises:
        BadInputError: the file is not what `resilience budget --json` writes.
    """
    found: list[JsonObject] = _read(path, RootModel[list[_Line]], "write it with `resilience budget --json`")
    return found


def read_preview(path: Path) -> JsonObject:
    """A preview, also one of an engine that failed.

    Raises:
        BadInputError: the file is not what `pulumi preview --json` writes.
    """
    found: JsonObject = _read(path, _PreviewFile, "write it with `pulumi preview --json`")
    return found


def _read(path: Path, shape: type[Model], instead: str) -> Any:
    text = read_text(path, str(path), instead)
    if not text.strip():
        what = "is empty: what should have written it failed"
        raise BadInputError([Problem(str(path), "(whole file)", what, "read its error, printed above")])
    data = json_texts.loaded(text.replace(_UNKNOWN, UNKNOWN), str(path), instead)
    try:
        validated(shape, data, str(path))
    except BadInputError as error:
        found = [Problem(one.file, one.path, _OTHER_SHAPE, instead) for one in error.problems[:_MOST]]
        raise BadInputError(found) from None
    return data
