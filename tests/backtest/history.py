"""Days of the simulator's ordinary life in a real Prometheus, with scenarios of the rehearsal placed in them.

What must fire is what the scenarios expect; everything else in these days must stay quiet.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from resilience.backtest.firings import AlertFiring
from resilience.core.durations import DAY, HOUR, MINUTE
from resilience.model.catalogue import ROOT
from resilience.rehearsal.scenario.faults import Fault
from resilience.rehearsal.scenario.scenario import SCENARIOS, Expectation, Scenario, load_scenario
from resilience.rehearsal.virtual import storage
from resilience.rehearsal.virtual.series import FIRST_SCRAPE, LEAD, simulated
from resilience.rehearsal.virtual.storage import Storage

END = 1_794_787_200.0
"""Monday, 2026-11-16, midnight UTC."""
ENVIRONMENTS = ("dev", "production")
DAYS_WITH = {
    "errors-slow-leak": 0.2,
    "queue-stuck": 1.4,
    "queue-short-peak": 1.6,
    "api-down-ten-minutes": 2.5,
    "api-deploy-restart": 3.1,
    "errors-burst": 4.2,
    "outside-dev-unreachable": 5.0,
    "outside-one-lost-probe": 5.3,
    "exception-uncaught": 6.4,
    "collector-without-api": 7.1,
    "logs-refused": 8.3,
    "outside-data-empty": 9.6,
    "api-crash-looping": 10.2,
    "notifications-failing": 11.7,
    "api-down-in-dev": 12.5,
    "queue-exactly-ten": 13.1,
    "outside-tunnel-down": 13.6,
}
"""Scenarios of fourteen days, by the day on which each begins."""
TWO_DAYS = {
    "queue-stuck": 0.45,
    "queue-short-peak": 0.55,
    "api-down-ten-minutes": 0.8,
    "exception-uncaught": 1.1,
    "outside-data-empty": 1.4,
    "api-deploy-restart": 1.8,
}


@dataclass(frozen=True)
class PlantedIncident:
    """An expectation of a scenario at its place; windows are Unix seconds."""

    uid: str
    firing: tuple[float, float]
    resolved: tuple[float, float] | None

    def is_found(self, uid: str, firing: AlertFiring) -> bool:
        """Whether the firing of a rule is this one; without a window the end may be any."""
        begins = self.firing[0] <= firing.begin <= self.firing[1]
        ends = self.resolved is None or (firing.end and self.resolved[0] <= firing.end <= self.resolved[1])
        return uid == self.uid and begins and bool(ends)


@dataclass(frozen=True)
class PlantedHistory:
    """What is planted into how many days before `END`."""

    days: float
    faults: tuple[Fault, ...]
    incidents: tuple[PlantedIncident, ...]

    @property
    def begin(self) -> float:
        """Unix seconds."""
        return END - self.days * DAY

    @contextmanager
    def stored(self) -> Iterator[Storage]:
        """A Prometheus that holds it."""
        scenario = Scenario.model_construct(
            version=1, id="days", title="days", why="days", length=self.days * DAY, faults=self.faults, expect=(),
            settings={},
        )  # fmt: skip
        begin = self.begin - LEAD
        with storage.started() as prometheus:
            prometheus.write(list(simulated(ENVIRONMENTS, scenario, begin=begin)), begin + FIRST_SCRAPE)
            yield prometheus

    def differences(self, found: Mapping[str, Any]) -> list[str]:
        """Incidents that the JSON of a backtest lacks, and firings of it that nobody planted."""
        firings = [(one["uid"], _firing(raw)) for one in found["rules"] for raw in one["firingsFound"]]
        missing = [f"missing: {one}" for one in self.incidents if not any(one.is_found(*firing) for firing in firings)]
        more = [f"more: {uid} {one}" for uid, one in firings if not any(i.is_found(uid, one) for i in self.incidents)]
        counts = Counter(uid for uid, _ in firings)
        wanted = Counter(one.uid for one in self.incidents)
        return [
            *missing,
            *more,
            *(f"{uid}: {counts[uid]} of {wanted[uid]}" for uid in counts if counts[uid] != wanted[uid]),
        ]


def _firing(raw: Mapping[str, Any]) -> AlertFiring:
    return AlertFiring(raw["labels"], raw["begin"], raw["end"], raw["begins_before"])


def planted(days: float, places: Mapping[str, float]) -> PlantedHistory:
    """The scenarios at these days after the beginning, each cut at its end."""
    faults: list[Fault] = []
    incidents: list[PlantedIncident] = []
    for name, day in places.items():
        scenario = load_scenario(ROOT / SCENARIOS / f"{name}.yaml")
        at = round(day * DAY / HOUR) * HOUR
        faults += [_moved(fault, at, scenario.length) for fault in scenario.faults]
        incidents += [_incident(one, END - days * DAY + at) for one in scenario.expect]
    return PlantedHistory(days, tuple(faults), tuple(incidents))


def _moved(fault: Fault, at: float, length: float) -> Fault:
    return fault.model_copy(update={"since": fault.since + at, "until": min(fault.until, length) + at})


def _incident(wanted: Expectation, at: float) -> PlantedIncident:
    windows = [window and (window[0] + at, window[1] + at + MINUTE) for window in (wanted.firing, wanted.resolved)]
    return PlantedIncident(f"sv0-{wanted.environment}-{wanted.alert_id}", windows[0] or (0.0, 0.0), windows[1])
