"""What the query of a rule returns at each tick, from range queries over a scenario's stretch of time."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from resilience.core.conventions import NoDataState
from resilience.core.durations import MINUTE
from resilience.grafana import Answer
from resilience.rehearsal.exported import EvaluatedRule
from resilience.rehearsal.virtual.storage import Storage

_COMPARISONS = {"gt": ">", "lt": "<", "gte": ">=", "lte": "<=", "eq": "=="}
_EMPTY: tuple[()] = ()


@dataclass(frozen=True)
class Ticks:
    """Unix times of evaluations, a minute from one to the next."""

    first: float
    count: int

    @property
    def last(self) -> float:
        """Return the time of the last one."""
        return self.first + (self.count - 1) * MINUTE

    def times(self) -> list[float]:
        """Return all of them."""
        return [self.first + index * MINUTE for index in range(self.count)]


def answers(prometheus: Storage, one: EvaluatedRule, ticks: Ticks) -> Sequence[Answer]:
    """Return what the rule's query returns at each tick.

    Raises:
        RehearsalError: Prometheus rejects the query.
    """
    rows: defaultdict[int, list[tuple[Mapping[str, str], float]]] = defaultdict(list)
    for found in prometheus.range(one.expr, ticks.first, ticks.last, MINUTE):
        labels = found["metric"]
        for at, value in found["values"]:
            rows[round((at - ticks.first) / MINUTE)].append((labels, float(value)))
    return [rows.get(index, _EMPTY) for index in range(ticks.count)]


def may_alert(prometheus: Storage, one: EvaluatedRule, ticks: Ticks) -> bool:
    """Return whether anything can come of the rule as long as its query does not fail.

    A rule that takes an empty answer for good needs a value beyond its threshold: mostly an empty answer, where the
    whole one has a value for each series and tick. (One query for all rules took Prometheus twice as long.)
    """
    comparison = _COMPARISONS.get(one.rule.condition.evaluator)
    if comparison is None or one.rule.no_data_state not in (NoDataState.OK, NoDataState.KEEP_LAST):
        return True
    beyond = f"({one.expr}\n) {comparison} {one.rule.condition.parameters[0]!r}"
    return bool(prometheus.range(beyond, ticks.first, ticks.last, MINUTE))
