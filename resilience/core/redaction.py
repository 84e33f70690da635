"""Text without credentials and without people's addresses.

The expressions are generated from `catalogue/redaction.yaml` (`make golden`): this module also prints the errors of
whoever reads that file, so it cannot read it.
"""

import json
import re
from functools import cache
from pathlib import Path

HIDDEN = "[hidden]"
_LIST = Path(__file__).with_suffix(".json")
_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE}


def redacted(text: str) -> str:
    """The text, with `[hidden]` for each part that may be secret; the time it takes grows with the text's length."""
    for expression in _expressions():
        text = _replaced(text, expression)
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
def _expressions() -> tuple[re.Pattern[str], ...]:
    rules = json.loads(_LIST.read_text(encoding="utf-8"))["rules"]
    return tuple(re.compile(rule["expression"], _flags(rule["flags"])) for rule in rules)


@cache
def _named(which: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(json.loads(_LIST.read_text(encoding="utf-8"))["names"][which], re.ASCII | flags)


def _flags(letters: str) -> int:
    return int(sum((_FLAGS[letter] for letter in letters), re.ASCII))
