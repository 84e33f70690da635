"""The generated block of each runbook: when the alert fires, with every number that the catalogue holds."""

from functools import cache

from resilience.core.conventions import SCRAPE_SECONDS
from resilience.core.durations import in_words, seconds
from resilience.core.text import filled, markdown
from resilience.model.alert import Alert
from resilience.model.catalogue import Catalogue, Hours, Route

_SIGNS = {"gt": "above", "lt": "below"}


def facts(alert_id: str) -> str:
    """The block of one runbook.

    Raises:
        KeyError: no alert has this id.
    """
    catalogue, alert = _catalogue(), _alerts()[alert_id]
    route, owner = catalogue.routing.tiers[alert.tier], catalogue.owners[alert.owner]
    head = f"Fires when {alert.text(alert.fires_when)}."
    tier = f"Tier {alert.tier}: {filled(route.response, {'owner': owner.name})}"
    return f"{head} {tier}\n\n{markdown(('what', 'value'), [*_values(alert), *_times(alert, route)])}"


@cache
def _catalogue() -> Catalogue:
    return Catalogue.load()


@cache
def _alerts() -> dict[str, Alert]:
    return {alert.id: alert for alert in _catalogue().alerts}


def _values(alert: Alert) -> list[tuple[str, str]]:
    sign, value = _SIGNS[alert.threshold.evaluator], f"{alert.threshold.value:.12g}"
    rows = [("threshold", f"{sign} {value}"), ("pending time (`for`)", in_words(seconds(alert.for_)))]
    if alert.escalation:
        higher = alert.escalation
        threshold = f"{_SIGNS[higher.threshold.evaluator]} {higher.threshold.value:.12g}"
        rows.append((f"threshold of {higher.tier}", threshold))
    return rows + [(f"`{name}`", alert.text(f"${name}")) for name in alert.parameters]


def _times(alert: Alert, route: Route) -> list[tuple[str, str]]:
    when = ", inside the owner's business hours" if route.hours is Hours.BUSINESS else ""
    until = [f"up to {in_words(SCRAPE_SECONDS)} {what}" for what in ("until the next scrape", "until the evaluation")]
    waits = [f"{in_words(seconds(alert.for_))} pending", f"{in_words(seconds(route.group_wait))} for others to join"]
    return [
        ("first message", f"within {in_words(seconds(alert.notify_within))} of the fault{when}"),
        ("of these", ", ".join([*until, *waits])),
        ("repeats", f"every {in_words(seconds(route.repeat_interval))}"),
    ]
