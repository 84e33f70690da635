"""The folder and the Alertmanager of one scenario: the exported files, scaled, and the real program that runs them."""

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import yaml

from resilience.core.conventions import WATCHDOG
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.live.hours import with_hours
from resilience.rehearsal.live.mail import MailReceiver, address_of
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

    def set_hours(self, *, open_: bool) -> None:
        """Begin or end everybody's business hours."""
        _write(self.exported, self.folder, self.speed, open_=open_)
        self.alertmanager.post("/-/reload")


@dataclass(frozen=True)
class Arrivals:
    """Where messages arrive: Slack, which also stands for the watchdog's address, and mail."""

    slack: SlackReceiver
    mail: MailReceiver

    @classmethod
    def started(cls, now: Callable[[], float], outage: Callable[[float], int | None], stack: ExitStack) -> Self:
        """Start both; `now` is the virtual second, `outage` Slack's; `stack` ends them."""
        found = cls(SlackReceiver(now, outage), MailReceiver(now))
        for one in (found.slack, found.mail):
            one.start()
            stack.callback(one.stop)
        return found


def reject_speed(speed: float) -> None:
    """Raise RehearsalError for a speed out of range."""
    if not 1 <= speed <= FASTEST:
        msg = f"speed {speed:g} cannot be rehearsed; use 1 to {FASTEST:g}, 60 is the default"
        raise RehearsalError(msg)


def started(exported: Exported, folder: Path, speed: float, arrivals: Arrivals, stack: ExitStack) -> Stage:
    """Start Alertmanager with the exported routes, scaled, in business hours; `stack` ends it."""
    for template in exported.folder.glob("*.tmpl"):
        shutil.copy(template, folder)
    for receiver in exported.receivers:
        (folder / f"{receiver}.url").write_text(arrivals.slack.url(receiver), "utf-8")
    config = _with_addresses(exported.alertmanager, arrivals.slack.url(WATCHDOG), arrivals.mail.smarthost)
    exported = replace(exported, alertmanager=config)
    _write(exported, folder, speed, open_=True)
    return Stage(exported, folder, speed, alertmanager.started(folder, stack))


def _with_addresses(config: dict[str, Any], url: str, smarthost: str) -> dict[str, Any]:
    """Return the configuration with these addresses outside Slack: the exported ones are placeholders."""

    def addressed(receiver: dict[str, Any]) -> dict[str, Any]:
        mail = {"to": address_of(receiver["name"]), "smarthost": smarthost, "require_tls": False}
        new = {"webhook_configs": {"url": url}, "email_configs": mail}
        return receiver | {kind: [one | new[kind] for one in receiver[kind]] for kind in new if kind in receiver}

    return {**config, "receivers": [addressed(one) for one in config["receivers"]]}


def _write(exported: Exported, folder: Path, speed: float, *, open_: bool) -> None:
    config: dict[str, Any] = scale_alertmanager(with_hours(exported.alertmanager, open_=open_), speed)
    (folder / "alertmanager.yml").write_text(yaml.safe_dump(config, sort_keys=False, width=1000), "utf-8")
