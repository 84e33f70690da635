"""Short texts that match an expression, and together take each of its branches."""

import re
import string
from collections.abc import Iterator
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

Nodes = list[tuple[Any, Any]]
_CHARACTERS = string.ascii_letters + string.digits + string.punctuation + string.whitespace


def samples(expression: str) -> list[str]:
    """The texts; a boundary is not regarded, so one or the other may not match."""
    return list(_texts(list(_parser.parse(expression, re.ASCII))))


def _texts(nodes: Nodes) -> Iterator[str]:
    """First the shortest choice everywhere, then each other choice once."""
    choices = [list(_choices(kind, what)) for kind, what in nodes]
    first = [each[0] for each in choices]
    yield "".join(first)
    for place, each in enumerate(choices):
        for other in each[1:]:
            yield "".join([*first[:place], other, *first[place + 1 :]])


def _choices(kind: Any, what: Any) -> Iterator[str]:
    if kind is _constants.LITERAL:
        yield chr(what)
    elif kind is _constants.AT:
        yield ""
    elif kind is _constants.BRANCH:
        for branch in what[1]:
            yield from _texts(list(branch))
    elif kind is _constants.SUBPATTERN:
        yield from _texts(list(what[-1]))
    elif kind in {_constants.MAX_REPEAT, _constants.MIN_REPEAT}:
        least, most, repeated = what
        yield from (text * times for times in (least, min(least + 1, most)) for text in _texts(list(repeated)))
    else:
        yield _one_of(kind, what)


def _one_of(kind: Any, what: Any) -> str:
    """A character of the class."""
    members = [(_constants.NEGATE, None), (_constants.LITERAL, what)] if kind is _constants.NOT_LITERAL else what
    negated = members[0][0] is _constants.NEGATE
    ranges = [one if name is _constants.RANGE else (one, one) for name, one in members[negated:]]
    return next(one for one in _CHARACTERS if any(low <= ord(one) <= high for low, high in ranges) != negated)
