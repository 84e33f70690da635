"""The HTML report of a rehearsal, one self-contained page: table, timelines, messages as Slack shows them."""

from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from resilience.core.durations import clock_face
from resilience.core.files import put
from resilience.rehearsal.report import mrkdwn
from resilience.rehearsal.report.parsed_message import Message, colour_of, text_of, title_of
from resilience.rehearsal.report.results import Results, expected_text, first_message
from resilience.rehearsal.report.timeline import timeline
from resilience.tools.errors import RehearsalError

COLOURS = {"danger": "#e01e5a", "good": "#2eb67d", "warning": "#ecb22e"}


def render_report(results: Results) -> str:
    """Return the page; pure except for the date."""
    environment = Environment(
        loader=PackageLoader("resilience.rehearsal", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        mrkdwn=mrkdwn.render, clock=clock_face, title_of=title_of, text_of=text_of, bar=_bar,
        first=first_message, expected_text=expected_text, timeline=timeline, link=_link,
    )  # fmt: skip
    now = f"{datetime.now(tz=UTC):%Y-%m-%d %H:%M} UTC"
    return environment.get_template("report.html.j2").render(results=results, now=now)


def write_report(results: Results, path: Path) -> None:
    """Write the page atomically; raises RehearsalError when the file cannot be written."""
    page = render_report(results)
    try:
        put(path, page)
    except OSError as error:
        msg = f"{path}: the report cannot be written: {error}; choose another file for --report"
        raise RehearsalError(msg) from error


def _bar(message: Message) -> str:
    """Return the CSS colour of a message's bar; grey unless it is a known name or hex."""
    colour = colour_of(message)
    is_hex = len(colour) == len("#000000") and colour[0] == "#" and colour[1:].isalnum()
    return COLOURS.get(colour, colour if is_hex else "#8d8d8d")


def _link(message: Message) -> str:
    """Return the headline's link, empty when it is no web address."""
    attachment = (message.payload.get("attachments") or [{}])[0]
    address = str(attachment.get("title_link") or "")
    return address if address.startswith(("https://", "http://")) else ""
