"""The collector's keep-lists: the series of the telemetry contract, one relabelling rule for each job."""

import re

from resilience.model.telemetry import Metric, Source, Telemetry

LABELS = ("__name__", "le")
"""The labels that the rule matches; `le` is empty for a series without buckets."""


def pattern(telemetry: Telemetry, source: Source) -> str:
    """RE2 for `name;le` that keeps exactly the series that a job of this source may send."""
    wanted = {name: one for name, one in telemetry.metrics.items() if one.source in (Source.SCRAPE, source)}
    plain = [
        series for name, metric in wanted.items() for series in metric.exposes(name) if not _has_bounds(metric, series)
    ]
    buckets = [f"{name}_bucket;({_bounds(metric)})" for name, metric in wanted.items() if metric.buckets]
    return "|".join([f"({'|'.join(plain)});", *buckets])


def _has_bounds(metric: Metric, series: str) -> bool:
    return bool(metric.buckets) and series.endswith("_bucket")


def _bounds(metric: Metric) -> str:
    return "|".join([*map(_bound, metric.buckets), r"\+Inf"])


def _bound(bound: float) -> str:
    """Go and prom-client print a whole bound as 1, newer Prometheus as 1.0."""
    return rf"{bound:.0f}(\.0)?" if bound.is_integer() else re.escape(repr(bound))
