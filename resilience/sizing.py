"""How much telemetry so many services make, from the telemetry contract and the collector's settings.

A service is one API with its collector in one environment, at the contract's upper bounds: what the
engines must bear, not what is usual. Log volume is an assumption, since no contract bounds it.
"""

from pathlib import Path

from resilience.collector import alloy
from resilience.model.catalogue import Catalogue
from resilience.model.conventions import seconds
from resilience.model.telemetry import Telemetry
from resilience.model.yaml_files import read_yaml

SERVICES = (1, 10, 100, 1_000)
LINES_PER_SECOND, BYTES_PER_LINE = 2, 250
"""Assumed for each service; compare with `grafanacloud_logs_instance_usage` once it runs."""
_SERIES_PER_CORE, _REPLICAS = 300_000, 3
_MONOLITH_GB = 20
_DAY, _GB = 86_400, 1e9


def rows(root: Path) -> list[tuple[str, ...]]:
    """A row for each number of services, as they stand in docs/leaving-grafana-cloud.md."""
    telemetry = Telemetry.model_validate(read_yaml(root / "catalogue/telemetry.yaml", "catalogue/telemetry.yaml"))
    free = Catalogue.load(root).limits["series"].limit
    each = sum(metric.at_most for metric in telemetry.metrics.values() if metric.source.of_an_environment)
    return [_row(count, count * each, _interval(root), free) for count in SERVICES]


def _interval(root: Path) -> int:
    """Seconds between two scrapes of the API."""
    config = alloy.read(root / "deploy/alloy/config.alloy")
    return seconds(config.one("prometheus.scrape", "api").attributes["scrape_interval"])


def _row(count: int, series: int, interval: int, free: float) -> tuple[str, ...]:
    log_bytes = count * LINES_PER_SECOND * BYTES_PER_LINE
    daily = log_bytes * _DAY / _GB
    cores = series * _REPLICAS / _SERIES_PER_CORE
    where = "Grafana Cloud Free" if series <= free else "one process each" if daily <= _MONOLITH_GB else "microservices"
    return (
        f"{count:,}",
        f"{series:,}",
        f"{series / interval:,.0f}",
        f"{log_bytes:,}",
        f"{daily:,.2f}",
        f"{cores:,.2f} cores, {cores * 2.5:,.1f} GB",
        where,
    )
