"""Drift and rotation as the engine reports them: only names, never a value."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from resilience.cli import main
from resilience.manifest import Manifest, types
from resilience.manifest.model import STACK_TYPE
from resilience.review.failures import causes

TOKEN = f"sv0:grafana:TelemetryAccess${types.ROTATING_TOKEN}::telemetry-access-token"
SECRET = "sv0:github:Secrets$github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret::github-secrets-infra-"
GROUP = "sv0:grafana:AlertRules$grafana:alerting/ruleGroup:RuleGroup::alert-rules-"
ROTATION = [
    ("create-replacement", TOKEN),
    ("replace", TOKEN),
    ("delete-replaced", TOKEN),
    ("update", f"{SECRET}GRAFANA_CLOUD_PROM_TOKEN"),
    ("update", f"{GROUP}credential-expiring"),
]


def preview(path: Path, *steps: tuple[str, str], old: object = None, **more: Any) -> Path:
    """As the engine writes it: the stack itself is always listed."""
    urns = [
        {"op": op, "urn": f"urn:pulumi:dev::sv0-resilience::{urn}", "newState": "CANARY", "oldState": old}
        for op, urn in (("same", f"{STACK_TYPE}::sv0-resilience-dev"), *steps)
    ]
    path.write_text(json.dumps({"steps": urns, "changeSummary": {"same": 1}} | more))
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["drift", *map(str, arguments)])


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return tmp_path / "drift-dev.json"


@pytest.mark.parametrize("op", ["same", "read", "refresh"])
def test_what_stays_unchanged_is_no_drift(path: Path, op: str) -> None:
    result = run(preview(path, (op, TOKEN), old={"outputs": {"expiresAt": "2027-03-01T00:00:00Z"}}))

    assert (result.exit_code, result.output) == (0, "dev: no drift.\n")


def test_without_anything_to_rotate_that_is_said(path: Path) -> None:
    result = run("--subject", "rotation", preview(path))

    assert (result.exit_code, result.output) == (0, "dev: no rotation is due.\n")


def test_what_differs_is_named_without_a_value(path: Path) -> None:
    result = run(preview(path, ("update", f"{GROUP}api"), ("same", TOKEN)))

    assert (result.exit_code, result.output) == (1, "dev: update alert-rules-api (RuleGroup)\n")


def test_a_due_rotation_is_no_drift_by_somebody(path: Path) -> None:
    preview(path, *ROTATION, old={"outputs": {"expiresAt": "2027-03-01T00:00:00Z"}})
    due = (
        "dev: rotation due: the telemetry token ends 2027-03-01T00:00:00Z; `make rotate` renews it; "
        "then redeploy the collector of dev before that\n"
    )

    for subject in ("drift", "rotation"):
        result = run("--subject", subject, path)
        assert (result.exit_code, result.output) == (0, due)


def test_what_was_changed_by_somebody_is_named_beside_a_due_rotation(path: Path) -> None:
    preview(path, *ROTATION, ("update", f"{GROUP}api"), old={"outputs": {"expiresAt": "2027-03-01T00:00:00Z"}})
    result = run(path)

    assert result.exit_code == 1
    assert [line.split(";")[0] for line in result.output.splitlines()] == [
        "dev: update alert-rules-api (RuleGroup)",
        "dev: rotation due: the telemetry token ends 2027-03-01T00:00:00Z",
    ]


def test_names_are_printed_in_one_line_without_credentials(path: Path) -> None:
    result = run(preview(path, ("update", f"{GROUP}glsa_ABCDEFGHIJKLMNOP \x1b[31m\nnext")))

    assert "glsa_ABC" not in result.output
    assert "\x1b" not in result.output
    assert len(result.output.splitlines()) == 1


def test_a_message_lists_fifteen_changes_of_a_stack(path: Path, tmp_path: Path) -> None:
    preview(path, *[("update", f"{GROUP}alert-{number}" + "x" * 900) for number in range(500)])
    run("--message", str(tmp_path / "message.json"), path)

    text = json.loads((tmp_path / "message.json").read_text())["text"]
    assert text.count("•") == 16
    assert "… and 485 more" in text
    assert len(text) < 6_000


def test_a_message_that_cannot_be_written_is_a_sentence(path: Path, tmp_path: Path) -> None:
    preview(path, ("update", f"{GROUP}api"))
    (tmp_path / "file").touch()
    result = run("--message", str(tmp_path / "file/message.json"), path)

    assert result.exit_code == 2
    assert "cannot be written" in result.output


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[]", "(whole file): is missing or of another type"),
        ('{"steps": [{"op": "same"}]}', "steps[0].urn: is missing or of another type"),
        ('{"steps": [{"op": "same", "urn": "x"}]}', "steps[0].urn: is missing or of another type"),
    ],
)
def test_an_unreadable_preview_does_not_pass_as_one_without_changes(path: Path, text: str, what: str) -> None:
    path.write_text(text)
    result = run(path)

    assert (result.exit_code, result.output) == (
        2,
        f"{path}: {what}; write it with `pulumi preview --json`\n",
    )


def test_an_empty_file_means_that_the_engine_failed_before_its_preview(path: Path) -> None:
    path.touch()
    result = run(path)

    what = "is empty: what should have written it failed; read its error, printed above"
    assert (result.exit_code, result.output) == (2, f"{path}: (whole file): {what}\n")


def failed(path: Path, *errors: tuple[str, str]) -> Path:
    diagnostics = [{"severity": "error", "message": f"error: {text}\n", "urn": urn} for text, urn in errors]
    return preview(path, diagnostics=[{"severity": "warning", "message": "CANARY"}, *diagnostics])


def test_a_failed_preview_shows_the_engines_errors_once_and_without_secrets(path: Path) -> None:
    urn = f"urn:pulumi:dev::sv0-resilience::{GROUP}api"
    failed(
        path,
        ("Pulumi.dev.yaml: x: is wrong", ""),
        ("an unhandled error occurred: Pulumi.dev.yaml: x: is wrong", ""),
        ("500 with glsa_CANARY in it\nand more", urn),
        ("preview failed", ""),
    )
    result = run(path)

    assert (result.exit_code, result.output.splitlines()) == (
        2,
        [
            "stack dev: (whole program): Pulumi.dev.yaml: x: is wrong; correct what it names",
            "stack dev: alert-rules-api: 500 with [hidden] in it and more; correct what it names",
        ],
    )


def test_a_failed_preview_shows_ten_errors_at_most_and_none_without_a_word(path: Path) -> None:
    many = run(failed(path, *((f"number {number}", "") for number in range(50))))
    silent = run(failed(path, ("preview failed", "")))

    assert (many.exit_code, len(many.output.splitlines())) == (2, 10)
    assert (silent.exit_code, silent.output) == (
        2,
        "stack dev: (whole program): the preview failed; read what the engine printed\n",
    )


MEMBER = f"sv0:grafana:Team${types.ORG_MEMBER}::team-ann"
TREE = f"sv0:platform:Shared${types.NOTIFICATION_POLICY}::notification-policy-tree"
NO_MEMBER = "this member was removed from the organisation by hand: write `joined: false`"
NO_ACCOUNT = "Pulumi's own service account or its token was deleted in Grafana by hand: run `pulumi refresh --stack dev"


@pytest.mark.parametrize(
    ("text", "urn", "cause"),
    [
        ("Preview failed: resource 'acme:ann' does not exist", MEMBER, NO_MEMBER),
        ("[GET /orgs/acme/members/ann][404] Resource not found", MEMBER, NO_MEMBER),
        ("[GET /api/v1/provisioning/policies][401] Invalid API key", TREE, NO_ACCOUNT),
        ("status: 403 Forbidden", TREE, NO_ACCOUNT),
        ("it is currently marked for protection", MEMBER, "the change would delete or replace something protected"),
        ("404 not found", TREE, "correct what it names"),
        ("401 unauthorized", MEMBER, "correct what it names"),
        ("it took 4012 ms", TREE, "correct what it names"),
    ],
)
def test_a_known_cause_is_named_with_its_remedy(path: Path, text: str, urn: str, cause: str) -> None:
    result = run(failed(path, (text, f"urn:pulumi:dev::sv0-resilience::{urn}")))

    assert result.output.startswith(f"stack dev: {urn.rpartition('::')[2]}: {text}; {cause}")


def test_the_remedies_name_resources_that_we_declare(production: Manifest, dev: Manifest) -> None:
    named = {name for cause in causes() for name in re.findall(r"'\*\*::([\w-]+)'", cause.remedy)}

    assert len(named) == 3
    assert named <= {one.name for one in production.resources}
    assert named - {"outside-checks-installation"} <= {one.name for one in dev.resources}


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
        "• production: the preview failed; see the run\n"
        "• dev: update alert-rules-api (RuleGroup)\n"
        "Run the workflow `up` to apply what is declared, or declare what was changed.\n"
        "<https://github.example/run|Run>"
    }


def test_the_slack_message_names_the_known_cause_of_a_failure(tmp_path: Path, path: Path) -> None:
    urn = f"urn:pulumi:dev::sv0-resilience::{MEMBER}"
    failed(path, ("CANARY", urn), ("it does not exist", urn))
    run(path, "--message", tmp_path / "m.json")

    text = json.loads((tmp_path / "m.json").read_text())["text"]
    assert f"• dev: the preview failed; {NO_MEMBER}" in text
    assert "CANARY" not in text


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
