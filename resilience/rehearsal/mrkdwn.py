"""Slack's mrkdwn as safe HTML: bold, code and links; everything else is text."""

import html
import re

from markupsafe import Markup

LINK = re.compile(r"&lt;(https?://[^|&\s]+(?:&amp;[^|&\s]+)*)(?:\|(.*?))?&gt;")
BOLD = re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])")
CODE = re.compile(r"`([^`\n]+)`")


def render(text: str) -> Markup:
    """Return mrkdwn as HTML; the text is escaped first, so no tag of its own survives."""
    # Slack's senders escape &, < and > themselves, save for the brackets of a link.
    safe = html.escape(html.unescape(text), quote=True)
    linked = LINK.sub(lambda m: f'<a href="{m[1]}" rel="noreferrer">{m[2] or m[1]}</a>', safe)
    marked = CODE.sub(r"<code>\1</code>", BOLD.sub(r"<b>\1</b>", linked))
    return Markup(marked.replace("\n", "<br>"))  # noqa: S704 - escaped above
