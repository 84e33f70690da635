"""A second opinion on the exported routing tree: amlint looks for what Alertmanager accepts but nobody means."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from resilience.core.yaml_files import read_own

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


def test_a_spoiled_tree_is_found(exported: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(exported, tmp_path / "spoiled"))
    tree = read_own((folder / "alertmanager.yml").read_text(encoding="utf-8"))
    for spoil in (shadow_p1, shorten_repeats, add_a_receiver):
        spoil(tree)
    (folder / "alertmanager.yml").write_text(yaml.safe_dump(tree))

    assert {"shadowed-route", "repeat-before-group", "unused-receiver"} <= set(findings(folder))
