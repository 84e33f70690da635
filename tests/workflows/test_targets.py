"""What `make` runs for the engine: every stack in turn, the doctor first, and what happens after a failure."""

import json
import os
import re
import shlex
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from resilience.manifest import types
from resilience.manifest.model import STACK_TYPE
from resilience.model.catalogue import ROOT

RESILIENCE = Path(sys.executable).parent / "resilience"
URN = "urn:pulumi:{stack}::sv0-resilience::"
TOKEN = f"{URN}{types.ROTATING_TOKEN}::telemetry-access-token"
GROUP = f"{URN}{types.RULE_GROUP}::alert-rules-api"
FAILED = {"diagnostics": [{"severity": "error", "message": "error: 401 for glsa_CANARY, they say", "urn": GROUP}]}


def plan_of(*steps: dict[str, Any]) -> dict[str, Any]:
    """A plan as the engine writes it, which lists at least the stack itself."""
    itself = {"op": "same", "urn": f"{URN}{STACK_TYPE}::sv0-resilience-{{stack}}"}
    return {"steps": [itself, *steps], "changeSummary": {"same": 1}}


RENEWAL = plan_of({"op": "replace", "urn": TOKEN, "oldState": {"outputs": {"expiresAt": "2027-03-01T00:00:00Z"}}})

MOCKS = {
    "resilience": """#!/bin/sh
case "$1" in
  stacks) printf 'production\\ndev\\nstaging\\n' ;;
  doctor | check | expires | verify) echo "resilience $*" >> calls ;;
  drift) [ -e quick ] || exec {resilience} "$@" ;;
esac
""",
    "pulumi": """#!/bin/sh
for stack; do [ "$before" = --stack ] && break; before=$stack; done
echo "pulumi $*" >> calls
case "$*" in
  preview*--json*) sed "s/{{stack}}/$stack/g" "plan-$stack" ;;
  *grafana_url*) echo https://acme.grafana.net ;;
  *output*) echo 2027-06-01T00:00:00Z ;;
esac
[ ! -e "fails-$stack" ]
""",
}


@dataclass(frozen=True)
class Folder:
    """A folder with mocks of `pulumi` and of the commands that need an account."""

    path: Path

    def make(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the Makefile of the checkout here, with these variables."""
        found = ["--no-print-directory", "BIN=bin", "READY=ready", "UV=uv", *arguments]
        environment = {**os.environ, "PATH": f"{self.path / 'bin'}:{os.environ['PATH']}"}
        for inherited in ("MAKEFLAGS", "MAKELEVEL", "STACK", "PULUMI_FLAGS", "GRAFANA_TOKEN"):
            environment.pop(inherited, None)
        environment |= variables
        return subprocess.run(
            ["make", *found], cwd=self.path, env=environment, capture_output=True, text=True, check=False
        )

    def quick(self) -> None:
        """Until the message print nothing of the previews: starting Python takes most of a test's time."""
        (self.path / "quick").touch()

    def plan(self, stack: str, preview: object, *, fails: bool = False) -> None:
        """What the engine prints for a stack."""
        (self.path / f"plan-{stack}").write_text(json.dumps(preview))
        if fails:
            (self.path / f"fails-{stack}").touch()

    @property
    def calls(self) -> list[str]:
        """The commands that ran, with the stack's name alone as an argument of most."""
        return (self.path / "calls").read_text().splitlines()


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Folder:
    (tmp_path / "bin").mkdir()
    for name, script in MOCKS.items():
        mock = tmp_path / "bin" / name
        mock.write_text(script.format(resilience=shlex.quote(str(RESILIENCE))))
        mock.chmod(0o755)
    (tmp_path / "service-kit").mkdir()
    (tmp_path / "Makefile").write_text(f"include {ROOT / 'Makefile'}\n")
    for name in ("uv", "pyproject.toml", "uv.lock", "ready"):
        (tmp_path / name).touch()
    folder = Folder(tmp_path)
    for stack in ("production", "dev", "staging"):
        folder.plan(stack, plan_of())
    return folder


PREVIEW = "pulumi preview --json --non-interactive"


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        ("preview", ["resilience doctor --stack dev", "pulumi preview --refresh --stack dev --x"]),
        ("plan", ["resilience doctor --stack dev", f"{PREVIEW} --refresh --stack dev"]),
        ("up", ["resilience check", "resilience doctor --stack dev", "pulumi up --refresh --stack dev --x"]),
        ("drift", ["resilience doctor --stack dev", f"{PREVIEW} --refresh --stack dev"]),
        (
            "rotate",
            [
                "resilience doctor --stack dev",
                f"{PREVIEW} --stack dev",
                "pulumi up --yes --skip-preview --non-interactive --stack dev",
                "pulumi stack output telemetry_token_expires_at --stack dev",
                "resilience expires 2027-06-01T00:00:00Z",
            ],
        ),
    ],
)
def test_one_stack_the_doctor_first(folder: Folder, target: str, wanted: list[str]) -> None:
    folder.quick()
    done = folder.make(target, "STACK=dev", "PULUMI_FLAGS=--x")

    assert (done.returncode, [" ".join(call.split()) for call in folder.calls]) == (0, wanted), done.stderr


