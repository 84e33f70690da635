"""The world's metrics as `input_series` of `promtool test rules`, one value a minute.

promtool's time begins at Unix 0, where virtual time is `-LEAD`. Like Prometheus, a failed scrape
ends every series but `up` with a stale marker; a collector that dies writes none.
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
"""Virtual seconds of normal life before zero: every window of minutes is full by then."""
PHASE = 17.0
"""Seconds between a scrape and the evaluation that sees it: never on a fault's edge."""
ABSENT, STALE = "_", "stale"

Column = tuple[str, tuple[tuple[str, str], ...]]


def series_of(
    exported: Exported, scenario: Scenario, simulator_of: SimulatorFactory = ApiSimulator, step: float = MINUTE
) -> list[dict[str, str]]:
    """Return all series over the scenario, one value each `step` virtual seconds."""
    found: list[dict[str, str]] = []
    for target in targets_of(exported.environments, scenario.faults, simulator_of):
        for (name, labels), values in _columns(target, scenario, step):
            written = ",".join(f'{key}="{value}"' for key, value in labels)
            found.append({"series": f"{name}{{{written}}}", "values": compress(values)})
    return found


def _columns(target: ScrapeTarget, scenario: Scenario, step: float) -> Iterator[tuple[Column, list[str]]]:
    """Yield each series with its written values."""
    count = int((scenario.length + LEAD) // step) + 1
    rows = [_scrape(target, index * step - LEAD - PHASE) for index in range(count)]
    columns = dict.fromkeys(column for row in rows if row for column in row)
    for column in columns:
        yield column, list(_ended([None if row is None else row.get(column, ABSENT) for row in rows]))


def _scrape(target: ScrapeTarget, at: float) -> dict[Column, str] | None:
    """Return what one scrape stores; None when nothing scrapes."""
    if not target.scraped(at):
        return None
    answers = target.answers(at)
    samples = [Sample("up", (), float(answers))] if target.writes_up else []
    if answers:
        samples += target.samples(at, lambda virtual: virtual + LEAD + PHASE)
    own = tuple(target.labels.items())
    return {(s.name, tuple(sorted((*s.labels, *own)))): f"{s.value:.10g}" for s in samples}


def _ended(values: list[str | None]) -> Iterator[str]:
    """Yield values with a stale marker where a scrape took place and the series was gone."""
    before = ABSENT
    for value in values:
        marked = STALE if value == ABSENT and before not in {ABSENT, STALE} else value or ABSENT
        yield marked
        # A series cut off by a dead collector is told stale by the first scrape that misses it.
        before = before if value is None else marked


def compress(values: Iterable[str]) -> str:
    """Return values in promtool's notation, equal neighbours written once."""
    return " ".join(_run(value, sum(1 for _ in run)) for value, run in groupby(values))


def _run(value: str, count: int) -> str:
    if value == STALE or count == 1:
        return " ".join([value] * count)
    return f"_x{count}" if value == ABSENT else f"{value}+0x{count - 1}"
