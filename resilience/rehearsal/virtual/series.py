"""The simulated metrics as series with one value a step, and their spelling as `input_series` of promtool.

As in Prometheus, a failed scrape ends every series except `up` with a stale marker; a collector that
stops writes no marker.
"""

import json
import struct
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from resilience.core.durations import MINUTE
from resilience.rehearsal.scenario.faults import EVERY_PART, Part
from resilience.rehearsal.scenario.scenario import Scenario
from resilience.rehearsal.simulator.api_simulator import ApiSimulator
from resilience.rehearsal.simulator.sample import Sample
from resilience.rehearsal.simulator.targets import EnvironmentPart, ScrapeTarget, SimulatorFactory, targets_of

LEAD = 20 * MINUTE
"""Virtual seconds without faults before zero, so that every range of minutes is full at zero."""
PHASE = 17.0
"""Seconds from a scrape to the next full minute of virtual time, so that no scrape falls on the start of a fault."""
FIRST_SCRAPE = MINUTE - PHASE
"""Seconds from the beginning of a scenario's series to its first scrape."""
STALE: float = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]
"""Prometheus' stale marker, a NaN; it is known by its identity, because no NaN equals another."""

Labels = tuple[tuple[str, str], ...]
SeriesKey = tuple[str, Labels]
Row = dict[SeriesKey, float]
"""What one scrape stores."""
SeriesValues = tuple[SeriesKey, list[float | None]]
"""The values of a series, one a step; None where nothing is stored."""


@dataclass(frozen=True)
class WantedSeries:
    """Which series somebody reads: those of these names and places; of all where none is named."""

    names: Collection[str] = ()
    places: frozenset[EnvironmentPart] = frozenset()

    def parts(self, target: ScrapeTarget) -> frozenset[Part]:
        """Return the parts of a target that are read; empty for one that nobody reads."""
        return frozenset(part for _, part in self.places & target.places) if self.places else EVERY_PART


def aligned(
    environments: tuple[str, ...], scenario: Scenario, begin: float, step: float, names: Collection[str]
) -> Iterator[SeriesValues]:
    """Yield the series of these names over the scenario, a value every `step` seconds, the first at Unix `begin`.

    Each scrape counts from the next full minute of virtual time on, which is then the moment of an evaluation.
    """
    scrapes = _Scrapes(-LEAD - PHASE, begin + LEAD + PHASE, step, WantedSeries(names))
    return scrapes.of(environments, scenario, ApiSimulator)


def simulated(
    environments: tuple[str, ...],
    scenario: Scenario,
    simulator_of: SimulatorFactory = ApiSimulator,
    begin: float = 0.0,
    wanted: WantedSeries | None = None,
) -> Iterator[SeriesValues]:
    """Yield all series over the scenario, or those that are wanted, a value a minute.

    Virtual time `-LEAD` is Unix `begin`; the first scrape is at `begin + FIRST_SCRAPE`.
    """
    scrapes = _Scrapes(FIRST_SCRAPE - LEAD, begin + LEAD, MINUTE, wanted or WantedSeries())
    return scrapes.of(environments, scenario, simulator_of)


@dataclass(frozen=True)
class _Scrapes:
    """Scrapes from virtual second `first` on, every `step` seconds; virtual zero is Unix `zero`."""

    first: float
    zero: float
    step: float
    wanted: WantedSeries

    def of(
        self, environments: tuple[str, ...], scenario: Scenario, simulator_of: SimulatorFactory
    ) -> Iterator[SeriesValues]:
        """Yield the series of all targets."""
        times = [self.first + index * self.step for index in range(int((scenario.length + LEAD) // self.step) + 1)]
        for target in targets_of(environments, scenario.faults, simulator_of):
            if parts := self.wanted.parts(target):
                yield from by_series([self._scrape(target, at, parts) for at in times])

    def _scrape(self, target: ScrapeTarget, at: float, parts: frozenset[Part]) -> Row | None:
        """Return the samples that one scrape stores; None when no scrape takes place."""
        if not target.scraped(at):
            return None
        up = target.is_up(at)
        samples = [Sample("up", (), float(up))] if target.has_up else []
        if up:
            samples += target.samples(at, lambda virtual: virtual + self.zero, parts)
        own = tuple(target.labels.items())
        names = self.wanted.names
        return {_key(name, labels, own): value for name, labels, value in samples if not names or name in names}


@cache
def _key(name: str, labels: Labels, own: Labels) -> SeriesKey:
    return name, tuple(sorted((*labels, *own)))


def by_series(rows: Sequence[Row | None]) -> Iterator[SeriesValues]:
    """Yield each series of these scrapes, with a stale marker where a scrape took place without it."""
    columns: defaultdict[SeriesKey, list[float | None]] = defaultdict(lambda: [None] * len(rows))
    for index, row in enumerate(rows):
        for key, value in (row or {}).items():
            columns[key][index] = value
    scraped = [row is not None for row in rows]
    for key, values in columns.items():
        yield key, list(_with_stale_markers(values, scraped))


def _with_stale_markers(values: Sequence[float | None], scraped: Sequence[bool]) -> Iterator[float | None]:
    present = False
    for value, stored in zip(values, scraped, strict=True):
        yield STALE if stored and present and value is None else value
        # After a gap of the collector, the first scrape without the series writes its stale marker.
        present = value is not None if stored else present


def spelt_out(key: SeriesKey, values: Iterable[float | None]) -> dict[str, str]:
    """Return a series as promtool reads it, with runs of equal values written once."""
    name, labels = key
    written = ",".join(f"{label}={json.dumps(value, ensure_ascii=False)}" for label, value in labels)
    return {"series": f"{name}{{{written}}}", "values": " ".join(_run(*one) for one in _runs(values))}


def _runs(values: Iterable[float | None]) -> Iterator[tuple[str, int]]:
    for value, run in groupby(map(_spelt_value, values)):
        yield value, sum(1 for _ in run)


def _spelt_value(value: float | None) -> str:
    if value is None:
        return "_"
    return "stale" if value is STALE else f"{value:.10g}"


def _run(value: str, count: int) -> str:
    if value == "stale" or count == 1:
        return " ".join([value] * count)
    return f"_x{count}" if value == "_" else f"{value}+0x{count - 1}"
