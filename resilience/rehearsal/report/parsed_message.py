"""Read a Slack message as its reader does: which alert, which environment, which tier, on or off.

Only what the message shows counts, so a template that forgets the tier fails the rehearsal. A message about
several rules names one in each line; it is read once for each of them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from resilience.core.conventions import STATE_ALERTS, Channel
from resilience.rehearsal.exported import ExportedAlert
from resilience.rehearsal.scenario.scenario import AlertKey

TIER = re.compile(r"\bP[123]\b")
RESOLVED = re.compile(
    r"\b(resolved|recovered|check whether it is over|evaluated again|no longer reported|changed or paused)\b",
    re.IGNORECASE,
)
FIRING = re.compile(r"\b(firing|fires)\b", re.IGNORECASE)
MONITORING = re.compile(r"^P[123] \S+ monitoring: ")
"""How the title begins if a rule has no data or an error."""
NO_DATA = "returned no data"
"""What the text then says of a rule without data, and not of one with an error."""
LINE = re.compile(r"^:(?P<mark>rotating_light|white_circle|warning): \*?(?P<name>[^:*]+): ")
"""The line of one alert in a message about several rules."""
GREEN = frozenset({"good", "#2eb67d", "#36a64f"})


@dataclass(frozen=True)
class Message:
    """One accepted message: virtual second of arrival, channel, receiver, payload."""

    at: float
    channel: Channel
    receiver: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class ParsedMessage:
    """What a message says; a field is None when the message does not say it."""

    message: Message
    key: AlertKey | None
    tier: str | None
    resolved: bool

    @property
    def subject(self) -> str:
        """Return the alert in words."""
        return str(self.key) if self.key else f'an unreadable message "{title_of(self.message)}"'

    @property
    def recovered(self) -> bool:
        """Return whether the message calls the end of the alert a recovery: it is not in the colour of a warning."""
        return self.resolved and colour_of(self.message) != "warning"

    @property
    def state(self) -> str:
        """Return which way the alert went."""
        return "resolved" if self.resolved else "firing"


def read_all(messages: Iterable[Message], alerts: tuple[ExportedAlert, ...]) -> tuple[ParsedMessage, ...]:
    """Read messages in the order in which they arrived; of one about several rules, what is new in it."""
    known: dict[tuple[str, AlertKey | None], bool] = {}
    found: list[ParsedMessage] = []
    for message in sorted(messages, key=lambda one: one.at):
        every = _lines(message, alerts) or [read(message, alerts)]
        news = [one for one in every if known.get((message.receiver, one.key)) != one.resolved]
        # Nothing new at all is a repetition.
        found += news or every
        known |= {(message.receiver, one.key): one.resolved for one in every}
    return tuple(found)


def read(message: Message, alerts: tuple[ExportedAlert, ...]) -> ParsedMessage:
    """Read a message with the names of the exported alerts at hand."""
    title, text = title_of(message), text_of(message)
    # The title of a message about rules says how urgent that is, the text what the rules are for.
    tiers = (not MONITORING.search(title) and TIER.findall(title)) or TIER.findall(text)
    return ParsedMessage(
        message=message,
        key=_alert(title, text, alerts),
        tier=tiers[0] if len(set(tiers)) == 1 else None,
        resolved=_resolved(message, title),
    )


def title_of(message: Message) -> str:
    """Return the headline."""
    return str(_first(message).get("title") or message.payload.get("text") or "")


def text_of(message: Message) -> str:
    """Return the body, fields included."""
    attachment = _first(message)
    fields = (f"{f.get('title', '')} {f.get('value', '')}" for f in attachment.get("fields") or ())
    return "\n".join([str(attachment.get("text") or ""), *fields])


def colour_of(message: Message) -> str:
    """Return the attachment's colour as Slack names it, or its hex code."""
    return str(_first(message).get("color") or "")


def _first(message: Message) -> dict[str, Any]:
    attachments = message.payload.get("attachments") or [{}]
    return dict(attachments[0])


def _key(text: str, alerts: tuple[ExportedAlert, ...]) -> AlertKey | None:
    """Return the one alert that the text names, None when it is none or several."""
    named = {
        alert.key
        for alert in alerts
        if _has_word(text, alert.key.environment)
        and (_has_word(text, alert.key.alert_id) or _has_word(text, alert.name))
    }
    return named.pop() if len(named) == 1 else None


def _alert(title: str, text: str, alerts: tuple[ExportedAlert, ...]) -> AlertKey | None:
    if MONITORING.search(title):
        return _monitoring(title, text, alerts)
    return _key(title, alerts) or _key(f"{title}\n{text}", alerts)


def _monitoring(title: str, text: str, alerts: tuple[ExportedAlert, ...]) -> AlertKey | None:
    """Return Grafana's alert about a rule without data or with an error; its title says where."""
    places = {one.key.environment for one in alerts if _has_word(title, one.key.environment)}
    name = STATE_ALERTS[0] if NO_DATA in text else STATE_ALERTS[1]
    return AlertKey(name, places.pop()) if len(places) == 1 else None


def _lines(message: Message, alerts: tuple[ExportedAlert, ...]) -> list[ParsedMessage]:
    """Return what each line says, of a message whose lines name their alerts."""
    whole = read(message, alerts)
    found = [line for text in text_of(message).splitlines() if (line := LINE.match(text))]
    named = [(line, _key(f"{title_of(message)}\n{line['name']}", _named(line["name"], alerts))) for line in found]
    return [replace(whole, key=key, resolved=line["mark"] != "rotating_light") for line, key in named if key]


def _named(name: str, alerts: tuple[ExportedAlert, ...]) -> tuple[ExportedAlert, ...]:
    return tuple(one for one in alerts if one.name == name)


def _has_word(text: str, word: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text) is not None


def _resolved(message: Message, title: str) -> bool:
    if RESOLVED.search(title) or FIRING.search(title):
        return FIRING.search(title) is None
    return colour_of(message).lower() in GREEN
