"""How much telemetry a number of services produce, from the telemetry contract and the scrape interval.

A service is one API with its collector in one environment, at the contract's upper bounds: the load
that the engines must support, not the usual one. Log volume is the same assumption as in the budget.
"""

from dataclasses import dataclass
from pathlib import Path

from resilience.core.conventions import PRODUCTION, SCRAPE_SECONDS
from resilience.model.catalogue import Catalogue
from resilience.model.usage import Usage

SERVICES = (1, 10, 100, 1_000)
HEAD = ("services", "series", "samples/s", "log bytes/s", "log GB/day", "Mimir's ingesters", "runs on")
_DAY, _MONTH, _GB = 86_400, 31, 1e9
# Mimir, "Planning capacity": a core and 2.5 GB for 300,000 series in memory, each held three times.
_SERIES_PER_CORE, _GB_PER_CORE, _REPLICAS = 300_000, 2.5, 3
# Loki, "Deployment modes": one process can take about this much.
_MONOLITH_GB_A_DAY = 20


@dataclass(frozen=True)
class ServiceSize:
    """What one service sends, and the limits of the free plan for all services together.

    Attributes:
        interval: seconds between two scrapes.
        log_bytes: per day.
        free_log_gigabytes: per month.
    """

    series: int
    interval: int
    log_bytes: int
    free_series: float
    free_log_gigabytes: float

    @classmethod
    def read(cls, root: Path) -> "ServiceSize":
        """Read the catalogue and the usage assumptions."""
        catalogue = Catalogue.load(root)
        return cls(
            sum(one.at_most for one in catalogue.metrics.values() if one.source.of_an_environment),
            SCRAPE_SECONDS,
            Usage.load(root).logs.of(PRODUCTION),
            catalogue.limits["series"].limit,
            catalogue.limits["log_gigabytes"].limit,
        )

    def row(self, count: int) -> tuple[str, ...]:
        """The table row for this number of services."""
        series, log_bytes = count * self.series, count * self.log_bytes
        cores = series * _REPLICAS / _SERIES_PER_CORE
        return (
            f"{count:,}",
            f"{series:,}",
            f"{series / self.interval:,.0f}",
            f"{log_bytes / _DAY:,.0f}",
            f"{log_bytes / _GB:,.2f}",
            f"{cores:,.2f} cores, {cores * _GB_PER_CORE:,.1f} GB",
            self._engine(series, log_bytes / _GB),
        )

    def _engine(self, series: int, gigabytes_a_day: float) -> str:
        if series <= self.free_series and gigabytes_a_day * _MONTH <= self.free_log_gigabytes:
            return "Grafana Cloud Free"
        return "one process each" if gigabytes_a_day <= _MONOLITH_GB_A_DAY else "microservices"


def rows(root: Path) -> list[tuple[str, ...]]:
    """The table of docs/leaving-grafana-cloud.md, a row for each number of services."""
    service = ServiceSize.read(root)
    return [service.row(count) for count in SERVICES]
