"""Slack's mrkdwn as safe HTML: bold, code and links; everything else is text."""

import html
import re

from markupsafe import Markup

LINK = re.compile(r"<(https?://[^|<>\"\s]+)(?:\|([^<>]*))?>")
EMOJI = {
    ":rotating_light:": "\N{POLICE CARS REVOLVING LIGHT}",
    ":white_circle:": "\N{MEDIUM WHITE CIRCLE}",
    ":warning:": "\N{WARNING SIGN}",
}
"""The ones that our templates use; any other stays as it is written."""
BOLD = re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])")
CODE = re.compile(r"`([^`\n]+)`")


def render(text: str) -> Markup:
    """Return mrkdwn as HTML; the text is escaped first, so no HTML tag in it survives."""
    # Senders escape &, < and > except the brackets of a link, so an escaped bracket makes no link.
    parts, end = [], 0
    for link in LINK.finditer(text):
        anchor = f'<a href="{_safe(link[1])}" rel="noreferrer">{_safe(link[2] or link[1])}</a>'
        parts += [_marked(_safe(text[end : link.start()])), anchor]
        end = link.end()
    return Markup("".join([*parts, _marked(_safe(text[end:]))]))  # noqa: S704 - escaped above


def _safe(text: str) -> str:
    return html.escape(html.unescape(text), quote=True)


def _marked(safe: str) -> str:
    for name, sign in EMOJI.items():
        safe = safe.replace(name, sign)
    return CODE.sub(r"<code>\1</code>", BOLD.sub(r"<b>\1</b>", safe)).replace("\n", "<br>")