def test_up_ends_with_a_comparison_of_what_is_live(folder: Folder) -> None:
    without, with_token = folder.make("up", "STACK=acme/dev"), folder.make("up", "STACK=acme/dev", GRAFANA_TOKEN="x")

    assert (without.returncode, with_token.returncode) == (0, 0)
    assert "Not verified: GRAFANA_TOKEN is not set (docs/bootstrap.md, section 4)" in without.stdout
    assert [call for call in folder.calls if "verify" in call or "grafana_url" in call] == [
        "pulumi stack output grafana_url --stack acme/dev",
        "resilience verify https://acme.grafana.net --stack acme/dev",
    ]


@pytest.mark.parametrize("target", ["preview", "plan", "drift", "rotate"])
def test_every_stack_is_looked_at_also_after_one_that_fails(folder: Folder, target: str) -> None:
    folder.quick()
    folder.plan("production", FAILED, fails=True)
    done = folder.make(target)

    previewed = [call for call in folder.calls if call.startswith("pulumi preview")]
    assert [re.findall(r"--stack (\w+)", call) for call in previewed] == [["production"], ["dev"], ["staging"]]
    assert done.returncode != 0


def test_up_ends_with_the_first_stack_that_fails(folder: Folder) -> None:
    folder.plan("dev", {}, fails=True)
    done = folder.make("up")

    assert [call for call in folder.calls if call.startswith("pulumi")] == [
        "pulumi up --refresh --stack production",
        "pulumi up --refresh --stack dev",
    ]
    assert done.returncode != 0


def test_without_stacks_nothing_passes(folder: Folder) -> None:
    (folder.path / "bin/resilience").write_text("#!/bin/sh\nexit 2\n")

    assert folder.make("drift").returncode != 0


@pytest.mark.parametrize("target", ["plan", "drift", "rotate"])
def test_the_engines_error_is_shown_without_secrets_and_only_the_owner_reads_the_file(
    folder: Folder, target: str
) -> None:
    folder.plan("dev", FAILED, fails=True)
    done = folder.make(target, "STACK=dev")

    assert "stack dev: alert-rules-api: 401 for [hidden], they say; Pulumi's own service account" in done.stderr
    (written,) = (folder.path / "build").glob("*.json")
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert done.returncode != 0


def test_a_clean_drift_says_so_for_every_stack(folder: Folder) -> None:
    done = folder.make("drift")

    assert (done.returncode, done.stdout) == (0, "production: no drift.\ndev: no drift.\nstaging: no drift.\n")


def message(folder: Folder, subject: str) -> str:
    (folder.path / "quick").unlink(missing_ok=True)
    done = folder.make("message", f"SUBJECT={subject}", "RUN=https://github.example/run")
    assert done.returncode == 0, done.stderr
    path = folder.path / "build/message.json"
    return str(json.loads(path.read_text())["text"]) if path.exists() else ""


def test_a_rotation_that_nothing_needed_says_nothing(folder: Folder) -> None:
    folder.quick()
    assert folder.make("rotate").returncode == 0
    assert message(folder, "rotation") == ""


def test_after_a_rotation_the_message_asks_to_redeploy_the_collector(folder: Folder) -> None:
    folder.quick()
    assert folder.make("rotate").returncode == 0
    (folder.path / "quick").unlink()
    folder.plan("dev", RENEWAL)
    done = folder.make("rotate", "STACK=dev")

    assert "dev: rotation due: the telemetry token ends 2027-03-01T00:00:00Z" in done.stdout
    assert "redeploy the collector of dev before that" in done.stdout
    assert message(folder, "rotation") == (
        ":information_source: P3: *rotation*: the telemetry tokens\n"
        "• dev: the telemetry token was renewed; redeploy the collector of dev before 2027-03-01T00:00:00Z\n"
        "<https://github.example/run|Run>"
    )


def test_a_rotation_that_fails_half_way_is_not_reported_as_done(folder: Folder) -> None:
    folder.plan("dev", RENEWAL)
    folder.quick()
    assert folder.make("rotate", "STACK=dev").returncode == 0
    (folder.path / "quick").unlink()
    folder.plan("production", plan_of({"op": "update", "urn": GROUP}))
    folder.plan("dev", RENEWAL, fails=True)
    assert folder.make("rotate").returncode != 0

    assert message(folder, "rotation").splitlines()[1:-1] == [
        "• production: update alert-rules-api (RuleGroup): run the workflow `up` first",
        "• production: the rotation did not finish; see the run",
        "• dev: the preview failed; see the run",
    ]


def test_a_plan_of_an_earlier_run_is_forgotten_first(folder: Folder) -> None:
    folder.plan("dev", RENEWAL)
    assert folder.make("plan", "STACK=dev").returncode == 0
    (folder.path / "bin/resilience").write_text("#!/bin/sh\nexit 1\n")

    assert folder.make("plan", "STACK=dev").returncode != 0
    assert not (folder.path / "build/plan-dev.json").exists()


@pytest.mark.parametrize("written", [{}, {"steps": []}])
def test_an_engine_that_fails_without_saying_why_leaves_no_plan(folder: Folder, written: dict[str, Any]) -> None:
    folder.plan("dev", written, fails=True)

    assert folder.make("drift", "STACK=dev").returncode != 0
    assert message(folder, "drift").splitlines()[1:-2] == [
        "• production: the preview failed; see the run",
        "• dev: the preview failed; see the run",
        "• staging: the preview failed; see the run",
    ]
