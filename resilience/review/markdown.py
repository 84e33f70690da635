"""Changes as Markdown for a comment on a pull request, not longer than GitHub accepts."""

import re
from collections.abc import Iterable, Iterator, Sequence

from resilience.core.problems import without_secrets
from resilience.core.redaction import HIDDEN, is_secret_name
from resilience.review.comparison import Change

_LONGEST_VALUE = 300
# Read of a value before it is redacted and cut to what is shown: half a credential would not be recognised.
_LONGEST_READ = 4_096
_INDEX = re.compile(r"(\[\d+\])+$")
_LEFT_BEHIND = (
    "**`Pulumi.{stack}.yaml` is gone, but deleting the file removes nothing:** run `pulumi destroy --stack {stack}` "
    "first; see docs/bootstrap.md, How to remove an environment."
)
# GitHub accepts 65,536 characters a comment; the previews need the rest.
_LONGEST = 30_000


def as_markdown(changes: Sequence[Change], removed: Sequence[str] = (), resets: Sequence[str] = ()) -> str:
    """A warning for each removed stack and each rule that is reset, then a table for each section with changes."""
    warnings = [_LEFT_BEHIND.format(stack=stack) for stack in removed] + [f"- {code(reset)}" for reset in resets]
    if not changes and not warnings:
        return "In what is declared no alert, route, limit or resource changes. Secrets are not compared.\n"
    return _shortened(_lines(changes, warnings), sum(max(1, len(change.details)) for change in changes))


def _lines(changes: Sequence[Change], warnings: Sequence[str]) -> Iterator[str]:
    """One by one, because hiding credentials takes long and most of a long list is not shown."""
    yield from warnings
    for place, section in enumerate(dict.fromkeys(change.section for change in changes)):
        yield from [""] if place or warnings else []
        yield from (f"### {section}", "", "| what | how | from | to |", "| --- | --- | --- | --- |")
        for change in changes:
            yield from _rows(change) if change.section == section else ()


def _rows(change: Change) -> Iterable[str]:
    if not change.details:
        yield f"| {code(change.subject)} | {change.kind} | | |"
    for field, old, new in change.details:
        yield f"| {code(change.subject)} | {code(field)} | {_value(field, old)} | {_value(field, new)} |"


def _value(field: str, value: str) -> str:
    """Under a name as `auth.password` or `tokens[0]` any value is secret, whatever it looks like."""
    name = _INDEX.sub("", field).rpartition(".")[2]
    return code(HIDDEN if value and (is_secret_name(name) or is_secret_name(name.removesuffix("s"))) else value)


def code(text: str) -> str:
    """Text that cannot end its cell or mention anybody; credentials are hidden."""
    line = " ".join(without_secrets(text[:_LONGEST_READ]).split()).replace("`", "'").replace("|", "\\|")
    line = line if len(line) <= _LONGEST_VALUE else f"{line[:_LONGEST_VALUE].rstrip(chr(92))}…"
    return f"`{line}`" if line else ""


def _shortened(lines: Iterator[str], rows: int) -> str:
    length = 0
    kept: list[str] = []
    for line in lines:
        length += len(line) + 1
        if length > _LONGEST:
            shown = sum(one.startswith("| `") for one in kept)
            kept.append(f"\n… and {rows - shown} rows more: run `resilience diff` for all.")
            break
        kept.append(line)
    return "\n".join(kept) + "\n"
