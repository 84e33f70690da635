"""The world's metrics as `input_series` of `promtool test rules`, one value a minute.

promtool's time begins at Unix 0, where virtual time is `-LEAD`. Like Prometheus, a failed scrape
ends every series but `up` with a stale marker; a collector that dies writes none.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby

from resilience.rehearsal.durations import MINUTE
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.incident import Incident
from resilience.rehearsal.world import Sample, World

LEAD = 20 * MINUTE
"""Virtual seconds of normal life before zero: every window of minutes is full by then."""
PHASE = 17.0
"""Seconds between a scrape and the evaluation that sees it: never on a fault's edge."""
JOB = "sv0-api"
ABSENT, STALE = "_", "stale"

Column = tuple[str, tuple[tuple[str, str], ...]]


def series_of(exported: Exported, incident: Incident) -> list[dict[str, str]]:
    """Return every environment's series over the incident."""
    found: list[dict[str, str]] = []
    for environment in exported.environments:
        for (name, labels), values in _columns(World(environment, incident.faults), incident):
            written = ",".join(f'{key}="{value}"' for key, value in labels)
            found.append({"series": f"{name}{{{written}}}", "values": compress(values)})
    return found


def _columns(world: World, incident: Incident) -> Iterator[tuple[Column, list[str]]]:
    """Yield each series with one written value a minute."""
    rows = [_scrape(world, minute * MINUTE - LEAD - PHASE) for minute in _minutes(incident)]
    columns = dict.fromkeys(column for row in rows for column in row)
    for column in columns:
        yield column, list(_ended([row.get(column, ABSENT) for row in rows], rows))


def _minutes(incident: Incident) -> range:
    return range(int((incident.length + LEAD) // MINUTE) + 1)


def _scrape(world: World, at: float) -> dict[Column, str]:
    """Return what one scrape stores; empty when nothing scrapes."""
    if not world.scraped(at):
        return {}
    up = world.answers(at)
    samples = [Sample("up", (), float(up))]
    if up:
        samples += world.samples(at, lambda virtual: virtual + LEAD + PHASE)
    own = (("environment", world.environment), ("job", JOB))
    return {(s.name, tuple(sorted((*s.labels, *own)))): f"{s.value:.10g}" for s in samples}


def _ended(values: list[str], rows: list[dict[Column, str]]) -> Iterator[str]:
    """Yield values with a stale marker where a scrape took place and the series was gone."""
    before = ABSENT
    for value, row in zip(values, rows, strict=True):
        marked = STALE if value == ABSENT and row and before not in {ABSENT, STALE} else value
        yield marked
        # A series cut off by a dead collector is told stale by the first scrape that misses it.
        before = before if not row else marked


def compress(values: Iterable[str]) -> str:
    """Return values in promtool's notation, equal neighbours written once."""
    return " ".join(_run(value, sum(1 for _ in run)) for value, run in groupby(values))


def _run(value: str, count: int) -> str:
    if value == STALE or count == 1:
        return " ".join([value] * count)
    return f"_x{count}" if value == ABSENT else f"{value}+0x{count - 1}"
