"""`make up-local`: what it shows, and what it says without an engine."""

from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from resilience.manifest import Manifest
from tests.engine import live, local
from tests.engine.doubled import DoubledProject


def shown(table: Table) -> list[list[str]]:
    console = Console(width=200)
    with console.capture() as captured:
        console.print(table)
    return [[cell.strip() for cell in line.strip("│┃").split("│")] for line in captured.get().splitlines()]


def test_the_table_counts_what_each_stack_declares(
    doubled_project: DoubledProject, production: Manifest, dev: Manifest
) -> None:
    rows = shown(local.applied(doubled_project, ["production", "dev"]))

    declared = [str(sum(one.custom for one in manifest.resources)) for manifest in (production, dev)]
    assert ["all", *declared] in rows
    assert ["StackReference", "", "1"] not in rows
    assert ["NotificationPolicy", "1", ""] in rows


def test_outputs_are_shown_without_secrets(doubled_project: DoubledProject) -> None:
    rows = shown(local.outputs(doubled_project, "dev"))

    assert ["telemetry_token", "[secret]"] in rows
    assert ["environment", "dev"] in rows


def test_what_the_engine_applied_is_what_is_declared(doubled_project: DoubledProject) -> None:
    with live.copied(doubled_project) as grafana:
        assert live.differences(doubled_project, grafana) == []


def test_without_an_engine_it_says_how_to_get_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(local, "find", lambda _environment: None)
    monkeypatch.setattr(local, "FOLDER", tmp_path)

    assert local.main() == 1
    assert capsys.readouterr().err == "Not applied: there is no `pulumi`; run `make engine-cli`\n"
