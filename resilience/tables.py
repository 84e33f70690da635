"""Tables that stand in the README, made from the catalogue and the commands themselves."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from resilience.model.catalogue import ROOT, Alert, Catalogue, Delivery, Hours
from resilience.model.promql import filled

_HEAD = ("alert", "tier", "owner", "fires when", "told within", "what the user sees")
_ANYWHERE = {"url": "the platform", "environment": "that environment"}
_BLOCK = re.compile(r"(<!-- begin: (?P<name>[a-z]+) -->\n).*?(<!-- end: (?P=name) -->)", re.DOTALL)


def _row(alert: Alert) -> tuple[str, ...]:
    tiers = [alert.tier.value, *([alert.escalation.tier.value] if alert.escalation else [])]
    return (
        alert.id,
        ", ".join(tiers),
        alert.owner,
        alert.fires_when,
        alert.told_within,
        filled(alert.user_sees, _ANYWHERE),
    )


def _rows(root: Path) -> list[tuple[str, ...]]:
    alerts = Catalogue.load(root).alerts
    return [_row(alert) for alert in sorted(alerts, key=lambda one: (one.tier, one.id))]


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of Markdown."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def alerts_markdown(root: Path) -> str:
    """Alerts by tier; each id links to its runbook."""
    return markdown(_HEAD, [(f"[`{row[0]}`](runbooks/{row[0]}.md)", *row[1:]) for row in _rows(root)])


def alerts_text(root: Path) -> str:
    """The same, aligned for a terminal."""
    return "\n".join(aligned([_HEAD, *_rows(root)]))


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of the same number of cells, as lines with straight columns."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [[f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)] for row in rows]
    return ["  ".join(line).rstrip() for line in lines]


def tiers_markdown(root: Path) -> str:
    """Every way a message may take."""
    routing = Catalogue.load(root).routing
    ways: list[tuple[str, str, Delivery]] = [(tier.value, way.meaning, way) for tier, way in routing.tiers.items()]
    ways += [
        ("any", "Any alert of another environment", routing.elsewhere),
        ("any", "A rule of production got no data or an error", routing.blind),
    ]
    return markdown(("tier", "meaning", "channel", "when", "repeats", "promise"), [_way(*way) for way in ways])


def _way(tier: str, meaning: str, way: Delivery) -> tuple[str, ...]:
    when = "at once" if way.hours is Hours.ALWAYS else "in the owner's business hours"
    promise = filled(way.promise, {"owner": "The owner"})
    return (tier, meaning, f"`#sv0-{way.channel}`", when, way.repeat_interval, promise)


def commands_markdown(_root: Path) -> str:
    """Every command with the first sentence of its help."""
    from resilience.cli import main

    rows = [(f"`resilience {name}`", command.get_short_help_str(limit=200)) for name, command in main.commands.items()]
    return markdown(("command", "does"), rows)


def budget_markdown(root: Path) -> str:
    """Use against the free tier's limits; runs the program."""
    from resilience.budget import Facts, display, lines

    return markdown(display.HEAD, [display.cells(line) for line in lines(Facts.gather(root))])


TABLES: dict[str, Callable[[Path], str]] = {
    "alerts": alerts_markdown,
    "tiers": tiers_markdown,
    "commands": commands_markdown,
    "budget": budget_markdown,
}


def sizing_markdown(root: Path) -> str:
    """What so many services send, for the page about leaving Grafana Cloud."""
    from resilience import sizing

    return markdown(sizing.HEAD, sizing.rows(root))


LEAVING = "docs/leaving-grafana-cloud.md"


def readme(root: Path = ROOT) -> str:
    """The README with every table as it must be.

    Raises:
        KeyError: a block names no table.
    """
    return _page("README.md", TABLES, root)


def leaving(root: Path = ROOT) -> str:
    """The page about leaving Grafana Cloud, with its table as it must be."""
    return _page(LEAVING, {"sizing": sizing_markdown}, root)


def _page(name: str, tables: dict[str, Callable[[Path], str]], root: Path) -> str:
    text = (root / name).read_text(encoding="utf-8")
    return _BLOCK.sub(lambda block: f"{block[1]}{tables[block['name']](root)}\n{block[3]}", text)
