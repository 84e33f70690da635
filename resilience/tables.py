"""Tables that stand in the README, made from the catalogue."""

from resilience.model.catalogue import Alert, Catalogue
from resilience.model.promql import filled

_HEAD = ("alert", "tier", "owner", "fires when", "what the user sees")
_ANYWHERE = {"url": "the platform", "environment": "that environment"}


def _row(alert: Alert) -> tuple[str, ...]:
    tiers = [alert.tier.value, *([alert.escalation.tier.value] if alert.escalation else [])]
    return (alert.id, ", ".join(tiers), alert.owner, alert.fires_when, filled(alert.user_sees, _ANYWHERE))


def _rows() -> list[tuple[str, ...]]:
    alerts = Catalogue.load().alerts
    return [_row(alert) for alert in sorted(alerts, key=lambda one: (one.tier, one.id))]


def alerts_markdown() -> str:
    """The README's table; each id links to its runbook."""
    head = [f"| {' | '.join(_HEAD)} |", f"| {' | '.join('---' for _ in _HEAD)} |"]
    rows = [f"| [`{row[0]}`](runbooks/{row[0]}.md) | {' | '.join(row[1:])} |" for row in _rows()]
    return "\n".join([*head, *rows])


def alerts_text() -> str:
    """The same, aligned for a terminal."""
    rows = [_HEAD, *_rows()]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    return "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
