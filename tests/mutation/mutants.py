"""Mutants of exported rules: an aggregation, a matcher, a condition, a subtrahend or a label less, one at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import promql_parser

_SETS = ("and", "or", "unless")
_Change = Callable[[Any], Any]


@dataclass(frozen=True)
class Mutant:
    """One rule with one thing less; `what` says which."""

    what: str
    rule: dict[str, Any]


def of_rule(rule: dict[str, Any]) -> Iterator[Mutant]:
    """Every mutant of one rule for Prometheus."""
    for what, expr in of_expr(rule["expr"]):
        yield Mutant(what, {**rule, "expr": expr})
    for label in rule["labels"]:
        kept = {key: value for key, value in rule["labels"].items() if key != label}
        yield Mutant(f"label {label}", {**rule, "labels": kept})
    if rule.get("for", "0s") != "0s":
        yield Mutant("for", {**rule, "for": "0s"})


def of_expr(expr: str) -> Iterator[tuple[str, str]]:
    """What is missing, and the expression without it."""
    tree = promql_parser.parse(expr)
    for what, change in [("aggregation", _inner), ("condition", _left), ("operand", _minuend)]:
        yield from _each(tree, what, change)
    for place in range(8):
        yield from _each(tree, f"matcher {place + 1}", partial(_without_matcher, at=place))


def _each(tree: Any, what: str, change: _Change) -> Iterator[tuple[str, str]]:
    """The tree with the first node changed, the second one, and so on."""
    for index in range(100):
        seen: list[str] = []

        def visit(node: Any, seen: list[str] = seen, index: int = index) -> Any:
            changed = change(node)
            if changed is not None:
                seen.append(" ".join(node.prettify().split()))
            return changed if len(seen) == index + 1 and changed is not None else None

        text = promql_parser.transform(tree, post_visit=visit).prettify()
        if len(seen) <= index:
            return
        yield f"{what} of `{seen[index][:90]}`", text


def _inner(node: Any) -> Any:
    return promql_parser.parse(f"({node.expr.prettify()})") if isinstance(node, promql_parser.AggregateExpr) else None


def _left(node: Any) -> Any:
    is_set = isinstance(node, promql_parser.BinaryExpr) and str(node.op) in _SETS
    return promql_parser.parse(f"({node.lhs.prettify()})") if is_set else None


def _minuend(node: Any) -> Any:
    is_difference = isinstance(node, promql_parser.BinaryExpr) and str(node.op) == "-"
    return promql_parser.parse(f"({node.lhs.prettify()})") if is_difference else None


def _without_matcher(node: Any, at: int) -> Any:
    if not isinstance(node, promql_parser.VectorSelector) or not node.name or at >= len(node.matchers.matchers):
        return None
    text = node.prettify()
    left = [one for index, one in enumerate(node.matchers.matchers) if index != at]
    matchers = ",".join(f'{one.name}{_SIGN[str(one.op)]}"{_quoted(one.value)}"' for one in left)
    rest = text[text.rindex("}") + 1 :] if "}" in text else ""
    return promql_parser.parse(f"{node.name}{{{matchers}}}{rest}")


_SIGN = {"MatchOp.Equal": "=", "MatchOp.NotEqual": "!=", "MatchOp.Re": "=~", "MatchOp.NotRe": "!~"}


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
