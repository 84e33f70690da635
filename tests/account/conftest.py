"""A checkout whose settings lead to a stand-in, and a `pulumi` whose answers come from the environment."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from resilience.account.doctor import Finding, examine
from resilience.manifest import Manifest
from resilience.model.catalogue import ROOT
from resilience.model.settings import Secret
from tests.engine.project import settings
from tests.own_stacks import dev, production
from tests.stack_files import renamed, without_secrets
from tests.standin.__main__ import options
from tests.standin.server import Standin, running

__all__ = ["dev", "production"]
# Answers by the words of the command, from variables that the test sets. A state is a file beside it: Linux takes no
# variable of more than 128 KiB.
_FAKE_PULUMI = r"""#!/bin/sh
case "$1 $2" in
  "version ") echo "$FAKE_VERSION" ;;
  "whoami --json") [ -n "$FAKE_WHO" ] && echo "$FAKE_WHO" ;;
  "stack ls") [ -n "$FAKE_STACKS" ] && echo "$FAKE_STACKS" ;;
  "stack export")
    case "$4" in "$FAKE_ORGANISATION"*) ;; *) exit 9 ;; esac
    [ -s "$0.FAKE_STATE_${4##*/}" ] && /bin/cat "$0.FAKE_STATE_${4##*/}" ;;
  "config --show-secrets") [ -n "$FAKE_CONFIG" ] && printf '%s' "$FAKE_CONFIG" ;;
  "config get") [ "$3" = "$FAKE_READABLE" ] && echo CANARYdecrypted ;;
  *) exit 9 ;;
esac
"""
Doctor = Callable[..., list[Finding]]
Of = Callable[[list[Finding], str], list[str]]
Edit = Callable[[str, str, str], None]
_SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:CANARY"}
APPLIED = {
    "urn": "urn:pulumi:production::sv0-resilience::pulumi:pulumi:Stack::sv0-resilience-production",
    "type": "pulumi:pulumi:Stack",
    "outputs": {"checks_token": _SECRET},
}
"""The root of production's state after an `up`."""
CREATED = "adopt: false\n      region: prod-eu-west-2"
"""Instead of `adopt: true`."""
# These tests' own account, whatever the checkout's settings name.
_SLUG, _REGION = "acme", "prod-eu-west-2"
_ACCOUNT = {
    "org": _SLUG,
    "stack": _SLUG,
    "adopt": "true",
    "region": _REGION,
    "owner": _SLUG,
    "repositories": "[sv0-platform]",
    "workflows": "sv0-resilience",
    "secret_scope": "environment",
}
GOOD = {
    "FAKE_VERSION": "v3.272.0",
    "FAKE_WHO": json.dumps({"user": "ivan", "url": "https://app.pulumi.com/ivan"}),
    "FAKE_STATE_dev": json.dumps({"deployment": {}}),
    "FAKE_STATE_production": json.dumps({"deployment": {"resources": [APPLIED]}}),
    "FAKE_STACKS": json.dumps([{"name": "production"}, {"name": "acme/sv0-resilience/dev"}]),
    "GRAFANA_CLOUD_ACCESS_POLICY_TOKEN": "glc_CANARYenv",
    "GITHUB_TOKEN": "ghp_CANARYenv",
}


@pytest.fixture(name="standin")
def _standin() -> Iterator[Standin]:
    repositories = [f"{_SLUG}/{name}" for name in ("sv0-platform", "sv0-resilience")]
    names = {"org": _SLUG, "region": _REGION, "stacks": [_SLUG], "repositories": repositories}
    with running(replace(options(ROOT, None), **names)) as standin:  # type: ignore[arg-type]  # by their keys
        yield standin


@pytest.fixture(name="checkout")
def _checkout(standin: Standin, tmp_path: Path) -> Path:
    root = tmp_path / "checkout"
    root.mkdir()
    for name in ("catalogue", "runbooks", ".github", "__main__.py"):
        (root / name).symlink_to(ROOT / name)
    for stack in ("production", "dev"):
        text = without_secrets((ROOT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8"))
        text = renamed(text, _ACCOUNT)
        base = standin.state.base
        text = text.replace("    grafana:\n", f"    grafana:\n      api_url: {base}\n")
        text = text.replace("    github:\n", f"    github:\n      api_url: {base}/\n")
        text = text.replace("config:\n", f"config:\n{_encrypted(stack)}", 1)
        (root / f"Pulumi.{stack}.yaml").write_text(text, encoding="utf-8")
    return root


def _encrypted(stack: str) -> str:
    """Every secret that has no variable, as `pulumi config set --secret` writes it."""
    needed = [secret for secret in settings(stack).required_secrets() if secret.variable is None]
    return "".join(f"  {secret}:\n    secure: v1:x:y\n" for secret in needed)


def decrypted(**changed: str) -> str:
    """What `pulumi config --show-secrets --json` prints; `changed` by the last word of the key."""
    values = {str(secret): f"CANARY-{secret.name}" for secret in Secret} | {
        Secret.SLACK_WEBHOOK_ALERTS: "https://hooks.slack.com/services/T0CANARY/B0CANARY/xCANARY",
        Secret.SLACK_WEBHOOK_DEPLOYS: "https://hooks.slack.com/services/T0CANARY/B1CANARY/yCANARY",
        Secret.WATCHDOG_URL: "https://hc.example/CANARY",
        Secret.ALERT_EMAILS: "CANARY-ann@example.com,CANARY-bob@example.com",
    }
    values = {key: changed.get(key.rpartition(":")[2], value) for key, value in values.items()}
    return json.dumps({key: {"value": value, "secret": True} for key, value in values.items()})


def state_of(manifest: Manifest, *without: str) -> str:
    """What `pulumi stack export` prints after all of this was applied, except for these types."""
    held = [one.as_json() for one in manifest.resources if one.type not in without]
    return json.dumps({"deployment": {"resources": held}})


@pytest.fixture(name="manifests")
def _manifests(production: Manifest, dev: Manifest) -> list[Manifest]:
    return [production, dev]


@pytest.fixture(name="doctor")
def _doctor(
    checkout: Path, manifests: list[Manifest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., list[Finding]]:
    """Examines `dev`; all is well except for the variables given."""
    # The program ran once for all tests; another run would take half a second each time.
    monkeypatch.setattr("resilience.budget.inputs.declare_all", lambda *_: manifests)
    binaries = tmp_path / "bin"
    binaries.mkdir()
    for name, text in (("pulumi", _FAKE_PULUMI), ("uv", "#!/bin/sh\n")):
        (binaries / name).write_text(text)
        (binaries / name).chmod(0o755)

    def run(stack: str = "dev", *, online: bool = True, **variables: str) -> list[Finding]:
        good = GOOD | {"PATH": str(binaries), "FAKE_CONFIG": decrypted()}
        for key, value in (good | variables).items():
            if key.startswith("FAKE_STATE_"):
                (binaries / f"pulumi.{key}").write_text(value, "utf-8")
            else:
                monkeypatch.setenv(key, value)
        return examine(stack, checkout, online=online)

    return run


@pytest.fixture
def of() -> Callable[[list[Finding], str], list[str]]:
    """The lines of one subject."""
    return lambda findings, subject: [str(one) for one in findings if one.subject == subject]


@pytest.fixture
def edit(checkout: Path) -> Callable[[str, str, str], None]:
    """Replaces a text that must exist in a stack's file."""

    def change(stack: str, old: str, new: str) -> None:
        path = checkout / f"Pulumi.{stack}.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    return change


@pytest.fixture
def stack_slug() -> Any:
    """The slug of these tests' settings."""
    return _SLUG
