"""The exported folder, which is all that the rehearsal reads of the declaration."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from resilience.core.conventions import STATE_ALERTS, WATCHDOG, Channel
from resilience.rehearsal.scenario.scenario import AlertKey, Scenario
from resilience.rehearsal.simulator.logs import translated
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
class Exported:
    """What `resilience export` wrote, parsed; log rules are translated to PromQL (logs.py)."""

    folder: Path
    rules: dict[str, Any]
    alertmanager: dict[str, Any]
    alerts: tuple[ExportedAlert, ...]

    @property
    def environments(self) -> tuple[str, ...]:
        """Return every environment that a rule names."""
        return tuple(sorted({alert.key.environment for alert in self.alerts}))

    @property
    def receivers(self) -> tuple[str, ...]:
        """Return the names of the receivers in Slack."""
        return tuple(one["name"] for one in self.alertmanager["receivers"] if "slack_configs" in one)

    def only(self, environments: set[str]) -> "Exported":
        """Return a copy with the rules of these environments only."""
        groups = [
            {**group, "rules": [rule for rule in group["rules"] if rule["labels"]["environment"] in environments]}
            for group in self.rules["groups"]
        ]
        alerts = tuple(alert for alert in self.alerts if alert.key.environment in environments)
        return replace(self, rules={"groups": [group for group in groups if group["rules"]]}, alerts=alerts)

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


def alerts_of(rules: dict[str, Any]) -> tuple[ExportedAlert, ...]:
    """Return the alerts of a rule file, in its order."""
    return tuple(_alert(rule) for group in rules["groups"] for rule in group["rules"])


def channel_of(receiver: str) -> Channel:
    """Return the Slack channel behind a receiver's name.

    Raises RehearsalError for a name without a channel.
    """
    if receiver == UNROUTED:
        return Channel.ALERTS
    try:
        return Channel(receiver.removeprefix("slack-"))
    except ValueError as error:
        names = ", ".join(f"slack-{channel}" for channel in Channel)
        msg = f'alertmanager.yml: receiver "{receiver}" has no channel; use {names}, {UNROUTED}'
        raise RehearsalError(msg) from error


def _is_watchdog(group: dict[str, Any]) -> bool:
    return any(rule.get("labels", {}).get("alert_id") == WATCHDOG for rule in group["rules"])


def _mapping(path: Path, key: str) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
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
