"""The parser's tree of a PromQL expression: its nodes, and which of them are single numbers."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import promql_parser as pp

COMPARISONS = ("==", "!=", ">", "<", ">=", "<=")


@cache  # nothing changes a tree
def parsed(expr: str) -> Any:
    """The tree.

    Raises:
        ValueError: it is not PromQL.
    """
    return pp.parse(expr)


def children(node: Any) -> list[Any]:
    """The nodes directly below; a range selector holds its selector."""
    match node:
        case pp.BinaryExpr():
            return [node.lhs, node.rhs]
        case pp.Call():
            return list(node.args)
        case pp.AggregateExpr():
            return [node.expr, *([node.param] if node.param else [])]
        case pp.ParenExpr() | pp.UnaryExpr() | pp.SubqueryExpr():
            return [node.expr]
        case pp.MatrixSelector():
            return [node.vector_selector]
    return []


def nodes(node: Any) -> Iterator[Any]:
    """The node and all below it, parents first."""
    yield node
    for child in children(node):
        yield from nodes(child)


def selectors(node: Any) -> list[Any]:
    """Every vector selector at or below the node (`name`, `matchers`)."""
    return [one for one in nodes(node) if isinstance(one, pp.VectorSelector)]


def calls(node: Any, *functions: str) -> list[Any]:
    """Every call of these functions at or below the node."""
    return [one for one in nodes(node) if isinstance(one, pp.Call) and one.func.name in functions]


def operator(node: Any) -> str:
    """The operator of a binary expression; of anything else nothing."""
    return str(node.op) if isinstance(node, pp.BinaryExpr) else ""


def series_name(selector: Any) -> str:
    """The series that a selector reads, also where it stands in the label `__name__`."""
    named = {matcher.name: matcher.value for matcher in selector.matchers.matchers}
    return str(selector.name or named.get("__name__", ""))


def is_scalar(node: Any) -> bool:
    """Whether it is a single number without labels (or a text)."""
    match node:
        case pp.NumberLiteral() | pp.StringLiteral():
            return True
        case pp.Call():
            return bool(node.func.return_type == pp.ValueType.Scalar)
        case pp.ParenExpr() | pp.UnaryExpr() | pp.BinaryExpr():
            return all(is_scalar(child) for child in children(node))
    return False
