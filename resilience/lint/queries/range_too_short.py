"""A range with few samples: after one lost scrape rate() returns nothing, and the rule does not fire.

A range of four scrapes has two samples left when two in a row are lost, as in a deploy. Left out on
purpose: the range and the step of a subquery, whose evaluations are made on the spot, so none is lost.
LogQL's ranges hold lines, not scrapes.
"""

from collections.abc import Iterator

import promql_parser as pp

from resilience.core.conventions import SCRAPE_SECONDS
from resilience.core.durations import spelt
from resilience.core.problems import Problem
from resilience.lint.context import Context, Lint
from resilience.promql.ast import nodes, series_name

_SCRAPES = 4


def _problems(context: Context) -> Iterator[Problem]:
    least = _SCRAPES * SCRAPE_SECONDS
    for rule in context.rules:
        for node in [one for tree in rule.trees for one in nodes(tree) if isinstance(one, pp.MatrixSelector)]:
            length = int(node.range.total_seconds())
            if length < least:
                name = series_name(node.vector_selector)
                what = f'"{name}[{spelt(length)}]" is shorter than {_SCRAPES} scrapes'
                yield rule.problem("expr", what, f"write {spelt(least)} or more")


LINT = Lint(
    "range-too-short",
    f"A range shorter than {_SCRAPES} scrapes, {SCRAPE_SECONDS} s apart: one lost scrape leaves too few samples.",
    f"`[{spelt(_SCRAPES * SCRAPE_SECONDS)}]` or more; the step of a subquery may be shorter.",
    _problems,
)
