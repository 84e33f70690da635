"""The folder and programs of one scenario: the exported files, scaled, and real binaries that run them."""

import json
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from resilience.core.durations import MINUTE, spelt
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.live.hours import OPEN, replace_intervals
from resilience.rehearsal.live.metrics_server import MetricsServer
from resilience.rehearsal.live.scale import scale_alertmanager, scale_rules
from resilience.rehearsal.live.slack import SlackReceiver
from resilience.tools import binaries, processes
from resilience.tools.errors import RehearsalError
from resilience.tools.processes import Program

INTERVAL = MINUTE
"""Virtual seconds between scrapes and between rule evaluations, as in production."""
LOOKBACK = 5 * MINUTE
FASTEST = 240.0
"""Virtual seconds a second: above it a scrape interval is below 250 ms, and timing is unreliable."""
RESEND = "5s"
"""Real time. Prometheus sets the end of a firing alert 4 resends ahead; with a scaled delay, a busy
machine would make Alertmanager resolve an alert that still fires."""
SCRAPES = 3


@dataclass(frozen=True)
class Stage:
    """The running programs of a scenario, and its folder."""

    prometheus: Program
    alertmanager: Program
    folder: Path
    services: dict[str, MetricsServer]
    speed: float

    def check(self) -> None:
        """Raise RehearsalError when a program has ended."""
        self.prometheus.check()
        self.alertmanager.check()

    def load_rules(self, cancelled: threading.Event) -> None:
        """Load the rules once everything has been scraped, and return when alerts can be sent.

        Until its first scrape, up to 10 s after its start, Prometheus would report every environment
        as missing; after a reload it has no Alertmanager for up to 5 s (both seen 2026-11-24).
        """
        query = f"count_over_time(up[1h]) >= {SCRAPES}"
        self._await(lambda: len(self.prometheus.query(query)) == len(self.services), cancelled)
        self.set_targets(frozenset(self.services))
        self._await(self.prometheus.knows_alertmanager, cancelled)

    def _await(self, met: Callable[[], bool], cancelled: threading.Event) -> None:
        deadline = time.monotonic() + processes.READY_SECONDS
        while time.monotonic() < deadline and not cancelled.is_set():
            self.check()
            if met():
                return
            cancelled.wait(0.1)
        msg = f"prometheus did not scrape all targets or find Alertmanager within {processes.READY_SECONDS:.0f} s"
        raise RehearsalError(msg)

    def set_hours(self, exported: Exported, intervals: list[dict[str, Any]]) -> None:
        """Give Alertmanager these business hours."""
        write_alertmanager(exported, self.folder, self.speed, intervals)
        self.alertmanager.post("/-/reload")

    def set_targets(self, names: frozenset[str]) -> None:
        """Scrape only these targets from now on.

        A reload removes a scrape job at once, while an emptied file_sd takes 5 s of real time
        (Prometheus throttles discovery). A job that is added again waits those 5 s in any case.
        """
        _write_prometheus(self, names, rules=["rules.yml"])
        self.prometheus.post("/-/reload")


def reject_speed(speed: float) -> None:
    """Raise RehearsalError for a speed out of range."""
    if not 1 <= speed <= FASTEST:
        msg = f"speed {speed:g} cannot be rehearsed; use 1 to {FASTEST:g}, 60 is the default"
        raise RehearsalError(msg)


def prepare(exported: Exported, folder: Path, speed: float, slack: SlackReceiver) -> None:
    """Write scaled rules, templates and the receivers' webhook files."""
    _dump(folder / "rules.yml", scale_rules(exported.rules, speed))
    for template in exported.folder.glob("*.tmpl"):
        shutil.copy(template, folder)
    for receiver in exported.receivers:
        (folder / f"{receiver}.url").write_text(slack.url(receiver), "utf-8")


def write_alertmanager(exported: Exported, folder: Path, speed: float, intervals: list[dict[str, Any]]) -> None:
    """Write the exported configuration, scaled, with these hours."""
    config = scale_alertmanager(replace_intervals(exported.alertmanager, intervals), speed)
    _dump(folder / "alertmanager.yml", config)


def start_alertmanager(exported: Exported, folder: Path, speed: float, stack: ExitStack) -> Program:
    """Start Alertmanager with the exported routes, scaled; business hours are open."""
    write_alertmanager(exported, folder, speed, OPEN)
    command = [
        str(binaries.find("alertmanager")),
        "--config.file=alertmanager.yml",
        "--storage.path=alertmanager",
        "--web.listen-address=127.0.0.1:0",
        "--cluster.listen-address=",
    ]
    return processes.run("alertmanager", command, folder, stack)


def start_prometheus(
    folder: Path, speed: float, services: dict[str, MetricsServer], alertmanager: Program, stack: ExitStack
) -> Stage:
    """Start Prometheus with every service as a target and without rules, and return the stage."""
    for name, service in services.items():
        targets = [{"targets": [service.address], "labels": service.target.labels}]
        (folder / _targets(name)).write_text(json.dumps(targets), "utf-8")
    waiting = Stage(alertmanager, alertmanager, folder, services, speed)
    _write_prometheus(waiting, frozenset(services), rules=[])
    command = [
        str(binaries.find("prometheus")),
        "--config.file=prometheus.yml",
        "--storage.tsdb.path=prometheus",
        "--web.listen-address=127.0.0.1:0",
        "--web.enable-lifecycle",
        f"--query.lookback-delta={spelt(LOOKBACK / speed)}",
        f"--rules.alert.resend-delay={RESEND}",
        "--rules.alert.for-grace-period=0s",
        "--scrape.discovery-reload-interval=100ms",
    ]
    return replace(waiting, prometheus=processes.run("prometheus", command, folder, stack))


def _write_prometheus(stage: Stage, names: frozenset[str], rules: list[str]) -> None:
    interval = spelt(INTERVAL / stage.speed)
    address = stage.alertmanager.base.removeprefix("http://")
    every = ("scrape_interval", "scrape_timeout", "evaluation_interval")
    config = {
        "global": dict.fromkeys(every, interval),
        "rule_files": rules,
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [address]}]}]},
        "scrape_configs": [_job(name) for name in sorted(names)],
    }
    _dump(stage.folder / "prometheus.yml", config)


def _job(name: str) -> dict[str, Any]:
    # honor_labels: series that Grafana Cloud writes have a job label of their own.
    return {"job_name": name, "honor_labels": True, "file_sd_configs": [{"files": [_targets(name)]}]}


def _targets(name: str) -> str:
    return f"targets-{name}.json"


def _dump(path: Path, content: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False, width=1000), "utf-8")
