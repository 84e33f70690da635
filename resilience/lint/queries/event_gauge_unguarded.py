"""A gauge that only an event refreshes does not move when the events stop, so its value does not show that.

Seen: `sv0_sync_age_minutes > 1440`, set to 0 after each sync, did not fire in 49 h without a sync.
A guard is: `changes()` or `delta()` of the same gauge, joined by `and` or `unless`; or, joined by `or`,
another series of the same thing that is not such a gauge. `timestamp()` is no guard: it is the time of
the scrape, and a gauge that does not move is still scraped.
"""

from collections.abc import Collection, Iterator
from typing import Any

import promql_parser as pp

from resilience.core.problems import Problem
from resilience.lint.context import Context, Lint
from resilience.model.catalogue import Catalogue
from resilience.promql.ast import COMPARISONS, calls, children, operator, selectors, series_name

_MOVEMENT = ("changes", "delta")
# Their results do not depend on the value of the gauge.
_VALUE_FREE_CALLS = (*_MOVEMENT, "timestamp", "absent", "absent_over_time", "present_over_time", "count_over_time")
_VALUE_FREE_AGGREGATIONS = ("group", "count")
# Labels that say where a series comes from, not what it measures.
_OF_ORIGIN = {"job", "instance", "environment"}


def _problems(context: Context) -> Iterator[Problem]:
    gauges = {name for name, metric in context.catalogue.metrics.items() if metric.refreshed_by == "event"}
    for rule in context.rules:
        for tree in rule.trees:
            # The rule's threshold compares what the whole expression returns.
            for name in _Guards(context.catalogue, gauges).missing(tree, frozenset(), compared=True):
                what = f'"{name}" is compared, but only an event refreshes it: it does not move when events stop'
                yield rule.problem("expr", what, f"check changes({name}[…]) too, as connector-stale does")


class _Guards:
    """Follows each gauge up to where its value is compared."""

    def __init__(self, catalogue: Catalogue, gauges: Collection[str]) -> None:
        self._catalogue, self._gauges = catalogue, gauges

    def missing(self, node: Any, guarded: frozenset[str], *, compared: bool) -> Iterator[str]:
        """Gauges at or below the node that are compared and not guarded."""
        if isinstance(node, pp.VectorSelector):
            if compared and (name := series_name(node)) in self._gauges and name not in guarded:
                yield name
            return
        for child, beside in _pairs(node):
            held = guarded | (self._guarded(node, beside) if beside is not None else frozenset())
            yield from self.missing(child, held, compared=_is_compared(node, child, compared=compared))

    def _guarded(self, node: Any, beside: Any) -> frozenset[str]:
        """Gauges that the side `beside` of an operator guards on its other side."""
        if operator(node) in {"and", "unless"}:
            return frozenset(series_name(one) for call in calls(beside, *_MOVEMENT) for one in selectors(call))
        if operator(node) == "or":
            others = {series_name(one) for one in selectors(beside)} - set(self._gauges)
            return frozenset(gauge for gauge in self._gauges if any(self._same_thing(gauge, one) for one in others))
        return frozenset()

    def _same_thing(self, gauge: str, other: str) -> bool:
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
        return False  # only the existence of its series matters
    if isinstance(node, pp.Call) and node.func.name in _VALUE_FREE_CALLS:
        return False
    if isinstance(node, pp.AggregateExpr) and str(node.op) in _VALUE_FREE_AGGREGATIONS:
        return False
    return compared


LINT = Lint(
    "event-gauge-unguarded",
    "A gauge with `refreshed_by: event` in the telemetry contract is compared without a guard: when its events "
    "stop it stays at a good value, and the rule can never fire.",
    "`changes()` or `delta()` of the same gauge beside it, by `and` or `unless`; or, by `or`, another series "
    "of the same thing.",
    _problems,
)
