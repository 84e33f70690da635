"""The text of the one comment on a pull request; `gh pr comment` writes it."""

import re
from collections.abc import Sequence
from pathlib import Path

_LONGEST_PREVIEW = 14_000


def body(changes: Path, previews: Sequence[Path]) -> str:
    """Changes first, then each preview, shortened in its middle; missing files are named as missing."""
    head = _text(changes) or "The list of changes is missing: see the run."
    return "\n\n".join([head.rstrip(), *(_folded(path) for path in previews)])


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def _folded(path: Path) -> str:
    text = _text(path).strip() or "There is no preview: see the run."
    if len(text) > _LONGEST_PREVIEW:
        half = _LONGEST_PREVIEW // 2
        text = f"{text[:half]}\n… shortened: see the run …\n{text[-half:]}"
    # A fence longer than any in the text cannot be closed by it.
    fence = "`" * (1 + max([2, *map(len, re.findall("`+", text))]))
    return f"<details><summary>pulumi preview: {path.stem}</summary>\n\n{fence}\n{text}\n{fence}\n</details>"
