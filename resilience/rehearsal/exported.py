"""The exported folder: the only thing that the rehearsal knows of the declaration."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from resilience.core.conventions import STATE_ALERTS, Channel
from resilience.rehearsal.logs import translated
from resilience.rehearsal.scenario import AlertKey, Scenario
from resilience.tools.errors import RehearsalError

LABELS = ("alert_id", "tier", "environment", "owner", "service")
UNROUTED = "slack-unrouted"


@dataclass(frozen=True)
class ExportedAlert:
    """An exported rule as its messages name it."""

    key: AlertKey
    name: str
    tier: str
    labels: dict[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Exported:
    """What `resilience export` wrote, parsed; rules on logs ask Prometheus (logs.py)."""

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
        """Return the receivers' names."""
        return tuple(receiver["name"] for receiver in self.alertmanager["receivers"])

    def only(self, environments: set[str]) -> "Exported":
        """Return the same with the rules of these environments alone."""
        groups = [
            {**group, "rules": [rule for rule in group["rules"] if rule["labels"]["environment"] in environments]}
            for group in self.rules["groups"]
        ]
        alerts = tuple(alert for alert in self.alerts if alert.key.environment in environments)
        return replace(self, rules={"groups": [group for group in groups if group["rules"]]}, alerts=alerts)

    @classmethod
    def read(cls, folder: Path) -> "Exported":
        """Read the folder; raises RehearsalError that names the file at fault."""
        metrics, logs = (_mapping(folder / name, "groups") for name in ("rules.yml", "loki-rules.yml"))
        rules = {"groups": [*metrics["groups"], *translated(logs)]}
        alertmanager = _mapping(folder / "alertmanager.yml", "route")
        return cls(folder, rules, alertmanager, alerts_of(rules))

    def reject_unknown(self, scenarios: tuple[Scenario, ...]) -> None:
        """Raise RehearsalError when an incident names an alert or environment that no rule has."""
        known = {alert.key for alert in self.alerts}
        faults = [
            f'{scenario.id}: expect: no exported rule is "{wanted.key}"; '
            f"there are {', '.join(sorted(str(key) for key in known))}"
            for scenario in scenarios
            for wanted in scenario.expect
            if wanted.key not in known
        ]
        if faults:
            raise RehearsalError("\n".join(faults))


def alerts_of(rules: dict[str, Any]) -> tuple[ExportedAlert, ...]:
    """Return the alerts of a rule file, in its order."""
    return tuple(_alert(rule) for group in rules["groups"] for rule in group["rules"])


def channel_of(receiver: str) -> Channel:
    """Return the Slack channel behind a receiver's name.

    Raises RehearsalError for a name that means none.
    """
    if receiver == UNROUTED:
        return Channel.ALERTS
    try:
        return Channel(receiver.removeprefix("slack-"))
    except ValueError as error:
        names = ", ".join(f"slack-{channel}" for channel in Channel)
        msg = f'alertmanager.yml: receiver "{receiver}" means no channel; use {names}, {UNROUTED}'
        raise RehearsalError(msg) from error


def _mapping(path: Path, key: str) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        msg = f"{path}: cannot be read as YAML: {error}; run `resilience export` anew"
        raise RehearsalError(msg) from error
    if not isinstance(content, dict) or key not in content:
        msg = f'{path}: has no "{key}"; run `resilience export` anew'
        raise RehearsalError(msg)
    return content


def _alert(rule: dict[str, Any]) -> ExportedAlert:
    labels = rule.get("labels", {})
    missing = [label for label in LABELS if not labels.get(label)]
    if missing:
        msg = f'rules.yml: rule "{rule.get("alert")}" lacks the labels {", ".join(missing)}'
        raise RehearsalError(msg)
    # Grafana's own alert of a rule without data is another message than the rule's.
    name = rule["alert"] if rule["alert"] in STATE_ALERTS else labels["alert_id"]
    return ExportedAlert(AlertKey(name, labels["environment"]), rule["alert"], labels["tier"], labels)
