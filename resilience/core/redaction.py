"""Text without credentials and without people's addresses.

The expressions are generated from `catalogue/redaction.yaml` (`make golden`): this module also prints the errors of
whoever reads that file, so it cannot read it.
"""

import json
import re
import string
from functools import cache, lru_cache
from pathlib import Path

HIDDEN = "[hidden]"
_LIST = Path(__file__).with_suffix(".json")
_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE}
# Small letters alone are searched six times faster than with IGNORECASE (2026-11-28).
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


@lru_cache(maxsize=1024)  # a run sees the same few texts again and again
def redacted(text: str) -> str:
    """The text, with `[hidden]` for each part that may be secret; the time it takes grows with the text's length."""
    lower = text.translate(_LOWER)
    for needed, expression, flags in _rules():
        if needed.search(lower):
            text = _replaced(text, _compiled(expression, flags))
            lower = text.translate(_LOWER)
    return text


def is_secret_name(name: str) -> bool:
    """Whether a value of that name is secret whatever it looks like (`password`, `grafanaToken`)."""
    return bool(_named("secret", re.IGNORECASE).search(name)) and not _named("other", re.IGNORECASE).search(name)


def begins_like_a_token(text: str) -> bool:
    """Whether the beginning of a known issuer's tokens is in the text, however little follows."""
    return bool(_named("beginning").search(text))


def _replaced(text: str, expression: re.Pattern[str]) -> str:
    """Only what the groups of a match capture is replaced: the rest of a match shows what was there."""
    kept, end = [], 0
    for found in expression.finditer(text):
        for begin, after in found.regs[1:]:
            if begin >= end and begin < after:
                kept += [text[end:begin], HIDDEN]
                end = after
    return "".join([*kept, text[end:]])


@cache
def _rules() -> tuple[tuple[re.Pattern[str], str, int], ...]:
    """What a text must have in small letters, the expression that is tried on it then, and its flags."""
    rules = json.loads(_LIST.read_text(encoding="utf-8"))["rules"]
    return tuple(
        (re.compile(rule["needs"].lower(), re.ASCII), rule["expression"], _flags(rule["flags"])) for rule in rules
    )


@cache
def _compiled(expression: str, flags: int) -> re.Pattern[str]:
    """Compiling the 16 takes 45 ms, most of it for two that few texts need."""
    return re.compile(expression, flags)


@cache
def _named(which: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(json.loads(_LIST.read_text(encoding="utf-8"))["names"][which], re.ASCII | flags)


def _flags(letters: str) -> int:
    return int(sum((_FLAGS[letter] for letter in letters), re.ASCII))
