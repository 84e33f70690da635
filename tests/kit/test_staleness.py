"""A connector that stops syncing: the kit's wiring and the seed plan's, before the real rules.

A Node program records /metrics under an injected clock; promtool judges what it recorded.
"""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from resilience.export import export
from resilience.manifest import Manifest
from resilience.model.catalogue import ROOT
from resilience.rehearsal import binaries
from resilience.rehearsal.series import ABSENT, compress

STEP = 5
STOPS, ENDS = 6, 6 + 26
"""Hours: the last sync, and the last scrape."""
ON_TIME = (24.0, 24.5)
"""Hours since the last sync; `told_within` of connector-stale gives it half an hour."""
SEEDS = ROOT / "resilience" / "rehearsal" / "seed_plan.yml"
EXPR = 'count by (alert_id, environment) (ALERTS{alertstate="firing"})'
FIRING = '{alert_id="connector-stale",environment="production"}'
LABELS = 'environment="production",instance="api:3000",job="sv0-api"'
SECONDS = 60


@pytest.fixture(scope="module")
def scrapes(reference: Path) -> list[dict[str, Any]]:
    """One entry each 5 minutes: Unix seconds, and the text of both wirings."""
    command = ["node", str(reference / "staleness.js"), str(STOPS), str(ENDS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=SECONDS)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    assert [one["at"] for one in found] == list(range(0, ENDS * 3600 + 1, STEP * 60))
    return found


@pytest.fixture(scope="module")
def ours(production: Manifest, dev: Manifest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exported rules."""
    folder = tmp_path_factory.mktemp("exported")
    export([production, dev], folder)
    return folder / "rules.yml"


def series_of(texts: list[str]) -> Iterator[dict[str, str]]:
    """What promtool takes for the sync metrics that were scraped."""
    rows = [
        {
            f'{sample.name}{{connector_id="{sample.labels["connector_id"]}",{LABELS}}}': f"{sample.value:.10g}"
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if "connector_id" in sample.labels
        }
        for text in texts
    ]
    for name in dict.fromkeys(name for row in rows for name in row):
        yield {"series": name, "values": compress([row.get(name, ABSENT) for row in rows])}


def of_connector_stale(rules: Path) -> dict[str, Any]:
    """A rule file with the one rule of production."""
    groups = yaml.safe_load(rules.read_text("utf-8"))["groups"]
    wanted = {"alert_id": "connector-stale", "environment": "production"}
    chosen = [rule for group in groups for rule in group["rules"] if wanted.items() <= rule["labels"].items()]
    assert len(chosen) == 1
    return {"groups": [{"name": "judged", "rules": chosen}]}


def assertions(window: tuple[float, float] | None) -> Iterator[dict[str, Any]]:
    """Quiet before the window of hours since the last sync, firing after it; without one, never."""
    for minute in range(0, ENDS * 60 + 1, STEP):
        since = minute / 60 - STOPS
        if window and window[0] <= since <= window[1]:
            continue
        firing = [{"labels": FIRING, "value": 1}] if window and since > window[1] else []
        yield {"expr": EXPR, "eval_time": f"{minute}m", "exp_samples": firing}


def differences(folder: Path, rules: Path, texts: list[str], window: tuple[float, float] | None) -> str:
    """What promtool says against it; nothing when the rule fires exactly so."""
    every = f"{STEP}m"
    case = {"interval": every, "input_series": list(series_of(texts)), "promql_expr_test": list(assertions(window))}
    content = {"rule_files": ["rules.yml"], "evaluation_interval": every, "tests": [case]}
    (folder / "rules.yml").write_text(yaml.safe_dump(of_connector_stale(rules)), "utf-8")
    (folder / "test.yml").write_text(yaml.safe_dump(content), "utf-8")
    command = [str(binaries.find("promtool")), "test", "rules", "test.yml"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=SECONDS)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("rules", [SEEDS, None], ids=["the seed plan's rule", "our rule"])
def test_on_the_kit_s_wiring_a_day_without_a_sync_fires(
    rules: Path | None, ours: Path, scrapes: list[dict[str, Any]], tmp_path: Path
) -> None:
    assert differences(tmp_path, rules or ours, [one["kit"] for one in scrapes], ON_TIME) == ""


def test_on_the_seed_plan_s_wiring_its_own_rule_never_fires(scrapes: list[dict[str, Any]], tmp_path: Path) -> None:
    assert differences(tmp_path, SEEDS, [one["seed"] for one in scrapes], None) == ""


def test_on_the_seed_plan_s_wiring_our_rule_fires(ours: Path, scrapes: list[dict[str, Any]], tmp_path: Path) -> None:
    assert differences(tmp_path, ours, [one["seed"] for one in scrapes], ON_TIME) == ""
