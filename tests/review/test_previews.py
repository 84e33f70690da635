"""Drift and rotation as the engine reports them: only names, never a value."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from resilience.cli import main
from resilience.manifest import Manifest, types

TOKEN = f"sv0:grafana:TelemetryAccess${types.ROTATING_TOKEN}::telemetry-access-token"
SECRET = "sv0:github:Secrets$github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret::github-secrets-infra-"
GROUP = "sv0:grafana:AlertRules$grafana:alerting/ruleGroup:RuleGroup::alert-rules-"
ROTATION = [
    ("create-replacement", TOKEN),
    ("replace", TOKEN),
    ("delete-replaced", TOKEN),
    ("update", f"{SECRET}GRAFANA_CLOUD_PROM_TOKEN"),
    ("update", f"{GROUP}credentials"),
]


def preview(path: Path, *steps: tuple[str, str], **more: Any) -> Path:
    urns = [{"op": op, "urn": f"urn:pulumi:dev::sv0-resilience::{urn}", "newState": "CANARY"} for op, urn in steps]
    path.write_text(json.dumps({"steps": urns, "changeSummary": {}} | more))
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["drift", *map(str, arguments)])


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return tmp_path / "drift-dev.json"


@pytest.mark.parametrize("op", ["same", "read", "refresh"])
def test_what_stays_unchanged_is_no_drift(path: Path, op: str) -> None:
    result = run(preview(path, (op, TOKEN)))

    assert (result.exit_code, result.output) == (0, "")


def test_what_differs_is_named_without_a_value(path: Path) -> None:
    result = run(preview(path, ("update", f"{GROUP}api"), ("same", TOKEN)))

    assert (result.exit_code, result.output) == (1, "dev: update alert-rules-api (RuleGroup)\n")


def test_a_rotation_is_drift_unless_it_is_expected(path: Path) -> None:
    preview(path, *ROTATION)

    assert (run(path).exit_code, run("--rotation", path).exit_code) == (1, 0)


@pytest.mark.parametrize(
    "step",
    [
        ("update", f"{GROUP}api"),
        ("delete", f"{GROUP}credentials"),
        ("replace", f"{SECRET}GRAFANA_CLOUD_PROM_TOKEN"),
        ("update", f"{SECRET}GRAFANA_CLOUD_PROM_URL"),
        ("create", "grafana:oss/folder:Folder::telemetry-access-token"),
        ("update", "a$grafana:alerting/contactPoint:ContactPoint::slack_TOKEN"),
    ],
)
def test_any_change_besides_a_rotation_fails(path: Path, step: tuple[str, str]) -> None:
    assert run("--rotation", preview(path, *ROTATION, step)).exit_code == 1


def test_the_names_of_a_rotation_are_those_that_we_declare(production: Manifest, dev: Manifest, path: Path) -> None:
    """After a rename they would not be recognised, and no token would be renewed."""
    holders = [
        one
        for manifest in (production, dev)
        for one in manifest.resources
        if one.name == "telemetry-access-token" or one.name.endswith("_TOKEN") or one.name == "alert-rules-credentials"
    ]
    steps = [("update", one.urn.split("::", 2)[2]) for one in holders]

    assert len(holders) >= 8
    assert run("--rotation", preview(path, *steps)).exit_code == 0


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "is not a preview"),
        ("[]", "is not a preview"),
        ('{"steps": [{"op": "same"}]}', "is not a preview"),
        ('{"steps": [{"op": "same", "urn": "x"}]}', "is not a preview"),
        ('{"diagnostics": [{"severity": "error", "message": "CANARY"}]}', "the preview failed"),
    ],
)
def test_an_unreadable_preview_does_not_pass_as_one_without_changes(path: Path, text: str, what: str) -> None:
    path.write_text(text)
    result = run(path)

    assert (result.exit_code, result.output) == (
        2,
        f"{path}: (whole file): {what}; write it with `pulumi preview --json`\n",
    )


def test_a_missing_preview_is_reported_with_the_reason(tmp_path: Path) -> None:
    result = run(tmp_path / "none.json")

    reason = "cannot be read (No such file or directory); write it with `pulumi preview --json`"
    assert (result.exit_code, result.output) == (2, f"{tmp_path}/none.json: (whole file): {reason}\n")


def test_the_slack_message_has_the_names_and_the_failed_previews(tmp_path: Path, path: Path) -> None:
    good, bad, out = preview(path, ("update", f"{GROUP}api")), tmp_path / "drift-production.json", tmp_path / "m.json"
    result = run(bad, good, "--message", out, "--run", "https://github.example/run")

    assert result.exit_code == 0
    assert json.loads(out.read_text()) == {
        "text": ":information_source: P3: *drift*: what exists is not what is declared, or could not be compared\n"
        "• drift-production: the preview failed; see the run\n"
        "• dev: update alert-rules-api (RuleGroup)\n"
        "Run the workflow `up` to apply what is declared, or declare what was changed.\n"
        "<https://github.example/run|Run>"
    }


def test_a_name_cannot_mention_anybody(tmp_path: Path, path: Path) -> None:
    out = tmp_path / "m.json"
    run(preview(path, ("update", f"{GROUP}<!channel>&")), "--message", out)

    assert "alert-rules-&lt;!channel&gt;&amp;" in json.loads(out.read_text())["text"]


@pytest.mark.parametrize(
    ("moment", "code"),
    [("2099-01-01T00:00:00Z", 0), ("2026-11-01T00:00:00Z", 1), ("tomorrow", 2), ("2027-01-01T00:00:00", 2), ("", 2)],
)
def test_a_credential_that_expires_soon_fails_the_run(moment: str, code: int) -> None:
    assert CliRunner().invoke(main, ["expires", moment]).exit_code == code
