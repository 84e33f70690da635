"""Tables that stand in the README, made from the catalogue."""

from resilience.model.catalogue import Alert, Catalogue

_HEAD = ("alert", "tier", "owner", "fires when", "after", "what the user sees")


def _row(alert: Alert) -> tuple[str, ...]:
    level = alert.threshold
    condition = f"{'<' if level.evaluator == 'lt' else '>'} {level.value:g}"
    tier = alert.tier.value
    if alert.escalation:
        raised = alert.escalation.threshold
        tier += f", then {alert.escalation.tier}"
        condition += f", then {'<' if raised.evaluator == 'lt' else '>'} {raised.value:g}"
    return (alert.id, tier, alert.owner, condition, alert.for_, alert.user_sees)


def _rows() -> list[tuple[str, ...]]:
    tiers = Catalogue.load().alerts
    return [_row(alert) for alert in sorted(tiers, key=lambda one: (one.tier, one.id))]


def alerts_markdown() -> str:
    """The README's table; each id links to its runbook."""
    head = [f"| {' | '.join(_HEAD)} |", f"| {' | '.join('---' for _ in _HEAD)} |"]
    rows = [f"| [`{row[0]}`](runbooks/{row[0]}.md) | {' | '.join(row[1:])} |" for row in _rows()]
    return "\n".join([*head, *rows])


def alerts_text() -> str:
    """The same, aligned for a terminal."""
    rows = [_HEAD, *_rows()]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    return "\n".join("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
