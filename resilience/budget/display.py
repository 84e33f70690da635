"""The budget for people (a table with a bar), for machines (JSON) and for the README."""

import json
from collections.abc import Sequence

from rich.progress_bar import ProgressBar
from rich.table import Table

from resilience.budget.lines import BudgetLine, amount

HEAD = ("limit", "used", "allowed", "share", "costs most")
_NUMBERS = ("used", "allowed", "share")
_BAR = 10
_NEARLY = 0.8  # where free-tier-headroom starts to warn


def cells(line: BudgetLine) -> tuple[str, ...]:
    """One row of the table."""
    largest = f"{line.largest.name}: {amount(line.largest.amount)}" if line.largest else "-"
    return (line.limit.unit, amount(line.used), amount(line.limit.limit), f"{line.share:.1%}", largest)


def as_table(lines: Sequence[BudgetLine]) -> Table:
    """A table with a bar for each line, for a terminal."""
    table = Table(box=None, pad_edge=False)
    for name in ("", *HEAD):
        table.add_column(name, justify="right" if name in _NUMBERS else "left")
    for line in lines:
        colour = "red" if line.exceeded else "yellow" if line.share > _NEARLY else "green"
        bar = ProgressBar(total=1, completed=min(line.share, 1), width=_BAR, complete_style=colour)
        row = cells(line)
        over = "  OVER THE LIMIT" if line.exceeded else "  over what we assume" if line.doubtful else ""
        over = "  over what we plan" if line.crowded else over
        table.add_row(bar, *row[:-1], row[-1] + over, style=colour if line.share > _NEARLY else "")
    return table


def as_json(lines: Sequence[BudgetLine]) -> str:
    """A list of lines with all their contributions."""
    return json.dumps([_object(line) for line in lines], indent=2)


def _object(line: BudgetLine) -> dict[str, object]:
    return {
        "limit": line.key,
        "unit": line.limit.unit,
        "used": line.used,
        "allowed": line.limit.limit,
        "share": line.share,
        "exceeded": line.exceeded,
        "assumed": line.limit.assumed,
        "source": line.limit.source,
        "read": line.limit.read,
        "costsMost": line.largest.name if line.largest else None,
        "contributions": [{"name": one.name, "amount": one.amount} for one in line.contributions],
    }
