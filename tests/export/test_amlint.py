"""A second opinion on the exported routing tree: amlint looks for what Alertmanager accepts but nobody means."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

IGNORED = {
    "global-resolve-timeout-missing": "only for alerts without an end time; Prometheus and Grafana always set one",
    "route-unknown-alertname": "Grafana makes DatasourceError itself; no rule has that name",
}


def findings(folder: Path) -> list[str]:
    """Codes of what amlint finds in an exported folder, hints included."""
    amlint = str(Path(sys.executable).with_name("amlint"))
    options = ["--format", "json", "--ignore", ",".join(IGNORED), "--rules", f"{folder}/*rules.yml"]
    command = [amlint, "check", *options, f"{folder}/alertmanager.yml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [one["code"] for one in json.loads(done.stdout)]


def shadow_p1(tree: dict[str, Any]) -> None:
    tree["route"]["routes"].insert(0, {"receiver": "slack-deploys", "matchers": ['tier=~"P.*"']})


def shorten_repeats(tree: dict[str, Any]) -> None:
    tree["route"]["repeat_interval"] = "1m"


def add_a_receiver(tree: dict[str, Any]) -> None:
    tree["receivers"].append({"name": "unused", "slack_configs": [{"api_url_file": "x.url"}]})


def test_nothing_is_found(exported: Path) -> None:
    assert findings(exported) == []


@pytest.mark.parametrize(
    ("spoil", "code"),
    [(shadow_p1, "shadowed-route"), (shorten_repeats, "repeat-before-group"), (add_a_receiver, "unused-receiver")],
)
def test_a_spoiled_tree_is_found(
    exported: Path, tmp_path: Path, spoil: Callable[[dict[str, Any]], None], code: str
) -> None:
    folder = Path(shutil.copytree(exported, tmp_path / "spoiled"))
    tree = yaml.safe_load((folder / "alertmanager.yml").read_text(encoding="utf-8"))
    spoil(tree)
    (folder / "alertmanager.yml").write_text(yaml.safe_dump(tree))

    assert code in findings(folder)
