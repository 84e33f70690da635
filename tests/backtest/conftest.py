"""Two days of history in a real Prometheus, and the command on them."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from resilience.cli import main
from resilience.manifest import Manifest
from resilience.manifest.display import as_json
from tests.backtest.history import TWO_DAYS, PlantedHistory, planted
from tests.backtest.loki import loki_on

UNTIL = "2026-11-16T00:00:00Z"


@dataclass(frozen=True)
class KnownHistory:
    """A history that is served, and where."""

    planted: PlantedHistory
    url: str
    logs_url: str


@pytest.fixture(name="history", scope="session")
def _history() -> Iterator[KnownHistory]:
    days = planted(2, TWO_DAYS)
    with days.stored() as prometheus, loki_on(prometheus) as loki:
        yield KnownHistory(days, prometheus.program.base, loki)


Run = Callable[..., Result]


@pytest.fixture(name="run")
def _run(tmp_path: Path) -> Run:
    """Runs the command in an empty checkout."""

    def run(*arguments: str | Path, url: str, **environment: str) -> Result:
        command = ["-C", str(tmp_path), "backtest", "--url", url, *map(str, arguments)]
        return CliRunner().invoke(main, command, env=environment)

    return run


@pytest.fixture(name="whole", scope="session")
def _whole(tmp_path_factory: pytest.TempPathFactory, production: Manifest, dev: Manifest) -> Path:
    """Both stacks as a file."""
    return written(tmp_path_factory.mktemp("whole") / "manifest.json", json.loads(as_json([production, dev])))


def written(path: Path, resources: list[dict[str, Any]]) -> Path:
    path.write_text(json.dumps(resources), encoding="utf-8")
    return path


def changed_rule(manifest: Path, path: Path, uid: str, change: Callable[[dict[str, Any]], object]) -> Path:
    """The same manifest with one rule changed."""
    resources: list[dict[str, Any]] = json.loads(manifest.read_text("utf-8"))
    for rule in rules(resources):
        if rule["uid"] == uid:
            change(rule)
    return written(path, resources)


def rules(resources: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for one in resources:
        yield from one["inputs"].get("rules") or [] if one["type"].endswith(":RuleGroup") else []


def threshold(rule: dict[str, Any], evaluator: Mapping[str, Any]) -> None:
    """Set the threshold of a rule."""
    model = json.loads(rule["datas"][1]["model"])
    model["conditions"][0]["evaluator"] = dict(evaluator)
    rule["datas"][1]["model"] = json.dumps(model)
