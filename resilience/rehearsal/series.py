"""The simulated metrics as `input_series` of `promtool test rules`, one value a minute.

promtool's time begins at Unix 0, where virtual time is `-LEAD`. As in Prometheus, a failed scrape
ends every series except `up` with a stale marker; a collector that stops writes no marker.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby

from resilience.core.durations import MINUTE
from resilience.rehearsal.api_simulator import ApiSimulator
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.sample import Sample
from resilience.rehearsal.scenario import Scenario
from resilience.rehearsal.targets import ScrapeTarget, SimulatorFactory, targets_of

LEAD = 20 * MINUTE
"""Virtual seconds without faults before zero, so that every range of minutes is full at zero."""
PHASE = 17.0
"""Seconds from a scrape to the next evaluation, so that no scrape falls on the start of a fault."""
ABSENT, STALE = "_", "stale"

SeriesKey = tuple[str, tuple[tuple[str, str], ...]]


def series_of(
    exported: Exported, scenario: Scenario, simulator_of: SimulatorFactory = ApiSimulator, step: float = MINUTE
) -> list[dict[str, str]]:
    """Return all series over the scenario, one value every `step` virtual seconds."""
    found: list[dict[str, str]] = []
    for target in targets_of(exported.environments, scenario.faults, simulator_of):
        for (name, labels), values in _values_by_series(target, scenario, step):
            written = ",".join(f'{key}="{value}"' for key, value in labels)
            found.append({"series": f"{name}{{{written}}}", "values": compress(values)})
    return found


def _values_by_series(target: ScrapeTarget, scenario: Scenario, step: float) -> Iterator[tuple[SeriesKey, list[str]]]:
    """Yield each series with its written values."""
    count = int((scenario.length + LEAD) // step) + 1
    rows = [_scrape(target, index * step - LEAD - PHASE) for index in range(count)]
    keys = dict.fromkeys(key for row in rows if row for key in row)
    for key in keys:
        yield key, list(_with_stale_markers([None if row is None else row.get(key, ABSENT) for row in rows]))


def _scrape(target: ScrapeTarget, at: float) -> dict[SeriesKey, str] | None:
    """Return the samples that one scrape stores; None when no scrape takes place."""
    if not target.scraped(at):
        return None
    up = target.is_up(at)
    samples = [Sample("up", (), float(up))] if target.has_up else []
    if up:
        samples += target.samples(at, lambda virtual: virtual + LEAD + PHASE)
    own = tuple(target.labels.items())
    return {(s.name, tuple(sorted((*s.labels, *own)))): f"{s.value:.10g}" for s in samples}


def _with_stale_markers(values: list[str | None]) -> Iterator[str]:
    """Yield the values, with a stale marker where a scrape took place without the series."""
    before = ABSENT
    for value in values:
        marked = STALE if value == ABSENT and before not in {ABSENT, STALE} else value or ABSENT
        yield marked
        # After a gap of the collector, the first scrape without the series writes its stale marker.
        before = before if value is None else marked


def compress(values: Iterable[str]) -> str:
    """Return values in promtool's notation, with runs of equal values written once."""
    return " ".join(_run(value, sum(1 for _ in run)) for value, run in groupby(values))


def _run(value: str, count: int) -> str:
    if value == STALE or count == 1:
        return " ".join([value] * count)
    return f"_x{count}" if value == ABSENT else f"{value}+0x{count - 1}"
