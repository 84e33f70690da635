"""The probe as a runner starts it: a bare python3, no package, only the files of `probe/`."""

import json
import os
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from probe.targets import BadTargetsError, Plan
from resilience.core.yaml_files import read_own
from resilience.model.catalogue import ROOT

PLAN = Plan.load()
DEV = next(target for target in PLAN.targets if target.environment == "dev")
OWNER = next(iter(PLAN.owners))
SECRETS = ("CF_ACCESS_CLIENT_ID", "CF_ACCESS_CLIENT_SECRET")


@pytest.fixture(name="bare")
def _bare(tmp_path: Path) -> Path:
    """A folder with the probe and nothing else of the project."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "probe", tmp_path / "probe", ignore=ignored)
    return tmp_path


def python(folder: Path, *arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """The interpreter without our environment and without site-packages (-S), as on a runner."""
    command = [os.path.realpath(sys.executable), "-S", "-E", "-m", "probe", *arguments]
    return subprocess.run(command, cwd=folder, env=env or {}, capture_output=True, text=True, timeout=40, check=False)


def targets(folder: Path, port: int) -> Path:
    text = (ROOT / "probe/targets.toml").read_text(encoding="utf-8")
    text = re.sub(r'url = "https://[^/"]+', f'url = "http://127.0.0.1:{port}', text)
    text = re.sub(r"urls = \[.*\]", f'urls = ["http://127.0.0.1:{port}/control"]', text)
    (folder / "targets.toml").write_text(text, encoding="utf-8")
    return folder / "targets.toml"


def test_a_whole_run_needs_no_package_and_less_than_forty_megabytes(
    bare: Path, env: dict[str, str], slack: Any, platform: Any
) -> None:
    done = python(bare, "--targets", str(targets(bare, platform.port)), env=env)

    assert (done.returncode, done.stderr) == (0, "")
    shown = [line.split(": ")[:2] for line in done.stdout.splitlines()]
    assert shown[: len(PLAN.targets)] == [[f"ok  {target.name}", "healthy"] for target in PLAN.targets]
    assert slack.posted == []
    # The largest of all children of this process: an upper bound. Linux counts in kB.
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 40_000_000


def test_missing_variables_and_bad_targets_are_reported_together(bare: Path) -> None:
    file = bare / "other.toml"
    text = (bare / "probe/targets.toml").read_text(encoding="utf-8")
    text = text.replace('expects = "findings"', 'expects = "finding"').replace(DEV.url, "http://dev.example.com/")
    file.write_text(text.replace("X-Tenant-Id", "Authorization"), encoding="utf-8")

    done = python(bare, "--targets", str(file), env={"GITHUB_TOKEN": "canary", "GITHUB_REPOSITORY": "a/b"})

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "environment: CF_ACCESS_CLIENT_ID: is missing; set it",
        "environment: CF_ACCESS_CLIENT_SECRET: is missing; set it",
        "environment: SLACK_WEBHOOK_ALERTS: is missing; set it",
        "environment: SLACK_WEBHOOK_DEPLOYS: is missing; set it",
        'other.toml: targets.production-data.expects: unknown "finding"; write one of ready, findings',
        (
            "other.toml: targets.production-data.headers.Authorization: "
            "is a credential; put it into the workflow's secrets"
        ),
        'other.toml: targets.dev-ready.url: "http://dev.example.com/" is not encrypted; write https://',
    ]


def test_a_dry_run_needs_no_token_and_notifies_nobody(bare: Path, platform: Any, slack: Any) -> None:
    env = dict.fromkeys(SECRETS, "canary")

    done = python(bare, "--dry-run", "--targets", str(targets(bare, platform.port)), env=env)

    assert (done.returncode, slack.asked) == (0, [])
    assert "canary" not in done.stdout + done.stderr


def test_a_secret_with_a_line_break_at_its_end_is_used_and_one_with_a_break_inside_is_rejected(
    bare: Path, platform: Any
) -> None:
    file = str(targets(bare, platform.port))
    pasted = python(bare, "--dry-run", "--targets", file, env=dict.fromkeys(SECRETS, "canary\n"))
    broken = python(bare, "--dry-run", "--targets", file, env=dict.fromkeys(SECRETS, "can\nary"))

    assert (pasted.returncode, "healthy" in pasted.stdout) == (0, True)
    assert (broken.returncode, broken.stderr.splitlines()) == (
        2,
        [
            f"environment: {name}: contains a line break or another character that cannot be sent; set it again"
            for name in SECRETS
        ],
    )


@pytest.mark.parametrize(
    ("change", "problem"),  # a key where it stands first, and its value
    [
        (("time_zone", '"Europe/Atlantis"'), f"t.toml: owners.{OWNER}: hours cannot be read; write them as in "),
        (("weekdays", '"mon:fri"'), f"t.toml: owners.{OWNER}: hours cannot be read; write them as in "),
        (("begins", '"nine"'), f"t.toml: owners.{OWNER}: hours cannot be read; write them as in "),
        (("owner", '"eve"'), f't.toml: targets.production-ready.owner: unknown "eve"; write one of {OWNER}'),
        (("worst", '"P0"'), 't.toml: targets.production-ready.worst: unknown "P0"; write one of P1, P2'),
        (("name", f'"{DEV.name}"'), f"t.toml: targets.{DEV.name}: is listed twice; give "),
        (
            ("url", '"https://[::1/x"'),
            't.toml: targets.production-ready.url: "https://[::1/x" is no URL; write https://',
        ),
        (
            ("url", '"https://u:canary@a.example/"'),
            't.toml: targets.production-ready.url: "a.example/" has a user or a password in it; leave it out',
        ),
        (("url", "7"), "t.toml: "),
        (
            ("urls", '["https://x.example:y/"]'),
            't.toml: control.urls: "https://x.example:y/" is no URL; write https://',
        ),
        (("deadline", "60.0"), "t.toml: attempts: take up to 187 s; write times above 0 that take 60 s at most"),
        (("deadline", "nan"), "t.toml: attempts: take up to nan s; write times above 0 that take 60 s at most"),
        (("pauses", "[-1.0]"), "t.toml: attempts: take up to -1 s; write times above 0 that take 60 s at most"),
        (("mention", '"@everyone"'), 't.toml: mention: "@everyone" is no mention; write "<!channel>"'),
        (("mention", '"<!here> <!channel>"'), 't.toml: mention: "<!here> <!channel>" is no mention; write '),
        (("mention", "7"), "t.toml: "),
        (("owner", "[]"), "t.toml: "),
        (("begins", "9"), "t.toml: "),
        (("expects", '"ready"\ncolour = 1'), "t.toml: Target.__init__() got an unexpected keyword argument"),
    ],
)
def test_a_spoilt_target_is_rejected_before_any_request(tmp_path: Path, change: tuple[str, str], problem: str) -> None:
    text = (ROOT / "probe/targets.toml").read_text(encoding="utf-8")
    key, value = change
    spoilt, times = re.subn(rf"(?m)^{key} = .*$", f"{key} = {value}", text, count=1)
    assert times == 1
    (tmp_path / "t.toml").write_text(spoilt, encoding="utf-8")

    with pytest.raises(BadTargetsError) as rejected:
        Plan.load(tmp_path / "t.toml")

    assert str(rejected.value).startswith(problem)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("version = 1\n[attempts", "t.toml: cannot be read (", id="not TOML"),
        pytest.param("version = 2", 't.toml: version: unknown "2"; write version = 1', id="another version"),
        pytest.param("version = 1", "t.toml: 'attempts' is missing; write it as in", id="a part left out"),
    ],
)
def test_a_file_that_lists_no_targets_is_rejected_in_a_sentence(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "t.toml").write_text(text, encoding="utf-8")

    with pytest.raises(BadTargetsError) as rejected:
        Plan.load(tmp_path / "t.toml")

    assert str(rejected.value).startswith(problem)


def test_the_workflow_sets_all_variables_of_the_probe_and_installs_nothing() -> None:
    raw = read_own((ROOT / ".github/workflows/platform-health.yml").read_text(encoding="utf-8"))
    job = raw["jobs"]["probe"]
    checkout, probe, *_, failed = job["steps"]

    assert raw["permissions"] == {}
    assert job["permissions"] == {"actions": "read", "contents": "read", "issues": "write"}
    assert raw["concurrency"] == {"group": "platform-health-${{ github.ref }}", "cancel-in-progress": False}
    assert set(raw[True]) == {"schedule", "workflow_dispatch"}  # YAML reads `on` as true
    assert checkout["with"] == {"persist-credentials": False}
    assert probe["run"] == "python3 -m probe"
    assert set(probe["env"]) == {*SECRETS, "GITHUB_TOKEN", "SLACK_WEBHOOK_ALERTS", "SLACK_WEBHOOK_DEPLOYS"}
    assert failed["if"] == "failure() || cancelled()"
    sent = re.sub(r"\$\{\{.*?\}\}", "x", failed["with"]["payload"])
    assert set(json.loads(sent)) == {"text"}
