"""What each limit of Grafana Cloud is used for: one small function a limit, over the facts."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from resilience.budget.facts import Facts
from resilience.budget.instances import most_of_logql, most_of_promql
from resilience.export.rules import RULE_GROUP
from resilience.model.faults import BadInputError, Fault, shown

_DAYS = 31  # the longest month
_GIGABYTE = 10**9


@dataclass(frozen=True)
class Contribution:
    """A part of what is used, in the limit's unit."""

    name: str
    amount: float


def _declared(facts: Facts) -> list[dict[str, Any]]:
    groups = [group for manifest in facts.manifests for group in manifest.of_type(RULE_GROUP)]
    return [rule for group in groups for rule in group.inputs["rules"]]


def rules(facts: Facts) -> list[Contribution]:
    """Grafana-managed rules of all stacks, by alert."""
    counted = Counter(rule["labels"]["alert_id"] for rule in _declared(facts))
    return [Contribution(alert, count) for alert, count in counted.items()]


def rule_instances(facts: Facts) -> list[Contribution]:
    """Instances that each rule can have at most.

    Raises:
        BadInputError: rules for which no bound can be told.
    """
    metrics = facts.catalogue.metrics.items()
    at_most = {name: metric.at_most for key, metric in metrics for name in metric.exposes(key)}
    found = {rule["uid"]: _instances(rule, at_most) for rule in _declared(facts)}
    unbounded = [uid for uid, most in found.items() if most is None]
    if unbounded:
        problem = f"nothing bounds the instances of {shown(unbounded[0])}"
        raise BadInputError([Fault("catalogue/alerts", "expr", problem, "begin it with `sum by (environment) (`")])
    return [Contribution(uid, most) for uid, most in found.items() if most is not None]


def _instances(rule: dict[str, Any], at_most: dict[str, int]) -> int | None:
    query = json.loads(rule["datas"][0]["model"])
    if query["datasource"]["type"] == "loki":
        return most_of_logql(query["expr"])
    return most_of_promql(query["expr"], at_most)


def series(facts: Facts) -> Iterator[Contribution]:
    """Active series, by metric of the telemetry contract."""
    for name, metric in facts.catalogue.metrics.items():
        times = len(facts.settings) if metric.source.of_an_environment else 1
        yield Contribution(name, metric.at_most * times)
    yield Contribution("besides the contract", facts.usage.series.besides_the_contract)


def log_gigabytes(facts: Facts) -> list[Contribution]:
    """GB of logs in the longest month, by environment."""
    environments = [settings.environment for settings in facts.settings.values()]
    return [Contribution(name, facts.usage.logs.of(name) * _DAYS / _GIGABYTE) for name in environments]


def users(facts: Facts) -> list[Contribution]:
    """Members of the Grafana organisation: each may log in in every month."""
    return [Contribution(f"team of {stack}", len(settings.team)) for stack, settings in facts.settings.items()]
