"""Text from outside, made harmless: every such text passes `plain` before it lands in an issue, Slack or a log.

Whoever answers for a target chooses the text that the probe reports. In an issue, `<!--` could forge a mark and
`@team` would notify people; in a log, `::` and `##[` are commands to the runner; a bare URL becomes a link. A body or
an address may quote a credential.
"""

import re

from probe.redaction import redacted

_READ = 4096
"""Characters that are looked at; no more than a few lines are ever shown."""
_LONGEST = 165
"""A status and 160 characters of reasons."""
_MARKUP = str.maketrans({"<": "‹", ">": "›", "@": "＠", "`": "'"})  # noqa: RUF001  # look-alikes on purpose
_LINK_OR_COMMAND = re.compile(r"(?<=:)(?=:|//)|(?<=#)(?=#\[)")


def plain(text: str) -> str:
    """One line of at most 165 printable characters, without secret, markup, mention, link or command; idempotent."""
    text = redacted(text[:_READ])
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    line = _LINK_OR_COMMAND.sub(" ", " ".join(text.split()).translate(_MARKUP))
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def code(text: str) -> str:
    """A plain text as Markdown and Slack quote it: neither reads anything in it."""
    return f"`{plain(text) or '-'}`"
