"""The telemetry contract: which series there are, who exposes them, and how many."""

from collections.abc import Mapping
from enum import StrEnum, unique
from typing import Annotated, Literal, Self

from pydantic import Field, FiniteFloat, model_validator

from resilience.core.conventions import Frozen, OneLine

_LabelName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
# A colon marks what a recording rule made, as some of Grafana Cloud's own metrics.
_MetricName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(:[a-z0-9_]+)*$")]


@unique
class Source(StrEnum):
    """Who exposes a series (not who stores it)."""

    SCRAPE = "scrape"
    API = "api"
    COLLECTOR = "collector"
    PROBE = "probe"
    USAGE = "usage"

    @property
    def of_an_environment(self) -> bool:
        """Whether each environment has series of its own, distinguished by `environment`."""
        return self in (Source.SCRAPE, Source.API, Source.COLLECTOR)


class Metric(Frozen):
    """A series of the telemetry contract, with the labels that it may have.

    `at_most` series exist of it: in one environment, or in all when its source knows none.
    `buckets` are the finite upper bounds of a histogram, in its unit.
    `refreshed_by: event` says that a gauge stands still between events, whatever time does to what it
    counts.
    """

    source: Source
    type: Literal["counter", "gauge", "histogram"]
    unit: OneLine
    labels: tuple[_LabelName, ...]
    at_most: Annotated[int, Field(gt=0)]
    buckets: tuple[FiniteFloat, ...] = ()
    refreshed_by: Literal["event", "scrape"] = "scrape"

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if (self.type == "histogram") != bool(self.buckets):
            raise ValueError("a histogram has buckets and nothing else has; write their upper bounds, or none")
        if list(self.buckets) != sorted(set(self.buckets)):
            raise ValueError("buckets do not rise; write each upper bound once, from low to high")
        if self.refreshed_by == "event" and self.type != "gauge":
            raise ValueError(f"refreshed_by: event is for gauges, not for a {self.type}; leave it out")
        if self.source.of_an_environment != ("environment" in self.labels):
            raise ValueError(f'source "{self.source}" and the label "environment" contradict; see the file\'s head')
        return self

    def exposes(self, name: str) -> tuple[str, ...]:
        """Names of the time series that it makes."""
        return tuple(f"{name}_{part}" for part in ("bucket", "count", "sum")) if self.type == "histogram" else (name,)


class Telemetry(Frozen):
    """The file `catalogue/telemetry.yaml`; `monitoring_routes` are those that no user asks for."""

    version: Literal[1]
    monitoring_routes: Annotated[tuple[Annotated[str, Field(pattern=r"^/[A-Za-z0-9_./-]*$")], ...], Field(min_length=1)]
    metrics: Annotated[dict[_MetricName, Metric], Field(min_length=1)]


def series_labels(metrics: Mapping[str, Metric]) -> dict[str, tuple[str, ...]]:
    """Labels of each time series of these metrics, by its name."""
    return {
        series: (*metric.labels, "le") if metric.type == "histogram" and series.endswith("_bucket") else metric.labels
        for name, metric in metrics.items()
        for series in metric.exposes(name)
    }
