"""The generated blocks of the runbooks: when an alert fires, and every number that the catalogue holds for it."""

from collections.abc import Iterator
from functools import cache
from math import ceil, inf

from resilience.core.conventions import SCRAPE_SECONDS, WATCHDOG, DataSource
from resilience.core.durations import DAY, HOUR, MINUTE, in_words, seconds
from resilience.core.text import filled, markdown
from resilience.model.alert import Alert, Threshold, Where
from resilience.model.catalogue import Catalogue, Hours, Route, RouteTiming

_SIGNS = {"gt": "above", "lt": "below"}
_OBJECTIVE, _MONTH = 0.995, 30 * DAY
"""Share of good requests that we aim at, and over how many seconds; no rule uses it."""
_BUDGET = (
    f"The objective is {100 * _OBJECTIVE:.12g} % good requests in {in_words(_MONTH)}, "
    f"so the error budget is {100 - 100 * _OBJECTIVE:.12g} % of them. With even traffic:"
)
_COSTS = ("requests that fail", "first message after", "error budget spent by then")
_BURSTS = (1.0, 0.2, 0.1)
"""Share of requests that fail."""
_LEAKS = ((0.02, inf), (0.03, inf), (0.05, inf), (1.0, 5.0))
"""Share of requests that fail, and requests an hour."""


def facts(alert_id: str) -> str:
    """The block of one runbook.

    Raises:
        KeyError: no alert has this id.
    """
    return block(_alerts()[alert_id], _catalogue())


def block(alert: Alert, catalogue: Catalogue) -> str:
    """When an alert fires, who answers, and all its numbers."""
    route = route_of(alert, catalogue)
    rows = [*_values(alert), *_times(alert, route), *_event(alert, catalogue), *_outside_production(alert, catalogue)]
    head = f"Fires when {alert.text(alert.fires_when)}. Tier {alert.tier}: {_response(alert, route, catalogue)}"
    return f"{head}\n\n{markdown(('what', 'value'), rows)}"


def _response(alert: Alert, route: RouteTiming, catalogue: Catalogue) -> str:
    if not isinstance(route, Route):
        return "no person reads its messages; when they stop, the address that waits for them speaks."
    return filled(route.response, {"owner": catalogue.owners[alert.owner].name})


def route_of(alert: Alert, catalogue: Catalogue) -> RouteTiming:
    """The route of its messages: in production, if it is declared there. The watchdog's leads to no channel."""
    routing = catalogue.routing
    if alert.id == WATCHDOG:
        return routing.watchdog
    if alert.calibrating_until and alert.environments is not Where.OTHERS:
        return routing.calibrating
    return routing.other_environments if alert.environments is Where.OTHERS else routing.tiers[alert.tier]


def bursts() -> str:
    """When high-error-rate reports an outage, and what that costs by then."""
    alert = _alerts()["high-error-rate"]
    rows = []
    for share in _BURSTS:
        after = _in_seconds(alert, "rate_over") * alert.threshold.value / share + _waits(alert)
        rows.append((_percent(share), _about(after, MINUTE), _spent(share * after)))
    return f"{_BUDGET}\n\n{markdown(_COSTS, rows)}"


def leaks() -> str:
    """When error-budget-burn reports a slow leak, and what that costs by then."""
    alert = _alerts()["error-budget-burn"]
    rows = []
    for share, hourly in _LEAKS:
        conditions = _leak_conditions(alert, share, hourly)
        last = max(conditions, key=lambda name: conditions[name])
        after = conditions[last] + _waits(alert)
        traffic = "" if hourly == inf else f", at {hourly:.0f} requests an hour"
        rows.append((_percent(share) + traffic, _about(after, 5 * MINUTE), _spent(share * after), last))
    never = f"A leak of {_percent(alert.threshold.value)} is never reported. It spends the error budget in "
    spends = f"{in_words((1 - _OBJECTIVE) * _MONTH / alert.threshold.value)}."
    return f"{_BUDGET}\n\n{markdown((*_COSTS, 'last condition met'), rows)}\n\n{never}{spends}"


def _leak_conditions(alert: Alert, share: float, hourly: float) -> dict[str, float]:
    """Seconds until each condition is met, by what it needs."""
    slot, part = _in_seconds(alert, "slot"), alert.threshold.value / share
    return {
        "share of `window`": _in_seconds(alert, "window") * part,
        # The share of the last slot must rise first; a step passes at worst before anybody looks.
        "`bad_for`": slot * part + _in_seconds(alert, "bad_for") + _in_seconds(alert, "step"),
        "`bad_requests`": float(alert.parameters["bad_requests"]) / (share * hourly) * HOUR,
    }


