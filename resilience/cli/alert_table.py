"""The alerts as rows, for the terminal and for the README."""

from pathlib import Path

from resilience.core.durations import in_words, seconds
from resilience.model.alert import Alert
from resilience.model.catalogue import Catalogue

HEAD = ("alert", "tier", "owner", "fires when", "notifies within", "impact on users")
_ANYWHERE = {"url": "the platform", "environment": "that environment"}


def rows(root: Path) -> list[tuple[str, ...]]:
    """One row for each alert, by tier, then by id."""
    alerts = Catalogue.load(root).alerts
    return [_row(alert) for alert in sorted(alerts, key=lambda one: (one.tier, one.id))]


def _row(alert: Alert) -> tuple[str, ...]:
    tiers = [alert.tier.value, *([alert.escalation.tier.value] if alert.escalation else [])]
    tiers += [f"calibrating until {alert.calibrating_until}"] if alert.calibrating_until else []
    when, impact = alert.text(alert.fires_when), alert.text(alert.impact, _ANYWHERE)
    within = in_words(seconds(alert.notify_within))
    return alert.id, ", ".join(tiers), alert.owner, when, within, impact[:1].upper() + impact[1:]
