"""A ratio of single series: each is divided by itself, so one 500 in 30,000 requests reads as 100 %.

Both sides must be aggregated, and to the same labels unless on() or ignoring() says what to match.
"""

from collections.abc import Iterator
from typing import Any

import promql_parser as pp

from resilience.core.problems import Problem
from resilience.lint.context import Context, Lint
from resilience.promql.ast import children, is_scalar, nodes, operator, selectors
from resilience.promql.labels import LabelInference

# They select series and do not aggregate them.
_PICKING = ("topk", "bottomk", "limitk", "limit_ratio")


def _problems(context: Context) -> Iterator[Problem]:
    inference = LabelInference(context.series, surely=False)
    for rule in context.rules:
        for ratio in [one for tree in rule.trees for one in nodes(tree) if _is_ratio(one)]:
            bare = [side for side in (ratio.lhs, ratio.rhs) if not _is_aggregated(side)]
            left, right = inference.of(ratio.lhs), inference.of(ratio.rhs)
            if bare:
                what = f"a ratio of single series: {_sides(ratio, bare)} not aggregated"
                yield rule.problem("expr", what, "write sum by (environment) (…) on both sides")
            elif not _says_what_matches(ratio) and left != right:
                what = f"a ratio of {_named(left)} to {_named(right)} matches nothing"
                yield rule.problem("expr", what, "aggregate both sides by the same labels, or write on (…)")


def _is_ratio(node: Any) -> bool:
    """A division of series by series; a division by a constant is not a ratio."""
    return operator(node) == "/" and all(not is_scalar(side) and selectors(side) for side in (node.lhs, node.rhs))


def _is_aggregated(node: Any) -> bool:
    if isinstance(node, pp.AggregateExpr):
        return str(node.op) not in _PICKING or _is_aggregated(node.expr)
    if isinstance(node, pp.VectorSelector) or is_scalar(node):
        return is_scalar(node)
    below = [node.lhs] if operator(node) in {"and", "unless"} else children(node)
    return all(_is_aggregated(child) for child in below)


def _says_what_matches(node: Any) -> bool:
    return node.modifier is not None and node.modifier.matching is not None


def _sides(ratio: Any, bare: list[Any]) -> str:
    if len(bare) == 1:
        return "its upper side is" if bare[0] is ratio.lhs else "its lower side is"
    return "both sides are"


def _named(labels: frozenset[str]) -> str:
    return f"({', '.join(sorted(labels))})"


LINT = Lint(
    "ratio-not-aggregated",
    "A ratio whose sides are not both aggregated, to the same labels: each series is divided by itself or by "
    "nothing, and one 500 in 30,000 requests reads as 100 %.",
    "`sum by (environment) (…) / sum by (environment) (…)`.",
    _problems,
)
