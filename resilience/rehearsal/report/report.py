"""The HTML report of a rehearsal: one page that loads nothing, with a summary, timelines and Slack's messages.

Its content policy allows the page's own style and script alone, by their hashes: what a message brings along
cannot run, and nothing can be fetched.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from jinja2 import Environment
from markupsafe import Markup

from resilience.core.durations import clock_face
from resilience.core.files import put
from resilience.rehearsal.report import mrkdwn, page
from resilience.rehearsal.report.entries import entries, results_of
from resilience.rehearsal.report.parsed_message import Message, colour_of, text_of, title_of
from resilience.rehearsal.report.promises import promised_alerts
from resilience.rehearsal.report.results import Results, expected_text
from resilience.rehearsal.report.timeline import timeline

COLOURS = {"danger": "#e01e5a", "good": "#2eb67d", "warning": "#ecb22e"}
"""Slack's own."""
GREY = "#8d8d8d"
_HEX = re.compile(r"#[0-9a-f]{6}")
NOTHING_PROMISED: Mapping[str, float] = MappingProxyType({})


def render_report(runs: Results | Sequence[Results], promised: Mapping[str, float] = NOTHING_PROMISED) -> str:
    """Return the page; pure except for the date.

    `runs` are one run or several: a scenario that was played live and in virtual time has one section with both.
    `promised` are the seconds to the first message by alert id, as the catalogue promises them.
    """
    several = (runs,) if isinstance(runs, Results) else tuple(runs)
    environment, found = _environment(), entries(several)
    sent = (parsed.message for entry in found for parsed in entry.received)
    style = Markup(page.source("report.css") + _bars(sent))  # noqa: S704 - ours, and checked colours
    script = Markup(page.source("report.js"))  # noqa: S704 - ours
    return environment.get_template("report.html.j2").render(
        runs=several,
        entries=found,
        bad=[entry for entry in found if not entry.good],
        alerts=promised_alerts(results_of(several), promised),
        seconds=sum(results.seconds for results in several),
        now=f"{datetime.now(tz=UTC):%Y-%m-%d %H:%M} UTC",
        style=style,
        script=script,
        policy=page.policy(style, script),
    )


def render_messages(messages: Mapping[str, Message]) -> str:
    """Return a page with these messages beside each other, by their names; pure."""
    style = Markup(page.source("report.css") + _bars(messages.values()))  # noqa: S704 - ours, and checked colours
    return (
        _environment()
        .get_template("messages.html.j2")
        .render(messages=messages, style=style, policy=page.policy(style))
    )


def write_report(
    runs: Results | Sequence[Results], path: Path, promised: Mapping[str, float] = NOTHING_PROMISED
) -> None:
    """Write the page atomically. Raises as `put` does."""
    put(path, render_report(runs, promised))


def _environment() -> Environment:
    environment = page.environment("resilience.rehearsal.report")
    environment.filters.update(
        mrkdwn=mrkdwn.render, fold=mrkdwn.fold, clock=clock_face, title_of=title_of, text_of=text_of, bar=_bar,
        intro=_intro, expected_text=expected_text, timeline=timeline, link=_link,
    )  # fmt: skip
    return environment


def _colour(message: Message) -> str:
    """Return the colour of a message's bar as hex; grey unless it is a known name or hex."""
    colour = colour_of(message).lower()
    return COLOURS.get(colour, colour if _HEX.fullmatch(colour) else GREY)


def _bar(message: Message) -> str:
    """Return the CSS class for the colour: the policy allows no style attributes."""
    return f"bar-{_colour(message)[1:]}"


def _bars(messages: Iterable[Message]) -> str:
    rules = {f".{_bar(message)} {{ border-color: {_colour(message)}; }}\n" for message in messages}
    return "".join(sorted(rules))


def _intro(message: Message) -> str:
    """Return what stands above the bar: the message's own text, where the headline is an attachment's."""
    attachment = _attachment(message)
    own = message.payload.get("text") if attachment.get("title") else ""
    return "\n".join(str(text) for text in (own, attachment.get("pretext")) if text)


def _link(message: Message) -> str:
    """Return the headline's link, empty when it is no web address."""
    address = str(_attachment(message).get("title_link") or "")
    return address if address.startswith(("https://", "http://")) else ""


def _attachment(message: Message) -> dict[str, object]:
    return dict((message.payload.get("attachments") or [{}])[0])
