"""Planted secrets appear nowhere: not in the manifest, table, export, log or an exception."""

import json
import logging
import runpy
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime.mocks import MockCallArgs

from resilience.core.problems import BadInputError
from resilience.export import rendered
from resilience.manifest import Manifest, declare, record
from resilience.manifest.display import as_json, as_text
from resilience.manifest.mocks import ProviderMocks
from resilience.model.catalogue import ROOT
from resilience.model.settings import SETTINGS_KEY, Secret, addresses
from tests.stack_files import settings_of, stack_text, write_checkout

CANARIES: dict[str, str] = {
    Secret.SLACK_WEBHOOK_ALERTS: "https://hooks.slack.com/services/T0CANARY/B0ALERTS/canaryAlerts123",
    Secret.SLACK_WEBHOOK_DEPLOYS: "https://hooks.slack.com/services/T0CANARY/B0DEPLOYS/canaryDeploys123",
    Secret.WATCHDOG_URL: "https://hc.example/canaryWatchdog123",
    Secret.ALERT_EMAILS: "canary-ann@example.com, canary-bob@example.com",
    Secret.GRAFANA_CLOUD_TOKEN: "glc_canaryGrafana123",
    Secret.GITHUB_TOKEN: "ghp_canaryGithub123",
    Secret.ACCESS_CLIENT_ID: "canaryClient123.access",
    Secret.ACCESS_CLIENT_SECRET: "canaryClientSecret123",
}
# The answers of the mock providers are as secret as their inputs.
SECRETS = [*CANARIES.values(), *addresses(CANARIES[Secret.ALERT_EMAILS]), "glc_fake", "glsa_fake", "sm_fake"]


def leaked(text: str) -> list[str]:
    """Secrets in a text, plain or as JSON escapes them."""
    return [secret for secret in SECRETS if secret in text or json.dumps(secret)[1:-1] in text]


def settings(name: str, **given: Any) -> str:
    return json.dumps(settings_of(name, **given))


def program() -> None:
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")


def run(name: str = "production", **given: Any) -> Manifest:
    """Run the real program with canaries, passed as the engine passes decrypted secrets."""
    config = {SETTINGS_KEY: settings(name, **given)} | CANARIES
    return record(name, program, config, list(Secret))


run_once = cache(run)


@pytest.fixture(params=["production", "dev"], scope="module")
def manifest(request: pytest.FixtureRequest) -> Manifest:
    return run_once(request.param)


def test_real_values_and_placeholders_make_the_same_manifest() -> None:
    assert run_once("production") == declare("production")


@pytest.mark.parametrize("show", [as_json, as_text])
def test_no_secret_is_in_the_manifest(manifest: Manifest, show: Callable[[list[Manifest]], str]) -> None:
    assert leaked(show([manifest]) + repr(manifest)) == []


def test_no_secret_is_in_the_outputs(manifest: Manifest) -> None:
    assert leaked(json.dumps(manifest.outputs)) == []


def test_no_secret_is_in_the_exported_files(manifest: Manifest) -> None:
    assert leaked("".join(rendered([manifest]).values())) == []


def test_every_value_made_of_a_secret_is_marked_as_secret(manifest: Manifest) -> None:
    clear = [
        resource.name for resource in manifest.resources if "[secret]" in str(resource.inputs) and not resource.secrets
    ]

    assert clear == []


def test_no_secret_is_logged_or_printed(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(logging.DEBUG)

    run()

    assert leaked(caplog.text + "".join(capfd.readouterr())) == []


def test_a_token_from_the_shell_is_secret_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def with_variables() -> None:
        # Set inside the program: the manifest hides the shell's variables from it.
        for secret in (Secret.GRAFANA_CLOUD_TOKEN, Secret.GITHUB_TOKEN):
            monkeypatch.setenv(secret.variable or "", CANARIES[secret])
        program()

    others = {key: value for key, value in CANARIES.items() if key.startswith("sv0-resilience:")}
    manifest = record("dev", with_variables, {SETTINGS_KEY: settings("dev")} | others, list(others))

    assert leaked(as_json([manifest]) + json.dumps(manifest.outputs)) == []
    assert {one.name: one.secrets for one in manifest.resources if one.parent.endswith("::providers")} == {
        "providers-cloud": ("cloudAccessPolicyToken",),
        "providers-github": ("token",),
    }


def test_a_rejection_of_the_program_shows_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    with pytest.raises(pulumi.RunError) as rejected:
        run(team=[{"member": "unknown", "role": "Admin", "joined": True}], unknown=CANARIES[Secret.GITHUB_TOKEN])

    assert leaked(str(rejected.value) + repr(rejected.value) + caplog.text) == []


@pytest.mark.parametrize("secret", CANARIES)
@pytest.mark.parametrize("key", ["environment", "shared", "retries", "team", "retired_connectors", "uptime"])
def test_a_secret_in_the_wrong_field_is_rejected_without_being_shown(secret: str, key: str) -> None:
    with pytest.raises(pulumi.RunError) as rejected:
        run(**{key: CANARIES[secret]})

    assert f"{SETTINGS_KEY}.{key}: " in str(rejected.value)
    assert leaked(str(rejected.value)) == []


class Unauthorized(ProviderMocks):
    """A grafana.com that rejects the token."""

    def call(self, _: MockCallArgs) -> Any:
        """Reject."""
        return {}, [("slug", "401 from grafana.com")]


def test_a_failed_look_up_shows_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    with pytest.raises(pulumi.RunError) as rejected:
        record("dev", program, {SETTINGS_KEY: settings("dev")} | CANARIES, list(Secret), Unauthorized())

    assert "401 from grafana.com" in str(rejected.value)
    assert leaked(str(rejected.value) + caplog.text) == []


def test_a_rejection_of_the_export_shows_no_secret() -> None:
    manifest = run_once("production")
    teams = {"teams": [{"url": CANARIES[Secret.SLACK_WEBHOOK_ALERTS]}]}
    resources = tuple(
        replace(one, inputs=one.inputs | teams) if one.type.endswith(":ContactPoint") else one
        for one in manifest.resources
    )

    with pytest.raises(BadInputError) as rejected:
        rendered([replace(manifest, resources=resources)])

    assert leaked(str(rejected.value)) == []


def test_an_encrypted_value_of_the_stack_file_is_not_decrypted_and_not_shown(tmp_path: Path) -> None:
    encrypted = {Secret.GITHUB_TOKEN.value: {"secure": "v1:canaryNonce:canaryText"}}
    write_checkout(tmp_path, "dev", stack_text(settings_of("dev"), **encrypted))

    assert "canary" not in as_json([declare("dev", tmp_path)])


@pytest.mark.parametrize("secret", Secret)
def test_a_secret_that_is_written_in_clear_is_rejected_without_being_shown(tmp_path: Path, secret: Secret) -> None:
    in_clear = {secret.value: CANARIES[secret]}
    (tmp_path / "Pulumi.dev.yaml").write_text(stack_text(settings_of("dev"), **in_clear), encoding="utf-8")

    with pytest.raises(BadInputError) as rejected:
        declare("dev", tmp_path)

    assert str(rejected.value) == f"Pulumi.dev.yaml: {secret}: is not encrypted; {secret.remedy('dev')}"
