"""Exported files: the real tools accept them, every rule is complete, and each is written whole."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from resilience.core.problems import BadInputError
from resilience.core.yaml_files import read_own
from resilience.export import export, rendered
from resilience.manifest import Manifest, types
from resilience.tools.binaries import find


@pytest.fixture
def folder(production: Manifest, dev: Manifest, tmp_path: Path) -> Path:
    export([production, dev], tmp_path / "out")
    return tmp_path / "out"


@pytest.fixture(scope="module")
def rules(exported: Path) -> list[dict[str, Any]]:
    files = [read_own((exported / name).read_text(encoding="utf-8")) for name in ("rules.yml", "loki-rules.yml")]
    return [rule for file in files for group in file["groups"] for rule in group["rules"]]


@pytest.mark.parametrize(
    "command", [("promtool", "check", "rules", "rules.yml"), ("amtool", "check-config", "alertmanager.yml")]
)
def test_the_real_tool_accepts_it(exported: Path, command: tuple[str, ...]) -> None:
    tool, *arguments = command
    done = subprocess.run([find(tool), *arguments], cwd=exported, capture_output=True, text=True, check=False)

    assert (done.returncode, "SUCCESS" in done.stdout) == (0, True), done.stdout + done.stderr


def test_no_rule_is_lost_and_none_is_added(production: Manifest, dev: Manifest, rules: list[dict[str, Any]]) -> None:
    declared = [
        rule["name"]
        for one in (production, dev)
        for group in one.of_type(types.RULE_GROUP)
        for rule in group.inputs["rules"]
    ]

    assert sorted(rule["alert"] for rule in rules if "rulename" not in rule["labels"]) == sorted(declared)


def test_a_rule_that_alerts_without_data_is_exported_as_two(
    production: Manifest, dev: Manifest, rules: list[dict[str, Any]]
) -> None:
    wanted = {
        (rule["name"], rule["labels"]["environment"])
        for one in (production, dev)
        for group in one.of_type(types.RULE_GROUP)
        for rule in group.inputs["rules"]
        if rule["noDataState"] == "NoData"
    }
    twins = [rule for rule in rules if rule["alert"] == "DatasourceNoData"]

    assert wanted
    assert {(rule["labels"]["rulename"], rule["labels"]["environment"]) for rule in twins} == wanted
    assert len(twins) == len(wanted)
    assert all(rule["expr"].startswith("absent(") for rule in twins)


@pytest.mark.parametrize("label", ["alert_id", "tier", "environment", "owner", "service"])
def test_every_rule_has_the_labels_that_routes_match(rules: list[dict[str, Any]], label: str) -> None:
    assert [rule["alert"] for rule in rules if not rule["labels"].get(label)] == []


@pytest.mark.parametrize("annotation", ["summary", "impact", "response", "runbook_url", "explore_url", "silence_url"])
def test_every_rule_has_all_its_texts(rules: list[dict[str, Any]], annotation: str) -> None:
    assert [rule["alert"] for rule in rules if not rule["annotations"].get(annotation)] == []


def test_a_rule_reads_only_its_own_environment(rules: list[dict[str, Any]]) -> None:
    others = {"production": 'environment="dev"', "dev": 'environment="production"'}

    assert [rule["alert"] for rule in rules if others[rule["labels"]["environment"]] in rule["expr"]] == []


def test_a_stack_without_the_tree_exports_only_rules(dev: Manifest) -> None:
    assert list(rendered([dev])) == ["rules.yml", "loki-rules.yml"]


def test_files_are_readable_by_the_users_of_the_tools(folder: Path) -> None:
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o644}


def test_an_older_export_is_replaced_and_nothing_else_is_touched(production: Manifest, folder: Path) -> None:
    (folder / "rules.yml").write_text("old", encoding="utf-8")
    (folder / "slack-alerts.url").write_text("mine", encoding="utf-8")

    export([production], folder)

    assert (folder / "rules.yml").read_text(encoding="utf-8") == rendered([production])["rules.yml"]
    assert (folder / "slack-alerts.url").read_text(encoding="utf-8") == "mine"
    assert sorted(path.name for path in folder.iterdir()) == [
        "alertmanager.yml",
        "loki-rules.yml",
        "rules.yml",
        "slack-alerts.url",
        "sv0.tmpl",
    ]


@pytest.mark.parametrize(
    ("below", "reason"),
    [("a file", "File exists"), ("a file/folder", "Not a directory")],
    ids=["a file of that name", "a file in its path"],
)
def test_a_folder_that_cannot_be_written_is_a_problem_not_a_traceback(
    production: Manifest, tmp_path: Path, below: str, reason: str
) -> None:
    (tmp_path / "a file").write_text("mine", encoding="utf-8")

    with pytest.raises(BadInputError) as rejected:
        export([production], tmp_path / below)

    assert str(rejected.value) == (
        f"{tmp_path / below}/rules.yml: (whole file): cannot be written ({reason}); the old file is unchanged; "
        "free some space, or name another file"
    )


def test_a_failed_write_leaves_no_half_written_file(
    production: Manifest, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    full: Callable[..., Path] = _no_space_left
    monkeypatch.setattr(Path, "replace", full)

    with pytest.raises(BadInputError, match="No space left on device"):
        export([production], folder)

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def _no_space_left(*_: Path) -> Path:
    raise OSError(28, "No space left on device")


def test_an_email_is_exported_without_its_addresses_and_with_its_text(exported: Path) -> None:
    receivers = read_own((exported / "alertmanager.yml").read_text(encoding="utf-8"))["receivers"]
    (p1,) = [one for one in receivers if "email_configs" in one]

    assert (p1["name"], list(p1)) == ("slack-alerts-p1", ["name", "slack_configs", "email_configs"])
    assert p1["email_configs"] == [
        {
            "to": "replace-me@example.invalid",
            "from": "sv0@example.invalid",
            "smarthost": "smtp.example.invalid:587",
            "send_resolved": True,
            "headers": {"Subject": '{{ template "sv0.mail.subject" . }}'},
            "html": "",
            "text": '{{ template "sv0.mail.text" . }}',
        }
    ]


def test_a_webhook_that_is_not_slacks_is_exported_without_its_address(exported: Path) -> None:
    receivers = read_own((exported / "alertmanager.yml").read_text(encoding="utf-8"))["receivers"]

    assert [one for one in receivers if one["name"] == "watchdog"] == [
        {"name": "watchdog", "webhook_configs": [{"url": "https://replace-me.invalid/", "send_resolved": False}]}
    ]
