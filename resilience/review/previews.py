"""What `pulumi preview --json` would change: only names are printed, because values may be secret."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from resilience.core.problems import BadInputError, Problem
from resilience.review import failures
from resilience.review.reading import JsonObject, read_preview

_NOTHING = ("same", "read", "refresh")
_END = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass(frozen=True)
class PreviewStep:
    """One change that the engine would make.

    Attributes:
        fields: what differs, if the engine names it.
        before: the inputs as they are, and `after` as they would be; empty if there are none.
        end: when what would be replaced expires, if it expires.
        depends: URNs from which the value of a secret comes; None if the engine does not say.
    """

    stack: str
    op: str
    type: str
    name: str
    fields: tuple[str, ...] = ()
    before: JsonObject = field(default_factory=dict, repr=False, compare=False)
    after: JsonObject = field(default_factory=dict, repr=False, compare=False)
    end: str = ""
    depends: tuple[str, ...] | None = None

    def __str__(self) -> str:
        """As `production: update slack-alerts (ContactPoint): slacks`."""
        fields = f": {', '.join(self.fields)}" if self.fields else ""
        return f"{self.stack}: {self.op} {self.name} ({self.type.rpartition(':')[2]}){fields}"


@dataclass(frozen=True)
class Preview:
    """One preview of one stack.

    Attributes:
        problems: why the engine failed; `steps` are then those that it planned before.
        whole: it lists what it counts; otherwise nothing follows from what is not listed.
    """

    stack: str
    steps: tuple[PreviewStep, ...]
    problems: tuple[Problem, ...]
    whole: bool


def read(path: Path) -> Preview:
    """A preview, also one that failed.

    Raises:
        BadInputError: the file cannot be read, or is no preview.
    """
    found = read_preview(path)
    written, diagnostics = found.get("steps"), found.get("diagnostics") or []
    every = tuple(map(_step, written or []))
    stack = every[0].stack if every else stack_of(path)
    problems = tuple(failures.problems(diagnostics, stack))
    if not problems and written is None:
        raise _rejected(path, "has no steps: the engine failed before its preview")
    changes = tuple(step for step in every if step.op not in _NOTHING)
    return Preview(stack, changes, problems, whole=not found.get("maybeCorrupt") and _is_whole(every, found))


def read_good(path: Path) -> Preview:
    """A whole preview that did not fail.

    Raises:
        BadInputError: the file cannot be read or is not a preview, or the preview failed.
    """
    found = read(path)
    if found.problems:
        raise BadInputError(found.problems)
    if not found.whole:
        raise _rejected(path, "lists less than a whole preview")
    return found


def steps(path: Path) -> list[PreviewStep]:
    """The changes of a preview that did not fail."""
    return list(read_good(path).steps)


def stack_of(path: Path) -> str:
    """The stack in the name of a file, as in `drift-production.json`."""
    return path.stem.partition("-")[2] or path.stem


def _rejected(path: Path, what: str) -> BadInputError:
    return BadInputError([Problem(str(path), "(whole file)", what, "read the engine's error, printed above")])


def _is_whole(steps: Sequence[PreviewStep], found: JsonObject) -> bool:
    """The engine counts, and lists as many changes as it counts, all of one stack."""
    counts, listed = found.get("changeSummary"), Counter(step.op for step in steps)
    if not isinstance(counts, dict) or not (counts or steps) or len({step.stack for step in steps}) > 1:
        return False
    return all(listed[op] >= count for op, count in counts.items() if op not in _NOTHING)


def _step(raw: JsonObject) -> PreviewStep:
    """`urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`."""
    head, _, types, name = raw["urn"].split("::", 3)
    old, new = (state if isinstance(state, dict) else {} for state in (raw.get("oldState"), raw.get("newState")))
    fields = raw.get("detailedDiff") or raw.get("diffReasons") or ()
    return PreviewStep(
        stack=head.removeprefix("urn:pulumi:"),
        op=raw["op"],
        type=types.rpartition("$")[2],
        name=name,
        fields=tuple(map(str, fields)),
        before=_object(old.get("inputs")),
        after=_object(new.get("inputs")),
        end=_end(_object(old.get("outputs"))),
        depends=_depends(new.get("propertyDependencies")),
    )


def _end(outputs: JsonObject) -> str:
    end = str(outputs.get("expiresAt") or "")
    return end if _END.fullmatch(end) else ""


def _depends(written: Any) -> tuple[str, ...] | None:
    if not isinstance(written, dict):
        return None
    urns = written.get("value")
    return tuple(map(str, urns)) if isinstance(urns, list) else ()


def _object(written: Any) -> JsonObject:
    return written if isinstance(written, dict) else {}
