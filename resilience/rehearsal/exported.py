"""What the rehearsal reads of the declaration: the exported folder, and the rules as Grafana has them."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from resilience.core.conventions import STATE_ALERTS, WATCHDOG, Channel, ExecErrState, NoDataState
from resilience.core.durations import MINUTE, seconds
from resilience.core.yaml_files import read_own
from resilience.export import export
from resilience.grafana import Condition, GrafanaRule, rules_of
from resilience.manifest import Manifest
from resilience.manifest.rules import DeclaredRule, declared_rules
from resilience.rehearsal.scenario.scenario import AlertKey, Scenario
from resilience.rehearsal.simulator.logs import as_promql, translated
from resilience.tools.errors import RehearsalError

LABELS = ("alert_id", "tier", "environment", "owner", "service")
UNROUTED = "slack-unrouted"


@dataclass(frozen=True)
class ExportedAlert:
    """An exported rule, by the names that its messages use."""

    key: AlertKey
    name: str
    tier: str
    labels: dict[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class EvaluatedRule:
    """A rule as Grafana has it, its query as PromQL (logs.py), and the type of its data source."""

    rule: GrafanaRule
    expr: str
    source: str


@dataclass(frozen=True)
class Exported:
    """What `resilience export` wrote, parsed, with log rules translated to PromQL (logs.py); `grafana`: the rules."""

    folder: Path
    rules: dict[str, Any]
    alertmanager: dict[str, Any]
    alerts: tuple[ExportedAlert, ...]
    grafana: tuple[EvaluatedRule, ...] = ()

    @property
    def environments(self) -> tuple[str, ...]:
        """Return every environment that a rule names."""
        return tuple(sorted({alert.key.environment for alert in self.alerts}))

    @property
    def receivers(self) -> tuple[str, ...]:
        """Return the names of the receivers in Slack."""
        return tuple(one["name"] for one in self.alertmanager["receivers"] if "slack_configs" in one)

    @property
    def mailed_tiers(self) -> frozenset[str]:
        """Return the tiers whose messages also go by e-mail: those that the names of such receivers end in."""
        names = (one["name"] for one in self.alertmanager["receivers"] if "email_configs" in one)
        return frozenset(name.rpartition("-")[2].upper() for name in names)

    def only(self, environments: set[str]) -> "Exported":
        """Return a copy with the rules of these environments only."""
        groups = [
            {**group, "rules": [rule for rule in group["rules"] if rule["labels"]["environment"] in environments]}
            for group in self.rules["groups"]
        ]
        alerts = tuple(alert for alert in self.alerts if alert.key.environment in environments)
        grafana = tuple(one for one in self.grafana if one.rule.labels["environment"] in environments)
        return replace(self, rules={"groups": [one for one in groups if one["rules"]]}, alerts=alerts, grafana=grafana)

    @classmethod
    def of(cls, manifests: Sequence[Manifest], folder: Path) -> "Exported":
        """Export these stacks into the folder and read it.

        Raises:
            BadInputError: the declaration cannot be exported.
        """
        export(manifests, folder)
        grafana = tuple(_evaluated(*pair) for pair in zip(declared_rules(manifests), rules_of(manifests), strict=True))
        read = cls.read(folder)
        return replace(read, grafana=grafana, alerts=(*read.alerts, *_error_alerts(grafana)))

    @classmethod
    def read(cls, folder: Path) -> "Exported":
        """Read the folder; raises RehearsalError that names the broken file.

        The watchdog is left out: it fires in every scenario, and Slack never hears of it.
        """
        metrics, logs = (_mapping(folder / name, "groups") for name in ("rules.yml", "loki-rules.yml"))
        groups = [*metrics["groups"], *translated(logs)]
        rules = {"groups": [one for one in groups if not _is_watchdog(one)]}
        alertmanager = _mapping(folder / "alertmanager.yml", "route")
        return cls(folder, rules, alertmanager, alerts_of(rules))

    def reject_unknown(self, scenarios: tuple[Scenario, ...]) -> None:
        """Raise RehearsalError if a scenario expects an alert that no exported rule can send."""
        known = {alert.key for alert in self.alerts}
        problems = [
            f'{scenario.id}: expect: no exported rule is "{wanted.key}"; '
            f"there are {', '.join(sorted(str(key) for key in known))}"
            for scenario in scenarios
            for wanted in scenario.expect
            if wanted.key not in known
        ]
        if problems:
            raise RehearsalError("\n".join(problems))


def _error_alerts(rules: Sequence[EvaluatedRule]) -> Iterator[ExportedAlert]:
    """Yield Grafana's own alerts about rules whose query fails, which Prometheus does not know."""
    for labels in (one.rule.labels for one in rules if one.rule.exec_err_state is ExecErrState.ERROR):
        name = STATE_ALERTS[1]
        yield ExportedAlert(AlertKey(name, labels["environment"]), name, labels["tier"], labels)


