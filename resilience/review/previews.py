"""What `pulumi preview --json` would change: only names, because values may be secret."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from resilience.core.problems import BadInputError, Problem
from resilience.manifest import types

_NOTHING = ("same", "read", "refresh")
_REMEDY = "Run the workflow `up` to apply what is declared, or declare what was changed."
_TOKEN = f"{types.ROTATING_TOKEN} telemetry-access-token"
# The secrets that hold the token, and the rule that contains its end.
_HOLDERS = re.compile(
    rf"({types.ACTIONS_SECRET}|{types.ENVIRONMENT_SECRET}) github-secrets-\S*_TOKEN(_[A-Z0-9_]+)?"
    rf"|{types.RULE_GROUP} alert-rules-credential-expiring"
)


@dataclass(frozen=True)
class PreviewStep:
    """One change that the engine would make."""

    stack: str
    op: str
    type: str
    name: str

    def __str__(self) -> str:
        """As `production: update slack-alerts (ContactPoint)`."""
        return f"{self.stack}: {self.op} {self.name} ({self.type.rpartition(':')[2]})"

    @property
    def is_rotation(self) -> bool:
        """Whether it replaces the telemetry token, or updates what contains it."""
        subject = f"{self.type} {self.name}"
        return subject == _TOKEN or (self.op == "update" and bool(_HOLDERS.fullmatch(subject)))


def steps(path: Path) -> list[PreviewStep]:
    """The changes of a preview.

    Raises:
        BadInputError: the file cannot be read or is not a preview, or the preview failed.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        failed = [one for one in found.get("diagnostics") or [] if one.get("severity") == "error"]
        every = [_step(step["urn"], step["op"]) for step in found.get("steps") or []]
    except OSError as error:
        raise _rejected(path, f"cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError, AttributeError, KeyError, TypeError):
        raise _rejected(path, "is not a preview") from None
    if failed:
        raise _rejected(path, "the preview failed")
    return [step for step in every if step.op not in _NOTHING]


def _rejected(path: Path, what: str) -> BadInputError:
    return BadInputError([Problem(str(path), "(whole file)", what, "write it with `pulumi preview --json`")])


def _step(urn: str, op: str) -> PreviewStep:
    """`urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`."""
    head, _, types, name = urn.split("::", 3)
    return PreviewStep(head.removeprefix("urn:pulumi:"), op, types.rpartition("$")[2], name)


def only_rotation(found: Iterable[PreviewStep]) -> bool:
    """Whether every change is part of a rotation."""
    return all(step.is_rotation for step in found)


def message(subject: str, run: str, paths: Sequence[Path]) -> str:
    """Slack's payload: the names of what would change, or why they are not known."""
    lines: list[str] = []
    for path in paths:
        try:
            lines += map(str, steps(path))
        except BadInputError:
            lines.append(f"{path.stem}: the preview failed; see the run")
    listed = "\n".join(f"• {_escaped(line)}" for line in lines) or "• the run failed before the first preview"
    head = (
        f":information_source: P3: *{_escaped(subject)}*: what exists is not what is declared, or could not be compared"
    )
    return json.dumps({"text": f"{head}\n{listed}\n{_REMEDY}\n<{run}|Run>"})


def _escaped(text: str) -> str:
    """Slack's three escapes: without them `<!channel>` would notify everybody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
