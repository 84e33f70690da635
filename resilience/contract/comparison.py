"""Compares the text of `/metrics` with the telemetry contract, metric by metric."""

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from prometheus_client.metrics_core import Metric as Family
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from resilience.core.problems import BadInputError, Problem, shown
from resilience.model.telemetry import Metric, Source, Telemetry

ADDED = frozenset({"job", "instance", "environment"})
"""Labels that the collector adds; the API must not."""
STALE_MINUTES = 24 * 60
FROZEN_MINUTES = 60
"""A gauge may lag this far behind the time of the last success: one sync may be running."""
_AGE, _SUCCESS = "sv0_sync_age_minutes", "sv0_sync_last_success_timestamp_seconds"
_FUTURE_MINUTES = 5
_SHOWN = 3

Mismatch = tuple[str, str]


def differences(text: str, contract: Telemetry, name: str, now: Callable[[], float] = time.time) -> Iterator[Problem]:
    """One problem for each difference; problems call the source `name`.

    Raises:
        BadInputError: the text is not the exposition format.
    """
    families = _parsed(text, name)
    for metric_name, metric in contract.metrics.items():
        if metric.source is Source.API:
            for what, instead in _compared(metric_name, metric, families):
                yield Problem(name, metric_name, what, instead)
    known = {series for key, metric in contract.metrics.items() for series in (key, *metric.exposes(key))}
    for unknown in sorted(one for one in families if one.startswith("sv0_") and one not in known):
        instead = "add it to catalogue/telemetry.yaml, or remove it"
        yield Problem(name, unknown, "is not in the contract, so the collector drops it", instead)
    for path, what, instead in _syncs(families, now() / 60):
        yield Problem(name, path, what, instead)


def _parsed(text: str, name: str) -> dict[str, Family]:
    """Families by the name in the contract (a counter's ends with `_total`)."""
    try:
        found = list(text_string_to_metric_families(text))
    # For malformed lines the parser raises errors of many types.
    except (ValueError, LookupError, TypeError, AttributeError):
        raise BadInputError(
            [Problem(name, "(whole answer)", "is not the text exposition format", "send what prom-client makes")]
        ) from None
    families: dict[str, Family] = {}
    for one in found:
        # Lines of one metric that are not adjacent come as a second family, without the type.
        first = families.setdefault(f"{one.name}_total" if one.type == "counter" else one.name, one)
        if first is not one:
            first.samples += one.samples
    return families


def _compared(name: str, metric: Metric, families: Mapping[str, Family]) -> Iterator[Mismatch]:
    family = families.get(name)
    if family is None:
        yield "is missing", f"expose it as a {metric.type}, in {metric.unit}"
        return
    if family.type != metric.type:
        yield f"is a {_kind(family)}", f"expose it as a {metric.type}"
        return
    yield from _labels(family.samples, metric)
    yield from _count(family.samples, metric)
    yield from _buckets(family.samples, metric)
    yield from _values(family.samples)


def _kind(family: Family) -> str:
    return "metric without a type" if family.type == "unknown" else str(family.type)


def _labels(samples: Sequence[Sample], metric: Metric) -> Iterator[Mismatch]:
    wanted = set(metric.labels) - ADDED
    found = [
        set(sample.labels) - ({"le"} if sample.name.endswith("_bucket") and metric.buckets else set())
        for sample in samples
    ]
    for label in sorted(set().union(*found) - wanted):
        reason = "the collector adds it" if label in ADDED else f"known are {', '.join(sorted(wanted)) or 'none'}"
        yield f"has the unknown label {shown(label)}", f"remove it; {reason}"
    for label in sorted(label for label in wanted if any(label not in one for one in found)):
        yield f"has series without the label {shown(label)}", "set it on every series"


def _count(samples: Sequence[Sample], metric: Metric) -> Iterator[Mismatch]:
    series = Counter((sample.name, tuple(sorted(sample.labels.items()))) for sample in samples)
    if len(series) > metric.at_most:
        yield (
            f"has {len(series)} series, more than {metric.at_most}",
            "drop a label value that grows, such as an id in a route",
        )
    twice = sum(count > 1 for count in series.values())
    if twice:
        yield f"has {twice} series twice", "register it once"


def _buckets(samples: Sequence[Sample], metric: Metric) -> Iterator[Mismatch]:
    found = {_number(sample.labels.get("le", "")) for sample in samples if sample.name.endswith("_bucket")}
    if not metric.buckets or not found:
        return
    wanted = {*metric.buckets, math.inf}
    if found != wanted:
        yield f"has the buckets {_listed(found)}", f"make them {_listed(wanted)}"


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _listed(bounds: set[float]) -> str:
    shown_first = sorted(bounds)[: 2 * _SHOWN]
    return ", ".join(f"{bound:g}" for bound in shown_first) + (" …" if len(bounds) > len(shown_first) else "")


def _values(samples: Sequence[Sample]) -> Iterator[Mismatch]:
    odd = [sample.value for sample in samples if not math.isfinite(sample.value) or sample.value < 0]
    if odd:
        yield f"has the value {odd[0]:g}", "set a finite number that is not negative, or no series"


def _syncs(families: Mapping[str, Family], now: float) -> Iterator[tuple[str, str, str]]:
    """Problems of the two sync metrics, by connector; `now` in minutes since 1970."""
    ages, successes = (_by_connector(families.get(name)) for name in (_AGE, _SUCCESS))
    since = {connector: now - seconds / 60 for connector, seconds in successes.items() if seconds > 0}
    for connector, age in ages.items():
        known = since.get(connector, age)
        if age > STALE_MINUTES:
            yield _AGE, *_stale(connector, age)
        elif known - age > FROZEN_MINUTES:
            what = f"{shown(connector)} shows {age:.0f} minutes, but its last success was {known:.0f} minutes ago"
            yield _AGE, what, "compute the age at each scrape, not after each sync"
    for connector, minutes in since.items():
        if minutes < -_FUTURE_MINUTES:
            what = f"{shown(connector)} is {-minutes:.0f} minutes in the future"
            yield _SUCCESS, what, "write seconds since 1970, not milliseconds"
        elif minutes > STALE_MINUTES and connector not in ages:
            yield _SUCCESS, *_stale(connector, minutes)


def _stale(connector: str, minutes: float) -> Mismatch:
    what = f"{shown(connector)} is {minutes:.0f} minutes old, more than {STALE_MINUTES}"
    return what, "find out why it does not sync: runbooks/connector-stale.md"


def _by_connector(family: Family | None) -> dict[str, float]:
    samples = family.samples if family else []
    return {one.labels.get("connector_id", ""): one.value for one in samples if math.isfinite(one.value)}
