"""How many alert instances a rule can have at most: from its query and the telemetry contract."""

from collections.abc import Mapping
from typing import Any

import promql_parser

from resilience.promql.ast import parsed, selectors

_ONE_BY_NATURE = ("absent", "absent_over_time", "scalar", "vector", "time")
_ONE_PER_ENVIRONMENT = "sum by (environment) ("


def most_of_logql(expr: str) -> int | None:
    """One where the query begins as all of ours do; no library here parses LogQL."""
    return 1 if expr.strip().startswith(_ONE_PER_ENVIRONMENT) else None


def most_of_promql(expr: str, at_most: Mapping[str, int]) -> int:
    """Upper bound; `at_most` has the series of each metric, by the name that a query uses.

    Raises:
        ValueError: the expression does not parse.
        KeyError: it uses a series that the contract does not have.
    """
    return _most(parsed(expr), at_most)


def _most(node: Any, at_most: Mapping[str, int]) -> int:
    most = 1  # a number or a text
    match node:
        case promql_parser.VectorSelector():
            most = at_most[_name(node)]
        case promql_parser.MatrixSelector():
            most = _most(node.vector_selector, at_most)
        case promql_parser.AggregateExpr() if not _is_one_group(node):
            most = _most(node.expr, at_most)
        case promql_parser.BinaryExpr():
            left, right = _most(node.lhs, at_most), _most(node.rhs, at_most)
            most = {"or": left + right, "and": left, "unless": left}.get(str(node.op), max(left, right))
        case promql_parser.Call() if node.func.name not in _ONE_BY_NATURE:
            most = max((_most(argument, at_most) for argument in node.args), default=1)
        case promql_parser.ParenExpr() | promql_parser.SubqueryExpr() | promql_parser.UnaryExpr():
            most = _most(node.expr, at_most)
    return most


def _name(selector: Any) -> str:
    named = (one.value for one in selector.matchers.matchers if one.name == "__name__")
    return str(selector.name or next(named))


def _is_one_group(node: Any) -> bool:
    """Whether every label that it groups by has one value only, because each selector fixes it."""
    if str(node.op) in ("topk", "bottomk", "limitk", "limit_ratio", "count_values"):
        return False
    if node.modifier is None:
        return True
    if node.modifier.type != promql_parser.AggModifierType.By:
        return False
    return all(_fixed(label, selector) for label in node.modifier.labels for selector in selectors(node.expr))


def _fixed(label: str, selector: Any) -> bool:
    matchers = selector.matchers.matchers
    return any(one.name == label and one.op == promql_parser.MatchOp.Equal for one in matchers)
