"""Read a Slack message as its reader does: which alert, which environment, which tier, on or off.

Only what the message shows counts, so a template that forgets the tier fails the rehearsal.
"""

import re
from dataclasses import dataclass
from typing import Any

from resilience.core.conventions import STATE_ALERTS, Channel
from resilience.rehearsal.exported import ExportedAlert
from resilience.rehearsal.scenario.scenario import AlertKey

TIER = re.compile(r"\bP[123]\b")
RESOLVED = re.compile(r"\b(resolved|recovered)\b", re.IGNORECASE)
FIRING = re.compile(r"\b(firing|fires)\b", re.IGNORECASE)
NO_DATA = "cannot be evaluated"
"""What the title says of a rule without data or with an error."""
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
    def state(self) -> str:
        """Return which way the alert went."""
        return "resolved" if self.resolved else "firing"


def read(message: Message, alerts: tuple[ExportedAlert, ...]) -> ParsedMessage:
    """Read a message with the names of the exported alerts at hand."""
    title, text = title_of(message), text_of(message)
    tiers = TIER.findall(title) or TIER.findall(text)
    return ParsedMessage(
        message=message,
        key=_no_data(title, alerts) or _key(title, alerts) or _key(f"{title}\n{text}", alerts),
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


def _no_data(title: str, alerts: tuple[ExportedAlert, ...]) -> AlertKey | None:
    """Return Grafana's alert for a rule without data; its title names the rule and says NO_DATA."""
    if not _has_word(title, NO_DATA):
        return None
    named = {one.key for one in alerts if one.name == STATE_ALERTS[0] and _has_word(title, one.key.environment)}
    return named.pop() if len(named) == 1 else None


def _has_word(text: str, word: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text) is not None


def _resolved(message: Message, title: str) -> bool:
    if RESOLVED.search(title) or FIRING.search(title):
        return FIRING.search(title) is None
    return colour_of(message).lower() in GREEN
