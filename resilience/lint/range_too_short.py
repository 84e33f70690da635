"""A range that holds few samples: one lost scrape leaves rate() nothing to count, and the rule is silent.

Four scrapes keep two samples when two in a row are lost, as in a deploy. Left out on purpose: the
range and the step of a subquery, which count evaluations that are made on the spot and lose none.
LogQL's ranges hold lines, not scrapes.
"""

from collections.abc import Iterator

import promql_parser as pp

from resilience.lint.declared import Declared, Lint
from resilience.model.conventions import SCRAPE_SECONDS, spelt
from resilience.model.faults import Fault
from resilience.model.syntax import nodes, series_name

_SCRAPES = 4


def _faults(declared: Declared) -> Iterator[Fault]:
    least = _SCRAPES * SCRAPE_SECONDS
    for rule in declared.rules:
        for node in [one for tree in rule.trees for one in nodes(tree) if isinstance(one, pp.MatrixSelector)]:
            wide = int(node.range.total_seconds())
            if wide < least:
                name = series_name(node.vector_selector)
                problem = f'"{name}[{spelt(wide)}]" is shorter than {_SCRAPES} scrapes'
                yield rule.fault("expr", problem, f"write {spelt(least)} or more")


LINT = Lint(
    "range-too-short",
    f"A range shorter than {_SCRAPES} scrapes, which are {SCRAPE_SECONDS} s apart: one lost leaves too few samples.",
    f"`[{spelt(_SCRAPES * SCRAPE_SECONDS)}]` or more; the step of a subquery may be shorter.",
    _faults,
)
