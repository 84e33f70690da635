"""One value of one series, and how events of a changing rate add up to a counter."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

from resilience.rehearsal.faults import Span


@dataclass(frozen=True)
class Sample:
    """One value of one series, without the labels that a scrape adds."""

    name: str
    labels: tuple[tuple[str, str], ...]
    value: float


def sample(name: str, value: float, **labels: str) -> Sample:
    """Return a sample with its labels in a fixed order."""
    return Sample(name, tuple(sorted(labels.items())), value)


def whole_events(rate: Callable[[float], float], faults: Iterable[Span], begin: float, at: float) -> int:
    """Return how many events happened from `begin` to `at`, of a rate (1/s) constant between fault edges."""
    edges = {edge for fault in faults for edge in (fault.since, fault.until) if begin < edge < at}
    parts = pairwise([begin, *sorted(edges), at])
    # A sum of products of binary fractions falls a hair below the whole number it means.
    return int(sum(rate(left) * (right - left) for left, right in parts) + 1e-6)
