"""What an expression can read, and what a scenario touches.

A rule that cannot read what is touched need not be evaluated.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from typing import Any

import promql_parser as pp

from resilience.promql.ast import parsed, selectors, series_name
from resilience.rehearsal.scenario.faults import API, EVERY_PART, Fault, InEnvironment, Part, ProbedCheck
from resilience.rehearsal.simulator.targets import ALLOY_JOB, API_JOB, LOGS_JOB, EnvironmentPart, check_job, targets_of

_OWN_METRICS = "grafanacloud_"
"""How the names of Grafana Cloud's own series begin, which are of no environment."""
_JOBS = dict.fromkeys(API, API_JOB) | {Part.COLLECTOR: ALLOY_JOB, Part.LOGS: LOGS_JOB}


@cache
def places_read(expr: str, environments: tuple[str, ...]) -> frozenset[EnvironmentPart]:
    """Return what of these environments, and of none, an expression may read; everything if it is no PromQL."""
    try:
        found = selectors(parsed(expr))
    except ValueError:
        return _everything(environments)  # Prometheus says what is wrong with it
    return frozenset(place for place in _everything(environments) if any(_may_read(one, place) for one in found))


def places_touched(faults: tuple[Fault, ...], environments: tuple[str, ...]) -> frozenset[EnvironmentPart]:
    """Return whose samples may differ from those of an ordinary hour; everything if nothing happens."""
    places = {
        (name, part)
        for fault in faults
        for name in ((fault.environment,) if isinstance(fault, InEnvironment) else ("", *environments))
        for part in fault.shows_in
    }
    return frozenset(places) or _everything(environments)


def _everything(environments: tuple[str, ...]) -> frozenset[EnvironmentPart]:
    return frozenset(product(("", *environments), Part))


def _may_read(selector: Any, place: EnvironmentPart) -> bool:
    name, (environment, part) = series_name(selector), place
    if part not in _parts_with(name) or name.startswith(_OWN_METRICS) is not (environment == ""):
        return False
    return any(_fits(selector, labels) for labels in _labels_of(place))


@cache
def _parts_with(name: str) -> frozenset[Part]:
    """Return the parts that have a series of this name while all is well; every part if none has."""
    found = frozenset(part for part, names in _names().items() if name in names)
    return found or EVERY_PART


@cache
def _names() -> dict[Part, set[str]]:
    names: dict[Part, set[str]] = {part: set() for part in Part}
    for target in targets_of(("any",), ()):
        for part in {part for _, part in target.places}:
            names[part] |= {one.name for one in target.samples(0.0, float, frozenset({part}))}
            if target.has_up and part in (Part.PROCESS, Part.COLLECTOR):
                names[part].add("up")
    return names


def _labels_of(place: EnvironmentPart) -> Iterator[dict[str, str]]:
    """Yield the labels of a place's targets; the outside checks name the environment in their job alone."""
    environment, part = place
    if part in _JOBS:
        yield {"environment": environment, "job": _JOBS[part]}
    elif environment:
        yield from ({"environment": "", "job": check_job(environment, check)} for check in ProbedCheck)
    else:
        yield {"environment": "", "job": ""}


def _fits(selector: Any, labels: Mapping[str, str]) -> bool:
    return all(_matches(one, labels[one.name]) for one in selector.matchers.matchers if one.name in labels)


def _matches(matcher: Any, value: str) -> bool:
    if matcher.op in (pp.MatchOp.Equal, pp.MatchOp.NotEqual):
        return (matcher.value == value) is (matcher.op == pp.MatchOp.Equal)
    return bool(re.fullmatch(matcher.value, value)) is (matcher.op == pp.MatchOp.Re)
