"""Drift and rotation that no longer run: what the probe's workflow reports, asked of a GitHub that tests write."""

import json
import os
import runpy
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from resilience.budget.cron import runs_a_month
from resilience.core.yaml_files import read_own
from resilience.model.catalogue import ROOT

SCRIPT = ROOT / ".github/overdue.py"
FOUND = runpy.run_path(str(SCRIPT))
LIMITS: dict[str, timedelta] = FOUND["LIMITS"]
NOW = datetime(2026, 11, 28, 12, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)


def written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class RunsDouble:
    """GitHub's runs: by workflow, the ages of its successes in hours."""

    def __init__(self, added: float = 10_000, **ages: Sequence[float]) -> None:
        """Drift and rotate ran today, and so did the probe, unless something else is said."""
        self.ages = {"drift": (7.0, 31.0), "rotate": (54.0, 222.0), "platform_health": (2.0, 4.0)} | ages
        self.added = added

    def __call__(self, path: str) -> Mapping[str, Any]:
        """What the API answers."""
        name, _, rest = path.partition(".yml")
        if not rest:
            return {"created_at": written(NOW - self.added * HOUR)[:-1] + ".000Z"}
        assert rest == "/runs?branch=main&status=success&per_page=50"
        runs = [self.run(age) for age in self.ages[name.replace("-", "_")]]
        # A fork's branch called main, with a workflow of its own under this name.
        return {"workflow_runs": [self.run(0) | {"event": "pull_request"}, *runs]}

    @staticmethod
    def run(age: float) -> dict[str, str]:
        """A run that began so many hours ago."""
        return {"event": "schedule", "run_started_at": written(NOW - age * HOUR)}


def said(answers: RunsDouble) -> list[str]:
    found: list[str] = FOUND["lines"](answers, NOW)
    return found


def test_while_both_run_nothing_is_said() -> None:
    assert said(RunsDouble()) == []


@pytest.mark.parametrize(
    ("ages", "added", "wanted"),
    [
        pytest.param({"drift": (25.9,)}, 10_000, [], id="late, but not too late"),
        pytest.param(
            {"drift": (27,)},
            10_000,
            ["*drift* has not succeeded for 1 d 3 h; at most 1 d 2 h are expected"],
            id="begins",
        ),
        pytest.param({"drift": (30,)}, 10_000, [], id="was reported two hours ago"),
        pytest.param({"drift": (49,)}, 10_000, [], id="will be reported tomorrow"),
        pytest.param(
            {"drift": (51,)},
            10_000,
            ["*drift* has not succeeded for 2 d 3 h; at most 1 d 2 h are expected"],
            id="daily",
        ),
        pytest.param(
            {"drift": (30,), "platform_health": (5,)},
            10_000,
            ["*drift* has not succeeded for 1 d 6 h; at most 1 d 2 h are expected"],
            id="the run that should have reported it failed",
        ),
        pytest.param(
            {"drift": (30,), "platform_health": ()},
            10_000,
            ["*drift* has not succeeded for 1 d 6 h; at most 1 d 2 h are expected"],
            id="no run has reported anything yet",
        ),
        pytest.param({"rotate": (8 * 24 - 1,)}, 10_000, [], id="rotated last week"),
        pytest.param(
            {"rotate": (8 * 24 + 1,)},
            10_000,
            ["*rotate* has not succeeded for 8 d 1 h; at most 8 d are expected"],
            id="week",
        ),
        pytest.param({"drift": (), "rotate": ()}, 3, [], id="added today"),
        pytest.param(
            {"drift": (), "rotate": ()},
            27,
            ["*drift* has not succeeded for 1 d 3 h; at most 1 d 2 h are expected"],
            id="never ran since it was added yesterday",
        ),
        pytest.param({"drift": (1, 60)}, 10_000, ["*drift* succeeded again after 2 d 11 h"], id="runs again"),
        pytest.param({"drift": (3, 60)}, 10_000, [], id="that it runs again was reported"),
        pytest.param({"drift": (1, 25)}, 10_000, [], id="an ordinary run"),
    ],
)
def test_a_delay_is_reported_when_it_begins_then_daily_and_its_end_once(
    ages: dict[str, Sequence[float]], added: float, wanted: list[str]
) -> None:
    assert said(RunsDouble(added, **ages)) == wanted


def test_at_every_cadence_of_the_probe_a_delay_of_a_week_is_reported_daily() -> None:
    for every in (1, 2, 3, 5):
        spoken = [
            age
            for age in range(1, 7 * 24, every)
            if said(RunsDouble(drift=(age,), platform_health=(float(every),) if age > every else ()))
        ]
        assert len(spoken) == 6, every


def test_the_limits_leave_room_for_one_run_more_than_the_cadence() -> None:
    for name, runs in (("drift", 31), ("rotate", 5)):
        raw = read_own((ROOT / f".github/workflows/{name}.yml").read_text(encoding="utf-8"))
        (schedule,) = raw[True]["schedule"]  # YAML reads `on` as true
        assert runs_a_month(schedule["cron"]) == runs
    assert {"drift": timedelta(hours=26), "rotate": timedelta(days=8)} == LIMITS


def script(folder: Path, gh: str) -> subprocess.CompletedProcess[str]:
    (folder / "bin").mkdir()
    (folder / "bin/gh").write_text(f"#!/bin/sh\n{gh}\n")
    (folder / "bin/gh").chmod(0o755)
    environment = {
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "GITHUB_REPOSITORY": "acme/infra",
        "GITHUB_SERVER_URL": "https://github.com",
    }
    command = [sys.executable, "-I", str(SCRIPT), "build/overdue.json"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_the_script_asks_gh_and_writes_slacks_payload(tmp_path: Path) -> None:
    run = '{"workflow_runs": [{"event": "schedule", "run_started_at": "2026-01-01T00:00:00Z"}]}'
    done = script(tmp_path, f"echo \"$*\" >> calls; echo '{run}'")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert all(
        call.startswith("api repos/acme/infra/actions/workflows/")
        for call in (tmp_path / "calls").read_text().splitlines()
    )
    text = json.loads((tmp_path / "build/overdue.json").read_text())["text"]
    assert text.startswith(":information_source: P3: *drift* has not succeeded for ")
    assert text.splitlines()[-1] == "<https://github.com/acme/infra/actions|Runs>"


@pytest.mark.parametrize(
    "gh",
    [
        "exit 1",
        "echo ::warning::x; exit 1",
        "echo",
        "echo []",
        "echo null",
        "echo '{\"workflow_runs\": {}}'",
        "echo '{\"workflow_runs\": [1]}'",
        "echo '{\"workflow_runs\": [{}]}'",
        'echo \'{"workflow_runs": [{"event": "schedule", "run_started_at": "::error::x"}]}\'',
        'echo \'{"workflow_runs": [{"event": "schedule", "run_started_at": null}]}\'',
    ],
)
def test_another_answer_is_one_sentence_and_a_failure(tmp_path: Path, gh: str) -> None:
    done = script(tmp_path, gh)

    assert (done.returncode, done.stderr, (tmp_path / "build").exists()) == (1, "", False)
    assert done.stdout.startswith("::error::GitHub could not be asked for the runs of drift and rotate (")
    assert done.stdout.count("\n") == 1
