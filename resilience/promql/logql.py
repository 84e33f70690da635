"""The stream selectors of LogQL, `{…}`. No Python library parses the rest; tests/logql checks its syntax.

Between its braces a stream selector is a PromQL selector without a name, so the PromQL parser reads
it. What is left to do here is to find the braces that do not stand in a text.
"""

import re
from typing import Any

from resilience.promql.ast import parsed

# A text in quotes (with escapes) or backticks, a comment, or a pair of braces that may hold texts.
_TEXT = r'"(?:\\.|[^"\\])*"|`[^`]*`'
_PART = re.compile(rf"{_TEXT}|#[^\n]*|(?P<stream>\{{(?:{_TEXT}|[^\"`}}])*\}})", re.DOTALL)


def streams(expr: str) -> list[Any]:
    """Each stream selector as the parser's node (`matchers`).

    Raises:
        ValueError: one of them is no selector.
    """
    return [parsed(part["stream"]) for part in _PART.finditer(expr) if part["stream"]]
