"""Labels that the result of a PromQL expression has, read from the parser's tree.

A series is taken to have all labels that the telemetry contract gives it; one that is not in the
contract has those that its selector names.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import promql_parser as pp

from resilience.core.problems import shown
from resilience.promql.ast import children, is_scalar, nodes, operator, selectors, series_name

Series = Mapping[str, tuple[str, ...]]
"""Labels of each series, by its name."""
LabelNames = frozenset[str]
_NONE: LabelNames = frozenset()
_KEEP_ALL = ("topk", "bottomk", "limitk", "limit_ratio")
_ABSENT = ("absent", "absent_over_time")


@dataclass(frozen=True)
class LabelInference:
    """How to read: `surely` counts a label only when both sides of an `or` have it."""

    series: Series
    surely: bool
    _known: dict[Any, LabelNames] = field(default_factory=dict, repr=False, compare=False)

    def of(self, node: Any) -> LabelNames:
        """Labels of what the node returns; asked again, as for each node above it, they are remembered."""
        if node not in self._known:
            self._known[node] = self._of(node)
        return self._known[node]

    def _of(self, node: Any) -> LabelNames:
        match node:
            case pp.VectorSelector():
                named = tuple(matcher.name for matcher in node.matchers.matchers)
                return frozenset(self.series.get(series_name(node), named)) - {"__name__"}
            case pp.AggregateExpr():
                return self._aggregated(node)
            case pp.BinaryExpr():
                return self._joined(node)
            case pp.Call():
                return self._called(node)
        return self.of(children(node)[0]) if children(node) else _NONE

    def _aggregated(self, node: Any) -> LabelNames:
        inner = self.of(node.expr)
        added = {node.param.val} if str(node.op) == "count_values" else _NONE
        if str(node.op) in _KEEP_ALL:
            return inner
        modifier: Any = node.modifier
        if modifier is None:
            return frozenset(added)
        named = frozenset(modifier.labels)
        return (inner & named if modifier.type == pp.AggModifierType.By else inner - named) | added

    def _joined(self, node: Any) -> LabelNames:
        left, right = self.of(node.lhs), self.of(node.rhs)
        if operator(node) == "or":
            return left & right if self.surely else left | right
        if is_scalar(node.rhs):
            return left
        return right if is_scalar(node.lhs) else _matched(node.modifier, left, right)

    def _called(self, node: Any) -> LabelNames:
        if node.func.name in _ABSENT:
            return _written(node.args[0])
        vectors = [one for one in node.args if not is_scalar(one)]
        labels = self.of(vectors[0]) if vectors else _NONE
        match node.func.name:
            case "label_replace" | "label_join":
                return labels | {node.args[1].val}
            case "histogram_quantile" | "histogram_fraction":
                return labels - {"le"}
        return labels


def _matched(modifier: Any, left: LabelNames, right: LabelNames) -> LabelNames:
    """Labels of an operator between two vectors; `and` and `unless` match many to many and keep the left."""
    many, one = (right, left) if modifier and modifier.card == pp.VectorMatchCardinality.OneToMany else (left, right)
    if modifier is None or modifier.matching is None:
        return many
    if modifier.card != pp.VectorMatchCardinality.OneToOne:
        return many | (one & frozenset(modifier.group_labels or ()))
    named = frozenset(modifier.matching.labels)
    return many & named if modifier.matching.type == pp.LabelModifierType.Include else many - named


def _written(node: Any) -> LabelNames:
    """What absent() returns: the labels that its selector fixes with `=`."""
    while isinstance(node, pp.ParenExpr | pp.MatrixSelector):
        node = children(node)[0]
    if not isinstance(node, pp.VectorSelector):
        return _NONE
    fixed = [one.name for one in node.matchers.matchers if one.op == pp.MatchOp.Equal and one.value]
    return frozenset(name for name in fixed if fixed.count(name) == 1) - {"__name__"}


def unknown_series(tree: Any, series: Series) -> list[tuple[str, str]]:
    """Series and labels of an expression that the contract does not have: the problem, and what to write."""
    found = [one for selector in selectors(tree) for one in _unknown_in_selector(selector, series)]
    reading = LabelInference(series, surely=False)
    return found or [one for node in nodes(tree) for one in _unknown_in_modifier(node, reading)]


def _unknown_in_selector(selector: Any, series: Series) -> list[tuple[str, str]]:
    name = series_name(selector)
    if name not in series:
        return [(f"{shown(name)} is no series of the telemetry contract", "see catalogue/telemetry.yaml")]
    unknown = sorted({one.name for one in selector.matchers.matchers} - {"__name__", *series[name]})
    what = f'"{name}" has no label {shown(unknown[0])}' if unknown else ""
    return [(what, f"write one of {', '.join(series[name])}")] if unknown else []


def _unknown_in_modifier(node: Any, reading: LabelInference) -> list[tuple[str, str]]:
    """A label that is grouped or matched by must be one of what it is applied to."""
    modifier: Any = getattr(node, "modifier", None)
    if modifier is None:
        return []
    if isinstance(node, pp.AggregateExpr):
        word = "by" if modifier.type == pp.AggModifierType.By else "without"
        return _unknown(word, modifier.labels, reading.of(node.expr))
    left, right = reading.of(node.lhs), reading.of(node.rhs)
    matching = modifier.matching
    if matching is None:
        return []
    if matching.type == pp.LabelModifierType.Exclude:
        return _unknown("ignoring", matching.labels, left | right)
    return _unknown("on", matching.labels, left & right)


def _unknown(word: str, named: list[str], known: LabelNames) -> list[tuple[str, str]]:
    instead = f"write one of {', '.join(sorted(known))}" if known else f"leave {word} out: it has no labels"
    return [
        (f"{word} names {shown(label)}, which is no label of what it is applied to", instead)
        for label in named
        if label not in known
    ]