def _in_seconds(alert: Alert, parameter: str) -> float:
    return seconds(str(alert.parameters[parameter]))


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share < 1 else "100 %"


def _about(after: float, step: float) -> str:
    return f"about {in_words(ceil(after / step) * step)}"


def _spent(failing_seconds: float) -> str:
    return _percent(failing_seconds / ((1 - _OBJECTIVE) * _MONTH))


def _waits(alert: Alert) -> float:
    """Seconds at worst from a condition that holds to the message, in business hours."""
    return 2 * SCRAPE_SECONDS + seconds(alert.for_) + seconds(route_of(alert, _catalogue()).group_wait)


@cache
def _catalogue() -> Catalogue:
    return Catalogue.load()


@cache
def _alerts() -> dict[str, Alert]:
    return {alert.id: alert for alert in _catalogue().alerts}


def _values(alert: Alert) -> Iterator[tuple[str, str]]:
    yield "threshold", _compared(alert, alert.threshold)
    if alert.escalation:
        yield f"threshold of {alert.escalation.tier}", _compared(alert, alert.escalation.threshold)
    yield "pending time (`for`)", in_words(seconds(alert.for_)) if seconds(alert.for_) else "none"
    for name in alert.parameters:
        yield f"`{name}`", alert.text(f"${name}")


def _compared(alert: Alert, threshold: Threshold) -> str:
    is_share = "$threshold_percent" in alert.fires_when
    value = f"{100 * threshold.value:.12g} %" if is_share else f"{threshold.value:.12g}"
    return f"{_SIGNS[threshold.evaluator]} {value}"


def _times(alert: Alert, route: RouteTiming) -> Iterator[tuple[str, str]]:
    waits = isinstance(route, Route) and route.hours is Hours.BUSINESS
    outside = "; outside the owner's business hours: when those begin, if it still fires"
    when = outside if waits else ", at any hour"
    place = f"in `#sv0-{route.channel}`" if isinstance(route, Route) else "to the address outside"
    after = f"at most {in_words(seconds(alert.notify_within))} after the fault begins"
    yield "first message", f"{after}, {place}{when}"
    if waits:
        yield "what ends outside those hours", "is not announced. Slack's last message then still says that it fires"
    yield "besides the expression's own time", ", ".join(_named_waits(alert, route))
    yield "repeats after", in_words(seconds(route.repeat_interval))
    if not isinstance(route, Route):
        # Alertmanager compares the times at a flush, and the last message was a moment after one.
        every = seconds(route.repeat_interval) + seconds(route.group_interval)
        yield "so a sign of life comes every", in_words(every)


def _event(alert: Alert, catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    if alert.event:
        yield "as an event", f"also in `#sv0-{catalogue.routing.events.channel}`, at once and at any hour, its end too"


def _named_waits(alert: Alert, route: RouteTiming) -> Iterator[str]:
    is_scraped = alert.source is DataSource.METRICS and "probe_" not in alert.expr
    yield f"next scrape (up to {in_words(SCRAPE_SECONDS)})" if is_scraped else "arrival of the data"
    yield f"next evaluation (up to {in_words(SCRAPE_SECONDS)})"
    if seconds(alert.for_):
        yield f"pending time ({in_words(seconds(alert.for_))})"
    yield f"others of the same group (`group_wait`, {in_words(seconds(route.group_wait))})"


def _outside_production(alert: Alert, catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    route = catalogue.routing.other_environments
    if alert.environments is Where.ALL:
        yield "outside production", f"in `#sv0-{route.channel}`, at any hour. {route.response}"


def resolved(alert_id: str) -> str:
    """When Slack says "Resolved", for the section on recovery.

    Raises:
        KeyError: no alert has this id.
    """
    return end(_alerts()[alert_id], _catalogue())


def end(alert: Alert, catalogue: Catalogue) -> str:
    """From the value that is good again to the message. An Alertmanager forgets what ends while it is muted."""
    route = route_of(alert, catalogue)
    after = 2 * SCRAPE_SECONDS + seconds(alert.keep_firing_for or "0s") + seconds(route.group_interval)
    text = f"At most {in_words(after)} after the expression is good again"
    if isinstance(route, Route) and route.hours is Hours.BUSINESS:
        return f"{text}, in business hours. What ends outside them is not announced: look yourself."
    return f"{text}."