def alerts_of(rules: dict[str, Any]) -> tuple[ExportedAlert, ...]:
    """Return the alerts of a rule file, in its order."""
    return tuple(_alert(rule) for group in rules["groups"] for rule in group["rules"])


def with_rules(exported: Exported, rules: dict[str, Any]) -> Exported:
    """Return a copy with the rules of a Prometheus rule file; whatever a query of theirs returns, fires."""
    grafana = tuple(_of_prometheus(rule) for group in rules["groups"] for rule in group["rules"])
    return replace(exported, rules=rules, alerts=alerts_of(rules), grafana=grafana)


def _of_prometheus(rule: dict[str, Any]) -> EvaluatedRule:
    made = GrafanaRule(
        uid=rule["alert"],
        title=rule["alert"],
        folder="Prometheus",
        labels=rule["labels"],
        annotations={},
        interval=MINUTE,
        pending=seconds(rule.get("for", "0s")),
        keep_firing_for=seconds(rule.get("keep_firing_for", "0s")),
        missing_evaluations=1,
        no_data_state=NoDataState.OK,
        exec_err_state=ExecErrState.ERROR,
        # A rule of Prometheus fires for whatever its query returns, and no number equals NaN.
        condition=Condition("ne", (math.nan,)),
        datasource_uid="prometheus",
    )
    return EvaluatedRule(made, rule["expr"], "prometheus")


def channel_of(receiver: str) -> Channel:
    """Return the Slack channel behind a receiver's name.

    Raises RehearsalError for a name without a channel.
    """
    if receiver == UNROUTED:
        return Channel.ALERTS
    try:
        # `slack-alerts-p1` is the channel's receiver for one tier.
        return Channel(receiver.removeprefix("slack-").partition("-")[0])
    except ValueError as error:
        names = ", ".join(f"slack-{channel}" for channel in Channel)
        msg = f'alertmanager.yml: receiver "{receiver}" has no channel; use {names}, {UNROUTED}'
        raise RehearsalError(msg) from error


def _evaluated(declared: DeclaredRule, rule: GrafanaRule) -> EvaluatedRule:
    (source, expr), *_ = ((kind, expr) for kind in ("prometheus", "loki") for expr in declared.queries(kind))
    return EvaluatedRule(rule, as_promql(expr) if source == "loki" else expr, source)


def _is_watchdog(group: dict[str, Any]) -> bool:
    return any(rule.get("labels", {}).get("alert_id") == WATCHDOG for rule in group["rules"])


def _mapping(path: Path, key: str) -> dict[str, Any]:
    try:
        content = read_own(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        msg = f"{path}: cannot be read as YAML: {error}; run `resilience export` again"
        raise RehearsalError(msg) from error
    if not isinstance(content, dict) or key not in content:
        msg = f'{path}: has no "{key}"; run `resilience export` again'
        raise RehearsalError(msg)
    return content


def _alert(rule: dict[str, Any]) -> ExportedAlert:
    labels = rule.get("labels", {})
    missing = [label for label in LABELS if not labels.get(label)]
    if missing:
        names = ", ".join(missing)
        msg = f'rules.yml: rule "{rule.get("alert")}" lacks the labels {names}; run `resilience export` again'
        raise RehearsalError(msg)
    # Grafana's alert about a rule without data is another message than the rule's own.
    name = rule["alert"] if rule["alert"] in STATE_ALERTS else labels["alert_id"]
    return ExportedAlert(AlertKey(name, labels["environment"]), rule["alert"], labels["tier"], labels)
