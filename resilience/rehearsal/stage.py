"""One incident's folder and programs: the exported files, scaled, under real binaries."""

import json
import shutil
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from resilience.rehearsal import binaries, processes
from resilience.rehearsal.durations import MINUTE, render
from resilience.rehearsal.errors import RehearsalError
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.hours import OPEN, replace_intervals
from resilience.rehearsal.processes import Program
from resilience.rehearsal.scale import scale_alertmanager, scale_rules
from resilience.rehearsal.service import Service
from resilience.rehearsal.slack import SlackReceiver

INTERVAL = MINUTE
"""Virtual seconds between scrapes and between rule evaluations, as in production."""
LOOKBACK = 5 * MINUTE
FASTEST = 240.0
"""Virtual seconds a second: beyond it a scrape interval falls below 250 ms and timing is noise."""
RESEND = "5s"
"""Real time. Prometheus dates a firing alert's end 4 resends ahead; with a scaled delay a busy
machine would let Alertmanager resolve an alert that still fires."""
JOB = "sv0-api"
SCRAPES = 2


@dataclass(frozen=True)
class Stage:
    """What a running incident needs to reach."""

    prometheus: Program
    alertmanager: Program
    folder: Path
    services: dict[str, Service]
    speed: float

    def check(self) -> None:
        """Raise RehearsalError when a program has ended."""
        self.prometheus.check()
        self.alertmanager.check()

    def await_scrapes(self, cancelled: threading.Event) -> None:
        """Return when every environment has been scraped twice; raises RehearsalError if not."""
        query = f'count_over_time(up{{job="{JOB}"}}[1h]) >= {SCRAPES}'
        deadline = time.monotonic() + processes.READY_SECONDS
        while time.monotonic() < deadline and not cancelled.is_set():
            self.check()
            if len(self.prometheus.query(query)) == len(self.services):
                return
            cancelled.wait(0.1)
        msg = f"prometheus took no {SCRAPES} scrapes of every environment in time"
        raise RehearsalError(msg)

    def close_until(self, exported: Exported, intervals: list[dict[str, Any]]) -> None:
        """Give Alertmanager the hours of a night that ends."""
        write_alertmanager(exported, self.folder, self.speed, intervals)
        self.alertmanager.post("/-/reload")

    def scrape(self, environments: frozenset[str]) -> None:
        """Let the collector look at these environments only, at once.

        A reload removes a scrape job at once, while an emptied file_sd is noticed after 5 s of real
        time (Prometheus throttles discovery); a job that comes back waits for it all the same.
        """
        _write_prometheus(self.folder, self.services, environments, self.speed, None)
        self.prometheus.post("/-/reload")


def refuse_speed(speed: float) -> None:
    """Raise RehearsalError for a speed that cannot be rehearsed."""
    if not 1 <= speed <= FASTEST:
        msg = f"speed {speed:g} cannot be rehearsed; use 1 to {FASTEST:g}, 60 is the default"
        raise RehearsalError(msg)


def prepare(exported: Exported, folder: Path, speed: float, slack: SlackReceiver) -> None:
    """Write scaled rules, templates and the receivers' webhook files.
"""
    _dump(folder / "rules.yml", scale_rules(exported.rules, speed))
    for template in exported.folder.glob("*.tmpl"):
        shutil.copy(template, folder)
    for receiver in exported.receivers:
        (folder / f"{receiver}.url").write_text(slack.url(receiver), "utf-8")


def write_alertmanager(
    exported: Exported, folder: Path, speed: float, intervals: list[dict[str, Any]]
) -> None:
    """Write the exported configuration, scaled, with these hours."""
    config = scale_alertmanager(replace_intervals(exported.alertmanager, intervals), speed)
    _dump(folder / "alertmanager.yml", config)


def start_alertmanager(
    exported: Exported, folder: Path, speed: float, stack: ExitStack
) -> Program:
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
    folder: Path, speed: float, services: dict[str, Service], alertmanager: Program, stack: ExitStack
) -> Program:
    """Start Prometheus on every environment's service."""
    _write_prometheus(folder, services, frozenset(services), speed, alertmanager)
    command = [
        str(binaries.find("prometheus")),
        "--config.file=prometheus.yml",
        "--storage.tsdb.path=prometheus",
        "--web.listen-address=127.0.0.1:0",
        "--web.enable-lifecycle",
        f"--query.lookback-delta={render(LOOKBACK / speed)}",
        f"--rules.alert.resend-delay={RESEND}",
        "--rules.alert.for-grace-period=0s",
        "--scrape.discovery-reload-interval=100ms",
    ]
    return processes.run("prometheus", command, folder, stack)


def _write_prometheus(
    folder: Path,
    services: dict[str, Service],
    environments: frozenset[str],
    speed: float,
    alertmanager: Program | None,
) -> None:
    path = folder / "prometheus.yml"
    interval = render(INTERVAL / speed)
    alerting = (
        {"alertmanagers": [{"static_configs": [{"targets": [_host(alertmanager)]}]}]}
        if alertmanager
        else yaml.safe_load(path.read_text("utf-8"))["alerting"]
    )
    config = {
        "global": {"scrape_interval": interval, "evaluation_interval": interval,
                   "scrape_timeout": interval},
        "rule_files": ["rules.yml"],
        "alerting": alerting,
        "scrape_configs": [_job(folder, name, services[name]) for name in sorted(environments)],
    }  # fmt: skip
    _dump(path, config)


def _job(folder: Path, environment: str, service: Service) -> dict[str, Any]:
    targets = folder / f"targets-{environment}.json"
    labels = {"job": JOB, "environment": environment}
    targets.write_text(json.dumps([{"targets": [service.address], "labels": labels}]), "utf-8")
    return {"job_name": f"{JOB}-{environment}", "file_sd_configs": [{"files": [targets.name]}]}


def _host(program: Program) -> str:
    return program.base.removeprefix("http://")


def _dump(path: Path, content: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False, width=1000), "utf-8")
