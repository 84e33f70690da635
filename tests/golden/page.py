"""Writes the golden messages as a page: `make messages`; then look at it, on a telephone too."""

from collections.abc import Mapping
from pathlib import Path

from resilience.core.files import put
from resilience.model.catalogue import ROOT
from resilience.rehearsal.exported import channel_of
from resilience.rehearsal.report.parsed_message import Message
from resilience.rehearsal.report.report import render_messages

FOLDER = Path(__file__).parent / "files/messages"
PAGE = ROOT / "build/messages.html"
FORMS = (
    "firing",
    "event",
    "calibrating",
    "two",
    "grouped",
    "fifty",
    "resolved",
    "no-data",
    "error",
    "unrouted",
    "hostile",
)
"""How names of cases begin, in the order of the page; others come last."""


def reviewed() -> Mapping[str, Message]:
    """The messages of the golden files, by the names of their cases."""
    paths = sorted(FOLDER.glob("*.txt"), key=lambda path: (_form(path.stem), path.stem))
    return {path.stem: _message(path.read_text("utf-8")) for path in paths}


def _form(name: str) -> int:
    return next((place for place, form in enumerate(FORMS) if name.startswith(form)), len(FORMS))


def _message(written: str) -> Message:
    head, title, _, text = written.split("\n", 3)
    receiver, colour = head.split(", ")
    attachment = {"title": title, "text": text.removesuffix("\n"), "color": colour}
    return Message(0, channel_of(receiver), receiver, {"attachments": [attachment]})


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    put(PAGE, render_messages(reviewed()))
    print(PAGE)  # noqa: T201  # this is a command
