"""`.github/backtest`: what a pull request declares is data, packed, bounded and escaped; main's program reads it."""

import base64
import gzip
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from resilience.model.catalogue import ROOT
from tests.backtest.conftest import KnownHistory, changed_rule, rules

QUEUE = "sv0-production-queue-backing-up"
CANARY = "7:glc_canary0123456789canary0123456789"
NOTES = '#!/bin/sh\necho "$*" > build/called\necho "- a line"\nexit "$CODE"\n'


@pytest.fixture(name="checkout")
def _checkout(tmp_path: Path) -> Path:
    """Main's, with the script and a place for the program."""
    for folder in (".github", ".venv/bin", "build"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(ROOT / ".github/backtest", tmp_path / ".github")
    return tmp_path


def program(checkout: Path, text: str) -> None:
    path = checkout / ".venv/bin/resilience"
    path.write_text(text)
    path.chmod(0o755)


def packed(content: bytes) -> str:
    return base64.b64encode(gzip.compress(content)).decode()


def script(checkout: Path, declared: str, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {"PATH": os.environ["PATH"], "DECLARED": declared, "METRICS_CREDENTIAL": CANARY, **environment}
    command = [str(checkout / ".github/backtest")]
    return subprocess.run(command, cwd=checkout, env=given, capture_output=True, text=True, timeout=60, check=False)


def test_only_apis_with_an_address_are_asked_and_a_finding_is_no_failure(checkout: Path) -> None:
    program(checkout, NOTES)

    done = script(checkout, packed(b"[]"), METRICS_URL="https://m.example", LOGS_URL="https://l.example", CODE="1")

    assert (done.returncode, done.stderr) == (0, "")
    assert (
        (checkout / "build/called")
        .read_text()
        .startswith(
            "backtest --url https://m.example --logs-url https://l.example --manifest build/head.json --against"
        )
    )
    assert (checkout / "build/head.json").read_text() == "[]"
    assert (checkout / "build/backtest.md").read_text() == "- a line\n"


@pytest.mark.parametrize(
    ("declared", "code"),
    [("no base64 !", "0"), (base64.b64encode(b"not packed").decode(), "0"), (None, "0"), (packed(b"[]"), "2"),
     ("", "0")],
    ids=["no base64", "not packed", "fifty megabytes", "an error", "nothing"],
)  # fmt: skip
def test_whatever_fails_leaves_no_text_for_the_comment(checkout: Path, declared: str | None, code: str) -> None:
    program(checkout, NOTES)
    declared = packed(b" " * 50_000_000) if declared is None else declared

    done = script(checkout, declared, METRICS_URL="https://m.example", CODE=code)

    assert done.returncode != 0
    assert not (checkout / "build/backtest.md").exists()
    assert sum(path.stat().st_size for path in (checkout / "build").iterdir()) < 6_000_000


def test_the_comment_gains_a_line_for_each_changed_rule_and_nothing_that_acts(
    checkout: Path, history: KnownHistory, whole: Path, tmp_path: Path
) -> None:
    program(checkout, f'#!/bin/sh\nexec {sys.executable} -m resilience "$@" --until 2026-11-16T00:00:00Z --days 2\n')
    shutil.copy(whole, checkout / "build/base.json")
    worse = changed_rule(whole, tmp_path / "worse.json", QUEUE, lambda rule: rule.update({"for": "0s"}))
    resources: list[dict[str, Any]] = json.loads(worse.read_text())
    (rule,) = [rule for rule in rules(resources) if rule["uid"] == "sv0-dev-queue-backing-up"]
    rule["uid"] = "x`|\n\n# @octocat <img src=//e.example>"
    huge = json.loads(rule["datas"][0]["model"]) | {"expr": "up" + " or up" * 2_000}
    (other,) = [rule for rule in rules(resources) if rule["uid"] == "sv0-dev-api-down"]
    other["datas"][0]["model"] = json.dumps(huge)

    done = script(checkout, packed(json.dumps(resources).encode()), METRICS_URL=history.url, PYTHONPATH=str(ROOT))

    lines = (checkout / "build/backtest.md").read_text().splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    long, shape = "write String should have at most 10000 characters", "write what matches ^[A-Za-z0-9_-]{1,40}$"
    assert sorted(lines) == [
        f'- `sv0-dev-api-down`: not evaluated: `datas[0].model: "[hidden]" is not right; {long}`',
        "- `sv0-dev-queue-backing-up`: 2 days: before 0 firings, after not declared",
        f"- `{QUEUE}`: 2 days: before 1 firing (10m00s, no data for 8m00s), after 2 (18m00s, no data for 8m00s)",
        f'- `x\'\\| # @octocat <img src=//e.example>`: not evaluated: `uid: "[hidden]" is not right; {shape}`',
    ]
