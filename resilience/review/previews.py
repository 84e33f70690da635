"""What `pulumi preview --json` would change: only names are printed, because values may be secret."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from resilience.core.problems import BadInputError, Problem
from resilience.manifest import types
from resilience.review import failures
from resilience.review.reading import JsonObject

_NOTHING = ("same", "read", "refresh")
_TOKEN = f"{types.ROTATING_TOKEN} telemetry-access-token"
# The secrets that hold the token, and the rule that contains its end.
_HOLDERS = re.compile(
    rf"({types.ACTIONS_SECRET}|{types.ENVIRONMENT_SECRET}) github-secrets-\S*_TOKEN(_[A-Z0-9_]+)?"
    rf"|{types.RULE_GROUP} alert-rules-credential-expiring"
)
_RENEWED = ("replace", "create-replacement", "delete-replaced")
_END = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
# How the engine writes a value that it will know only after an `up`.
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


@dataclass(frozen=True)
class PreviewStep:
    """One change that the engine would make.

    Attributes:
        fields: what differs, if the engine names it.
        before: the inputs as they are, and `after` as they would be; empty if there are none.
    """

    stack: str
    op: str
    type: str
    name: str
    fields: tuple[str, ...] = ()
    before: JsonObject = field(default_factory=dict, repr=False, compare=False)
    after: JsonObject = field(default_factory=dict, repr=False, compare=False)

    def __str__(self) -> str:
        """As `production: update slack-alerts (ContactPoint): slacks`."""
        fields = f": {', '.join(self.fields)}" if self.fields else ""
        return f"{self.stack}: {self.op} {self.name} ({self.type.rpartition(':')[2]}){fields}"

    @property
    def is_renewal(self) -> bool:
        """Whether it replaces the telemetry token."""
        return f"{self.type} {self.name}" == _TOKEN and self.op in _RENEWED

    @property
    def is_rotation(self) -> bool:
        """Whether it replaces the telemetry token, or updates what contains it and nothing else of that."""
        holder = _HOLDERS.fullmatch(f"{self.type} {self.name}")
        same = _without_end(self.before) == _without_end(self.after)
        return self.is_renewal or (self.op == "update" and bool(holder) and same)


@dataclass(frozen=True)
class Preview:
    """One preview of one stack.

    Attributes:
        problems: why the engine failed; `steps` are then those that it planned before.
        token_end: when the telemetry token that would be replaced expires; empty if none would be.
    """

    stack: str
    steps: tuple[PreviewStep, ...]
    problems: tuple[Problem, ...]
    token_end: str


def read(path: Path) -> Preview:
    """A preview, also one that failed.

    Raises:
        BadInputError: the file cannot be read, or is no preview.
    """
    try:
        text = path.read_text(encoding="utf-8")
        if not text.strip():
            raise _rejected(path, "is empty: the engine failed before its preview", "read its error, printed above")
        return _preview(json.loads(text.replace(_UNKNOWN, "[unknown]")), path)
    except OSError as error:
        raise _rejected(path, f"cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError, AttributeError, KeyError, TypeError):
        raise _rejected(path, "is not a preview") from None


def read_good(path: Path) -> Preview:
    """A preview that did not fail.

    Raises:
        BadInputError: the file cannot be read or is not a preview, or the preview failed.
    """
    found = read(path)
    if found.problems:
        raise BadInputError(found.problems)
    return found


def steps(path: Path) -> list[PreviewStep]:
    """The changes of a preview that did not fail."""
    return list(read_good(path).steps)


def stack_of(path: Path) -> str:
    """The stack in the name of a file, as in `drift-production.json`."""
    return path.stem.partition("-")[2] or path.stem


def only_rotation(found: Iterable[PreviewStep]) -> bool:
    """Whether every change is part of a rotation; a rule changes only together with the token."""
    found = list(found)
    renewed = any(step.is_renewal for step in found)
    return all(step.is_rotation and (renewed or step.type != types.RULE_GROUP) for step in found)


def _without_end(inputs: JsonObject) -> list[JsonObject]:
    """The rules of a group without what contains the end of the token: the expression, and the link that shows it."""
    return [
        rule
        | {"datas": [data | {"model": ""} for data in rule["datas"]]}
        | {"annotations": {**rule["annotations"], "explore_url": ""}}
        for rule in inputs.get("rules") or []
    ]


def _rejected(path: Path, what: str, instead: str = "write it with `pulumi preview --json`") -> BadInputError:
    return BadInputError([Problem(str(path), "(whole file)", what, instead)])


def _preview(found: JsonObject, path: Path) -> Preview:
    if "steps" not in found and not found.get("diagnostics"):
        raise _rejected(path, "has no steps: the engine failed before its preview", "read its error, printed above")
    written = found.get("steps") or []
    every = tuple(_step(step) for step in written)
    stack = every[0].stack if every else stack_of(path)
    ends = [_end(raw) for raw, step in zip(written, every, strict=True) if step.is_renewal and step.op not in _NOTHING]
    return Preview(
        stack=stack,
        steps=tuple(step for step in every if step.op not in _NOTHING),
        problems=tuple(failures.problems(found.get("diagnostics") or [], stack)),
        token_end=next(filter(None, ends), ""),
    )


def _end(step: JsonObject) -> str:
    outputs = (step.get("oldState") or {}).get("outputs") or {}
    end = str(outputs.get("expiresAt") or "")
    return end if _END.fullmatch(end) else "[unknown]"


def _step(raw: JsonObject) -> PreviewStep:
    """`urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`."""
    head, _, types, name = raw["urn"].split("::", 3)
    before, after = (_inputs(raw.get(key)) for key in ("oldState", "newState"))
    fields = raw.get("detailedDiff") or raw.get("diffReasons") or ()
    stack = head.removeprefix("urn:pulumi:")
    if not isinstance(raw["op"], str):
        raise TypeError
    return PreviewStep(stack, raw["op"], types.rpartition("$")[2], name, tuple(map(str, fields)), before, after)


def _inputs(state: Any) -> JsonObject:
    inputs = state.get("inputs") if isinstance(state, dict) else None
    return inputs if isinstance(inputs, dict) else {}
