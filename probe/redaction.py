"""Text without credentials and without people's addresses.

`redaction.json` is generated from `catalogue/redaction.yaml` (`make golden`), as it is for the command.
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
        kept, end = [], 0
        for found in expression.finditer(text):
            for begin, after in found.regs[1:]:
                if begin >= end and begin < after:
                    kept += [text[end:begin], HIDDEN]
                    end = after
        text = "".join([*kept, text[end:]])
    return text


@cache
def _expressions() -> tuple[re.Pattern[str], ...]:
    rules = json.loads(_LIST.read_text(encoding="utf-8"))["rules"]
    flags = [sum((_FLAGS[letter] for letter in rule["flags"]), re.ASCII) for rule in rules]
    return tuple(re.compile(rule["expression"], flag) for rule, flag in zip(rules, flags, strict=True))
