"""The path of a sample: scraped by an agent with the deployed keep-list, pushed, stored.

The agent is Prometheus' own. It stands in for Alloy, whose scrape and remote write are the same code,
and is configured from `deploy/alloy/config.alloy`. The receiver is a Prometheus in place of Grafana Cloud
or Mimir. While it is stopped, no sample may be lost. What comes of the samples, scenarios in virtual time check.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import yaml

from resilience.core.durations import spelt
from resilience.rehearsal.live.scale import Scale
from resilience.tools import binaries, processes
from resilience.tools.errors import RehearsalError
from resilience.tools.processes import Program
from tests.collector import alloy

FIVE_SECONDS = 5.0
"""Virtual: how long remote write collects a batch at most, and waits between retries (the defaults of
Alloy and Prometheus). Unscaled, they would be 5 minutes of the rules' time."""
_CONFIG = Path(__file__).resolve().parents[2] / "deploy" / "alloy" / "config.alloy"


class Receiver:
    """A Prometheus that receives remote write; it keeps its port and data when stopped and started."""

    def __init__(self, environment: str, folder: Path, speed: float, stack: ExitStack) -> None:
        """Start it; the agent's time runs `speed` times as fast."""
        _dump(folder / "receiver.yml", {})
        self.environment, self.folder, self.speed, self.stack = environment, folder, speed, stack
        self._port = 0
        self.start()

    def start(self) -> None:
        """Start, and return when it is ready."""
        command = [
            str(binaries.find("prometheus")),
            "--config.file=receiver.yml",
            "--storage.tsdb.path=receiver",
            f"--web.listen-address=127.0.0.1:{self._port}",
            "--web.enable-remote-write-receiver",
        ]
        self.program = processes.run("receiver", command, self.folder, self.stack)
        self._port = int(self.program.base.rpartition(":")[2])

    def stop(self) -> None:
        """End it as a deployment would; it accepts no connections afterwards."""
        self.program.process.terminate()
        self.program.process.wait(processes.STOP_SECONDS)

    @property
    def push_address(self) -> str:
        """The URL to push samples to."""
        return f"{self.program.base}/api/v1/write"


def start_agent(address: str, receiver: Receiver) -> Program:
    """Start an agent that scrapes the address in the same way as the deployed collector scrapes the API."""
    folder = receiver.folder
    _dump(folder / "agent.yml", _agent(address, receiver))
    prometheus = binaries.find("prometheus")
    command = [
        str(prometheus),
        "--agent" if binaries.version(prometheus) >= (3, 0) else "--enable-feature=agent",
        "--config.file=agent.yml",
        "--storage.agent.path=agent",
        "--web.listen-address=127.0.0.1:0",
        "--scrape.discovery-reload-interval=100ms",
    ]
    return processes.run("agent", command, folder, receiver.stack)


def await_true(met: Callable[[], bool], what: str, seconds: float, *programs: Program) -> None:
    """Return as soon as the condition is met.

    Raises:
        RehearsalError: it is not met in time, or a program has ended.
    """
    deadline = time.monotonic() + seconds
    while not met():
        for program in programs:
            program.check()
        if time.monotonic() > deadline:
            raise RehearsalError(f"not seen within {seconds:g} s: {what}")
        time.sleep(0.1)


def _agent(address: str, receiver: Receiver) -> dict[str, Any]:
    """The deployed Alloy configuration, translated to Prometheus'."""
    config = alloy.read(_CONFIG)
    scrape = config.one("prometheus.scrape", "api").attributes
    rules = [rule.attributes for rule in config.one("prometheus.relabel", "api").all("rule")]
    scale = Scale(receiver.speed, "deploy/alloy/config.alloy")
    return {
        "global": {"external_labels": {"environment": receiver.environment}},
        "scrape_configs": [
            {
                "job_name": scrape["job_name"],
                "metrics_path": scrape["metrics_path"],
                "sample_limit": scrape["sample_limit"],
                "scrape_interval": scale.text(scrape["scrape_interval"]),
                "scrape_timeout": scale.text(scrape["scrape_interval"]),
                "static_configs": [{"targets": [address], "labels": {"instance": scrape["targets"][0]["instance"]}}],
                "metric_relabel_configs": [dict(rule) for rule in rules],
            }
        ],
        "remote_write": [
            {
                "url": receiver.push_address,
                "queue_config": dict.fromkeys(
                    ("max_backoff", "batch_send_deadline"), spelt(FIVE_SECONDS / receiver.speed)
                ),
                # Series that a scrape adds (scrape_duration_seconds …) do not pass metric_relabel_configs,
                # but Alloy's rules come after the scrape and see them. External labels are set
                # already here, so rules that drop a label must not be repeated.
                "write_relabel_configs": [dict(rule) for rule in rules if rule["action"] == "keep"],
            }
        ],
    }


def _dump(path: Path, content: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False, width=1000), encoding="utf-8")
