"""One value of one series, and counters from rates that change."""

from collections.abc import Callable, Iterable
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from resilience.rehearsal.scenario.faults import Span


class Sample(NamedTuple):
    """One value of one series, without the labels that a scrape adds."""

    name: str
    labels: tuple[tuple[str, str], ...]
    value: float


def sample(name: str, value: float, **labels: str) -> Sample:
    """Return a sample with its labels in a fixed order."""
    return Sample(name, _ordered(*labels.items()), value)


@cache
def _ordered(*labels: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels))


def whole_events(rate: Callable[[float], float], faults: Iterable[Span], begin: float, at: float) -> int:
    """Return the number of events from `begin` to `at`; the rate (1/s) changes only where faults start or end."""
    edges = {edge for fault in faults for edge in (fault.since, fault.until) if begin < edge < at}
    parts = pairwise([begin, *sorted(edges), at])
    # Rounding errors leave the sum slightly below the whole number.
    return int(sum(rate(left) * (right - left) for left, right in parts) + 1e-6)
