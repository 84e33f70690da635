"""JSON from files and from services: what Python would stumble over later is rejected when it is read."""

import json
from collections.abc import Iterable
from typing import Any, NoReturn

from resilience.core.problems import BadInputError, Problem

_DEEPEST = 100


def loaded(text: str, name: str, instead: str) -> Any:
    """The value; problems call its source `name`.

    Raises:
        BadInputError: it is no JSON, is nested too deep, or holds what is no number and no text.
    """
    what = f"is nested more than {_DEEPEST} levels deep"
    try:
        value = json.loads(text, parse_constant=_reject)
        if not _is_deep(value):
            _check_texts(value, text)
            return value
    except RecursionError:
        pass
    except UnicodeEncodeError:
        what = "has half of a surrogate pair in a text"
    except ValueError:
        what = "is not JSON"
    raise BadInputError([Problem(name, "(whole file)", what, instead)])


def _check_texts(value: Any, written: str) -> None:
    """Raise UnicodeEncodeError if a text has half of a surrogate pair, which can neither be printed nor written."""
    if "\\ud" in written.lower():
        json.dumps(value, ensure_ascii=False).encode()


def _reject(_constant: str) -> NoReturn:
    """NaN and Infinity are no JSON, although Python reads them."""
    raise ValueError


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        level = [child for one in level for child in _children(one)]
    return bool(level)


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
