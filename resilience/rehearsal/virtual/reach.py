"""Which environments an expression can read: what it cannot see of a scenario need not be evaluated in it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import promql_parser as pp

from resilience.promql.ast import parsed, selectors, series_name
from resilience.rehearsal.scenario.faults import ProbedCheck
from resilience.rehearsal.simulator.targets import ALLOY_JOB, API_JOB, LOGS_JOB, check_job

_OWN_METRICS = "grafanacloud_"
"""How the names of Grafana Cloud's own series begin, which are of no environment."""


@cache
def environments_read(expr: str, environments: tuple[str, ...]) -> frozenset[str]:
    """Return those of these environments whose series an expression may read; all of them if it is no PromQL."""
    try:
        read = [one for one in selectors(parsed(expr)) if not series_name(one).startswith(_OWN_METRICS)]
    except ValueError:
        return frozenset(environments)  # Prometheus says what is wrong with it
    return frozenset(name for name in environments if any(_matches_any(one, _labels_of(name)) for one in read))


def _labels_of(environment: str) -> Iterator[dict[str, str]]:
    """Yield the labels of an environment's targets; the outside checks name it in their job alone."""
    yield from ({"environment": environment, "job": job} for job in (API_JOB, ALLOY_JOB, LOGS_JOB))
    yield from ({"environment": "", "job": check_job(environment, check)} for check in ProbedCheck)


def _matches_any(selector: Any, targets: Iterable[Mapping[str, str]]) -> bool:
    return any(
        all(_matches(one, target[one.name]) for one in selector.matchers.matchers if one.name in target)
        for target in targets
    )


def _matches(matcher: Any, value: str) -> bool:
    if matcher.op in (pp.MatchOp.Equal, pp.MatchOp.NotEqual):
        return (matcher.value == value) is (matcher.op == pp.MatchOp.Equal)
    return bool(re.fullmatch(matcher.value, value)) is (matcher.op == pp.MatchOp.Re)
