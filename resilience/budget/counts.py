"""What uses each limit of Grafana Cloud: one function for each limit."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from resilience.budget.inputs import BudgetInput
from resilience.core.problems import BadInputError, Problem, shown
from resilience.manifest.rules import DeclaredRule, declared_rules
from resilience.promql.cardinality import most_of_logql, most_of_promql

_DAYS = 31  # the longest month
_SECONDS = 86_400  # of a day
_GIGABYTE = 10**9


@dataclass(frozen=True)
class Contribution:
    """A part of the use of a limit, in the limit's unit."""

    name: str
    amount: float


def rules(inputs: BudgetInput) -> list[Contribution]:
    """Grafana-managed rules of all stacks, by alert."""
    counted = Counter(rule.labels.get("alert_id", rule.place) for rule in declared_rules(inputs.manifests))
    return [Contribution(alert, count) for alert, count in counted.items()]


def rule_instances(inputs: BudgetInput) -> list[Contribution]:
    """Instances that each rule can have at most.

    Raises:
        BadInputError: the instances of a rule have no upper bound.
    """
    metrics = inputs.catalogue.metrics.items()
    at_most = {name: metric.at_most for key, metric in metrics for name in metric.exposes(key)}
    found = {rule.uid: _instances(rule, at_most) for rule in declared_rules(inputs.manifests)}
    unbounded = [uid for uid, most in found.items() if most is None]
    if unbounded:
        what = f"nothing bounds the instances of {shown(unbounded[0])}"
        raise BadInputError([Problem("catalogue/alerts", "expr", what, "begin it with `sum by (environment) (`")])
    return [Contribution(uid, most) for uid, most in found.items() if most is not None]


def _instances(rule: DeclaredRule, at_most: dict[str, int]) -> int | None:
    if logs := rule.queries("loki"):
        return most_of_logql(logs[0])
    return most_of_promql(rule.queries("prometheus")[0], at_most)


def series(inputs: BudgetInput) -> Iterator[Contribution]:
    """Active series, by metric of the telemetry contract."""
    for name, metric in inputs.catalogue.metrics.items():
        times = len(inputs.settings) if metric.source.of_an_environment else 1
        yield Contribution(name, metric.at_most * times)
    yield Contribution("besides the contract", inputs.usage.series.besides_the_contract)


def log_gigabytes(inputs: BudgetInput) -> list[Contribution]:
    """GB of logs in the longest month, by environment."""
    environments = [settings.environment for settings in inputs.settings.values()]
    return [Contribution(name, inputs.usage.logs.of(name) * _DAYS / _GIGABYTE) for name in environments]


def most_log_gigabytes(inputs: BudgetInput) -> list[Contribution]:
    """GB of logs in the longest month if every environment writes without end; by environment."""
    most = inputs.usage.logs.at_most.bytes(_DAYS * _SECONDS) / _GIGABYTE
    return [Contribution(settings.environment, most) for settings in inputs.settings.values()]


def users(inputs: BudgetInput) -> list[Contribution]:
    """Members of the Grafana organisation: each may log in every month."""
    return [Contribution(f"team of {stack}", len(settings.team)) for stack, settings in inputs.settings.items()]
