"""The budget for people (a table with a bar), for machines (JSON) and for the README."""

import json
from collections.abc import Sequence

import click

from resilience.budget.lines import Line, amount
from resilience.tables import aligned

HEAD = ("limit", "used", "allowed", "share", "costs most")
_BAR = 10
_NEARLY = 0.8  # where free-tier-headroom begins to warn


def cells(line: Line) -> tuple[str, ...]:
    """One row; the share of a limit that nobody published stays open."""
    allowed = amount(line.limit.limit) if line.limit else "not published"
    share = "?" if line.share is None else f"{line.share:.1%}"
    largest = f"{line.largest.name}: {amount(line.largest.amount)}" if line.largest else "-"
    return (line.unit, amount(line.used), allowed, share, largest)


def as_text(lines: Sequence[Line]) -> str:
    """Aligned for a terminal; click leaves the colours out where there is none."""
    head, *rows = aligned([HEAD, *(cells(line) for line in lines)])
    return "\n".join([f"{'':{_BAR}}  {head}", *(_row(line, row) for line, row in zip(lines, rows, strict=True))])


def _row(line: Line, row: str) -> str:
    share = line.share or 0
    full = min(_BAR, round(share * _BAR))
    colour = "red" if line.exceeded else "yellow" if share > _NEARLY else None
    return click.style(f"{'#' * full:.<{_BAR}}  {row}" + ("  OVER THE LIMIT" if line.exceeded else ""), fg=colour)


def as_json(lines: Sequence[Line]) -> str:
    """A list of lines with all their contributions; `allowed` and `share` are null where no limit is known."""
    return json.dumps([_object(line) for line in lines], indent=2)


def _object(line: Line) -> dict[str, object]:
    return {
        "limit": line.key,
        "unit": line.unit,
        "used": line.used,
        "allowed": line.limit.limit if line.limit else None,
        "share": line.share,
        "exceeded": line.exceeded,
        "source": line.limit.source if line.limit else None,
        "read": line.limit.read if line.limit else None,
        "costsMost": line.largest.name if line.largest else None,
        "contributions": [{"name": one.name, "amount": one.amount} for one in line.contributions],
    }
