"""Slack's mrkdwn as safe HTML: bold, code, links and mentions; everything else is text."""

import html
import re

from markupsafe import Markup

BRACKETED = re.compile(
    r"<(?:(?P<link>https?://[^|<>\"\s]+)|!(?P<all>channel|here|everyone)|(?:@|!subteam\^)(?P<who>[A-Z0-9]+))"
    r"(?:\|(?P<label>[^<>]*))?>"
)
EMOJI = {
    ":rotating_light:": "\N{POLICE CARS REVOLVING LIGHT}",
    ":white_circle:": "\N{MEDIUM WHITE CIRCLE}",
    ":warning:": "\N{WARNING SIGN}",
}
"""The ones that our templates use; any other stays as it is written."""
BOLD = re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])")
CODE = re.compile(r"`([^`\n]+)`")

FOLD_BREAKS, FOLD_CHARACTERS = 5, 700
"""Slack shows an attachment's text up to its fifth line break or 700th character, and hides the rest behind
"Show more". How it counts a link is not known: here its address counts."""


def fold(text: str) -> tuple[str, str]:
    """Return what Slack shows of an attachment's text at once, and what it folds away; no link is cut in two."""
    shown = "\n".join(text.split("\n")[:FOLD_BREAKS])
    if len(shown) > FOLD_CHARACTERS:
        end = max(shown.rfind(" ", 0, FOLD_CHARACTERS), shown.rfind("\n", 0, FOLD_CHARACTERS))
        shown = shown[: end if end > 0 else FOLD_CHARACTERS]
    return shown, text[len(shown) :].strip()


def render(text: str) -> Markup:
    """Return mrkdwn as HTML; the text is escaped first, so no HTML tag in it survives."""
    # Senders escape &, < and > except the brackets of a link or a mention, so an escaped bracket makes none.
    parts, end = [], 0
    for found in BRACKETED.finditer(text):
        parts += [_marked(_safe(text[end : found.start()])), _link(found) if found["link"] else _mention(found)]
        end = found.end()
    return Markup("".join([*parts, _marked(_safe(text[end:]))]))  # noqa: S704 - escaped above


def _link(found: re.Match[str]) -> str:
    return f'<a href="{_safe(found["link"])}" rel="noreferrer">{_safe(found["label"] or found["link"])}</a>'


def _mention(found: re.Match[str]) -> str:
    shown = found["label"] or found["all"] or found["who"]
    return f'<span class="mention">@{_safe(shown.removeprefix("@"))}</span>'


def _safe(text: str) -> str:
    return html.escape(html.unescape(text), quote=True)


def _marked(safe: str) -> str:
    for name, sign in EMOJI.items():
        safe = safe.replace(name, sign)
    return CODE.sub(r"<code>\1</code>", BOLD.sub(r"<b>\1</b>", safe)).replace("\n", "<br>")
