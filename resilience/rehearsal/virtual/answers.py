"""What the query of a rule returns at each tick, from range queries over a scenario's stretch of time."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from resilience.core.conventions import NoDataState
from resilience.core.durations import MINUTE
from resilience.grafana import Answer
from resilience.manifest.rules import COMPARISONS
from resilience.rehearsal.exported import EvaluatedRule
from resilience.rehearsal.virtual.storage import Storage

_EMPTY: tuple[()] = ()


@dataclass(frozen=True)
class Ticks:
    """Unix times of evaluations, `step` seconds from one to the next."""

    first: float
    count: int
    step: float = MINUTE

    @property
    def last(self) -> float:
        """Return the time of the last one."""
        return self.first + (self.count - 1) * self.step

    def times(self) -> list[float]:
        """Return all of them."""
        return [self.first + index * self.step for index in range(self.count)]


def answers(prometheus: Storage, one: EvaluatedRule, ticks: Ticks) -> Sequence[Answer]:
    """Return what the rule's query returns at each tick.

    Raises:
        RehearsalError: Prometheus rejects the query.
    """
    return by_tick(prometheus.range(one.expr, ticks.first, ticks.last, ticks.step), ticks)


def by_tick(found: Iterable[Mapping[str, Any]], ticks: Ticks) -> Sequence[Answer]:
    """Return the series of a range query (`metric` and `values` of each) as what each tick has of them."""
    rows: defaultdict[int, list[tuple[Mapping[str, str], float]]] = defaultdict(list)
    for series in found:
        labels = series["metric"]
        for at, value in series["values"]:
            rows[round((at - ticks.first) / ticks.step)].append((labels, float(value)))
    return [rows.get(index, _EMPTY) for index in range(ticks.count)]


def may_alert(prometheus: Storage, one: EvaluatedRule, ticks: Ticks) -> bool:
    """Return whether anything can come of the rule as long as its query does not fail.

    A rule that takes an empty answer for good needs a value beyond its threshold: mostly an empty answer, where the
    whole one has a value for each series and tick. (One query for all rules took Prometheus twice as long.)
    """
    comparison = COMPARISONS.get(one.rule.condition.evaluator)
    if comparison in (None, COMPARISONS["ne"]) or one.rule.no_data_state not in (NoDataState.OK, NoDataState.KEEP_LAST):
        return True
    beyond = f"({one.expr}\n) {comparison} {one.rule.condition.parameters[0]!r}"
    return bool(prometheus.range(beyond, ticks.first, ticks.last, ticks.step))
