"""Slack's mrkdwn as safe HTML: bold, code and links; everything else is text."""

import html
import re

from markupsafe import Markup

LINK = re.compile(r"&lt;(https?://[^|&\s]+(?:&amp;[^|&\s]+)*)(?:\|(.*?))?&gt;")
EMOJI = {
    ":rotating_light:": "\N{POLICE CARS REVOLVING LIGHT}",
    ":white_check_mark:": "\N{WHITE HEAVY CHECK MARK}",
    ":warning:": "\N{WARNING SIGN}",
}
"""Those that our templates use; another one stays as it is written."""
BOLD = re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])")
CODE = re.compile(r"`([^`\n]+)`")


def render(text: str) -> Markup:
    """Return mrkdwn as HTML; the text is escaped first, so no tag of its own survives."""
    # Slack's senders escape &, < and > themselves, save for the brackets of a link.
    safe = html.escape(html.unescape(text), quote=True)
    parts, end = [], 0
    for link in LINK.finditer(safe):
        anchor = f'<a href="{link[1]}" rel="noreferrer">{link[2] or link[1]}</a>'
        parts += [_marked(safe[end : link.start()]), anchor]
        end = link.end()
    return Markup("".join([*parts, _marked(safe[end:])]))  # noqa: S704 - escaped above


def _marked(safe: str) -> str:
    for name, sign in EMOJI.items():
        safe = safe.replace(name, sign)
    return CODE.sub(r"<code>\1</code>", BOLD.sub(r"<b>\1</b>", safe)).replace("\n", "<br>")
