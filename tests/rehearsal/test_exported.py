"""What the rehearsal reads of an export."""

from pathlib import Path

from resilience.core.conventions import WATCHDOG
from resilience.core.yaml_files import read_own
from resilience.rehearsal.exported import Exported


def test_the_watchdog_is_exported_and_its_rule_left_out_of_the_rehearsal(exported: Path, declared: Exported) -> None:
    rules = read_own((exported / "rules.yml").read_text("utf-8"))
    written = {rule["labels"]["alert_id"] for group in rules["groups"] for rule in group["rules"]}

    assert written - {alert.labels["alert_id"] for alert in declared.alerts} == {WATCHDOG}
    assert all(rule["labels"]["alert_id"] != WATCHDOG for group in declared.rules["groups"] for rule in group["rules"])


def test_only_receivers_in_slack_are_rehearsed(declared: Exported) -> None:
    every = {one["name"] for one in declared.alertmanager["receivers"]}

    assert every - set(declared.receivers) == {WATCHDOG}
