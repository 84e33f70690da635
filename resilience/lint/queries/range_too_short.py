"""A range with few samples: after one lost scrape rate() returns nothing, and the rule does not fire.

A range of four scrapes has two samples left when two in a row are lost, as in a deploy. Left out on
purpose: the range and the step of a subquery, whose evaluations are made on the spot, so none is lost;
and functions for which one sample is enough. LogQL's ranges hold lines, not scrapes.
"""

from collections.abc import Iterator
from typing import Any

import promql_parser as pp

from resilience.core.conventions import SCRAPE_SECONDS
from resilience.core.durations import spelt
from resilience.core.problems import Problem
from resilience.lint.context import Context, Lint
from resilience.promql.ast import children, series_name

_SCRAPES = 4
_ONE_SAMPLE = ("last_over_time", "max_over_time", "min_over_time")


def _problems(context: Context) -> Iterator[Problem]:
    least = _SCRAPES * SCRAPE_SECONDS
    for rule in context.rules:
        for node in [one for tree in rule.trees for one in _ranges(tree)]:
            length = int(node.range.total_seconds())
            if length < least:
                name = series_name(node.vector_selector)
                what = f'"{name}[{spelt(length)}]" is shorter than {_SCRAPES} scrapes'
                yield rule.problem("expr", what, f"write {spelt(least)} or more")


def _ranges(node: Any) -> Iterator[Any]:
    """Every range of scrapes at or below the node that needs more than one of them."""
    if isinstance(node, pp.MatrixSelector):
        yield node
    for child in children(node):
        one_is_enough = isinstance(node, pp.Call) and node.func.name in _ONE_SAMPLE
        if not (one_is_enough and isinstance(child, pp.MatrixSelector)):
            yield from _ranges(child)


LINT = Lint(
    "range-too-short",
    f"A range shorter than {_SCRAPES} scrapes, {SCRAPE_SECONDS} s apart: one lost scrape leaves too few samples.",
    f"`[{spelt(_SCRAPES * SCRAPE_SECONDS)}]` or more; the step of a subquery may be shorter.",
    _problems,
)
