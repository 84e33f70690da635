"""The folder and the Alertmanager of one scenario: the exported files, scaled, and the real program that runs them."""

import shutil
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from resilience.core.conventions import WATCHDOG
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.live.hours import with_hours
from resilience.rehearsal.live.scale import scale_alertmanager
from resilience.rehearsal.live.slack import SlackReceiver
from resilience.tools import alertmanager
from resilience.tools.errors import RehearsalError
from resilience.tools.processes import Program

FASTEST = 240.0
"""Virtual seconds a second: above it Grafana's posts, a virtual minute apart, are less than 250 ms apart."""


@dataclass(frozen=True)
class Stage:
    """A running Alertmanager with the exported routes and templates, `speed` times as fast."""

    exported: Exported
    folder: Path
    speed: float
    alertmanager: Program

    def set_hours(self, *, open_: bool, maintenance: bool) -> None:
        """Begin or end everybody's business hours, and maintenance."""
        _write(self.exported, self.folder, self.speed, open_=open_, maintenance=maintenance)
        self.alertmanager.post("/-/reload")


def reject_speed(speed: float) -> None:
    """Raise RehearsalError for a speed out of range."""
    if not 1 <= speed <= FASTEST:
        msg = f"speed {speed:g} cannot be rehearsed; use 1 to {FASTEST:g}, 60 is the default"
        raise RehearsalError(msg)


def started(exported: Exported, folder: Path, speed: float, slack: SlackReceiver, stack: ExitStack) -> Stage:
    """Start Alertmanager with the exported routes, scaled, in business hours; `stack` ends it."""
    for template in exported.folder.glob("*.tmpl"):
        shutil.copy(template, folder)
    for receiver in exported.receivers:
        (folder / f"{receiver}.url").write_text(slack.url(receiver), "utf-8")
    exported = replace(exported, alertmanager=_with_address(exported.alertmanager, slack.url(WATCHDOG)))
    _write(exported, folder, speed, open_=True, maintenance=False)
    return Stage(exported, folder, speed, alertmanager.started(folder, stack))


def _with_address(config: dict[str, Any], url: str) -> dict[str, Any]:
    """Return the configuration with this address outside Slack: the exported one is a placeholder."""

    def addressed(receiver: dict[str, Any]) -> dict[str, Any]:
        outside = [{**one, "url": url} for one in receiver.get("webhook_configs", ())]
        return {**receiver, **({"webhook_configs": outside} if outside else {})}

    return {**config, "receivers": [addressed(one) for one in config["receivers"]]}


def _write(exported: Exported, folder: Path, speed: float, *, open_: bool, maintenance: bool) -> None:
    timed = with_hours(exported.alertmanager, open_=open_, maintenance=maintenance)
    config: dict[str, Any] = scale_alertmanager(timed, speed)
    (folder / "alertmanager.yml").write_text(yaml.safe_dump(config, sort_keys=False, width=1000), "utf-8")
