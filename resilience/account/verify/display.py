"""What `verify` found: a table on a terminal, one line each elsewhere, JSON for machines."""

import json
from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from resilience.account.verify.difference import LiveDifference

_KEYS = ("subject", "what", "remedy")


def as_table(found: Sequence[LiveDifference]) -> Table:
    """Differences, then notes."""
    table = Table("what", "differs", "what to do")
    for one in _sorted(found):
        table.add_row(*map(escape, one.hidden()), style="dim" if one.note else "")
    return table


def as_text(found: Sequence[LiveDifference]) -> str:
    """One line each; notes say so."""
    return "\n".join(f"note: {one}" if one.note else str(one) for one in _sorted(found))


def as_json(found: Sequence[LiveDifference]) -> str:
    """An object with both lists."""
    lists: dict[str, list[dict[str, str]]] = {"differences": [], "notes": []}
    for one in found:
        lists["notes" if one.note else "differences"].append(dict(zip(_KEYS, one.hidden(), strict=True)))
    return json.dumps(lists, indent=2)


def _sorted(found: Sequence[LiveDifference]) -> list[LiveDifference]:
    return sorted(found, key=lambda one: one.note)
