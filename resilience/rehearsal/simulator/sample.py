"""One value of one series, and counters from rates that change."""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from functools import cache
from itertools import accumulate, pairwise
from math import inf
from operator import mul
from typing import NamedTuple

from resilience.core.durations import DAY
from resilience.rehearsal.scenario.faults import Span

FIRST_START = -3 * DAY
"""Virtual second at which everything began."""


class Sample(NamedTuple):
    """One value of one series, without the labels that a scrape adds."""

    name: str
    labels: tuple[tuple[str, str], ...]
    value: float


def sample(name: str, value: float, **labels: str) -> Sample:
    """Return a sample with its labels in a fixed order."""
    return Sample(name, ordered(**labels), value)


@cache
def ordered(**labels: str) -> tuple[tuple[str, str], ...]:
    """Return labels in a fixed order."""
    return tuple(sorted(labels.items()))


class Events:
    """Counts events whose rate (1/s) changes only where faults start or end."""

    def __init__(self, rate: Callable[[float], float], faults: Iterable[Span]) -> None:
        """Add up, once, what happens until each change."""
        changes = {edge for fault in faults for edge in (fault.since, fault.until) if edge < inf}
        self._from = [FIRST_START, *sorted(edge for edge in changes if edge > FIRST_START)]
        self._rates = [rate(begin) for begin in self._from]
        spans = (end - begin for begin, end in pairwise(self._from))
        self._before: list[float] = [0.0, *accumulate(map(mul, self._rates, spans))]

    def between(self, begin: float, at: float) -> int:
        """Return the number of whole events between two virtual seconds, neither before `FIRST_START`."""
        # Rounding errors leave the sum slightly below the whole number.
        return int(self._until(at) - self._until(begin) + 1e-6)

    def _until(self, at: float) -> float:
        index = bisect_right(self._from, at) - 1
        return self._before[index] + self._rates[index] * (at - self._from[index])
