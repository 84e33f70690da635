"""A gauge that only an event refreshes stands still when the events stop, so its value cannot tell that.

Seen: `sv0_sync_age_minutes > 1440`, set to 0 after each sync, was silent for 49 h without one.
What guards it: a look at whether it moves, `changes()` or `delta()` of the same gauge joined by
`and` or `unless`; or, joined by `or`, another series of the same thing that is not of this kind.
`timestamp()` guards nothing: it is the time of the scrape, which goes on for a gauge that stands still.
"""

from collections.abc import Collection, Iterator
from typing import Any

import promql_parser as pp

from resilience.core.problems import Problem
from resilience.lint.context import Context, Lint
from resilience.model.catalogue import Catalogue
from resilience.promql.ast import COMPARISONS, calls, children, operator, selectors, series_name

_MOVEMENT = ("changes", "delta")
# Their results do not depend on the value that the gauge has.
_BLIND_CALLS = (*_MOVEMENT, "timestamp", "absent", "absent_over_time", "present_over_time", "count_over_time")
_BLIND_AGGREGATIONS = ("group", "count")
# Labels that say where a series comes from, not what it tells of.
_OF_ORIGIN = {"job", "instance", "environment"}


def _problems(context: Context) -> Iterator[Problem]:
    gauges = {name for name, metric in context.catalogue.metrics.items() if metric.refreshed_by == "event"}
    for rule in context.rules:
        for tree in rule.trees:
            # The rule's threshold compares what the whole expression returns.
            for name in _Trust(context.catalogue, gauges).misplaced(tree, frozenset(), compared=True):
                what = f'"{name}" is compared, but only an event refreshes it: it stands still when events stop'
                yield rule.problem("expr", what, f"ask changes({name}[…]) as well, as connector-stale does")


class _Trust:
    """Follows each value up to where it is compared."""

    def __init__(self, catalogue: Catalogue, gauges: Collection[str]) -> None:
        self._catalogue, self._gauges = catalogue, gauges

    def misplaced(self, node: Any, guarded: frozenset[str], *, compared: bool) -> Iterator[str]:
        """Gauges at or below the node that are compared and not guarded."""
        if isinstance(node, pp.VectorSelector):
            if compared and (name := series_name(node)) in self._gauges and name not in guarded:
                yield name
            return
        for child, beside in _pairs(node):
            held = guarded | (self._guards(node, beside) if beside is not None else frozenset())
            yield from self.misplaced(child, held, compared=_is_compared(node, child, compared=compared))

    def _guards(self, node: Any, beside: Any) -> frozenset[str]:
        """Gauges that one side of an operator vouches for on its other side."""
        if operator(node) in {"and", "unless"}:
            return frozenset(series_name(one) for call in calls(beside, *_MOVEMENT) for one in selectors(call))
        if operator(node) == "or":
            others = {series_name(one) for one in selectors(beside)} - set(self._gauges)
            return frozenset(gauge for gauge in self._gauges if any(self._tells_the_same(gauge, one) for one in others))
        return frozenset()

    def _tells_the_same(self, gauge: str, other: str) -> bool:
        metrics = self._catalogue.metrics
        own = set(metrics[gauge].labels) - _OF_ORIGIN
        return bool(own) and other in metrics and own <= set(metrics[other].labels)


def _pairs(node: Any) -> list[tuple[Any, Any]]:
    """Each node below with its neighbour in a binary expression."""
    if isinstance(node, pp.BinaryExpr):
        return [(node.lhs, node.rhs), (node.rhs, node.lhs)]
    return [(child, None) for child in children(node)]


def _is_compared(node: Any, child: Any, *, compared: bool) -> bool:
    """Whether the child's value reaches a comparison, given that the node's does."""
    if operator(node) in COMPARISONS:
        return True
    if operator(node) in {"and", "unless"} and child is node.rhs:
        return False  # there it only matters which series exist
    if isinstance(node, pp.Call) and node.func.name in _BLIND_CALLS:
        return False
    if isinstance(node, pp.AggregateExpr) and str(node.op) in _BLIND_AGGREGATIONS:
        return False
    return compared


LINT = Lint(
    "event-gauge-unguarded",
    "A gauge with `refreshed_by: event` in the telemetry contract is compared as it is: when its events stop it "
    "stands still at a good value, and the rule can never fire.",
    "`changes()` or `delta()` of the same gauge beside it, by `and` or `unless`; or, by `or`, another series "
    "of the same thing.",
    _problems,
)
