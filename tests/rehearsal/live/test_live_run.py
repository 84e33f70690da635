"""Live runs on real Prometheus and Alertmanager: some scenarios, and failures of the run itself."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from resilience.rehearsal import run
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.live import live_run
from resilience.rehearsal.live.live_run import RunState
from resilience.rehearsal.scenario.faults import FOREVER, CollectorLoss
from resilience.rehearsal.scenario.scenario import Scenario, load_scenarios
from resilience.tools import processes
from resilience.tools.errors import RehearsalError

LIVE = ("api-down-ten-minutes", "errors-in-dev", "slack-outage", "queue-stuck-at-night")
SCENARIOS_BY_ID = {scenario.id: scenario for scenario in load_scenarios()}


@pytest.mark.live_run
def test_scenarios_go_as_expected_live(exported: Path) -> None:
    states: list[tuple[str, RunState]] = []
    chosen = tuple(SCENARIOS_BY_ID[name] for name in LIVE)
    results = run.rehearse(exported, chosen, 60, lambda scenario, state, _at: states.append((scenario.id, state)))

    assert "\n".join(result.explanation for result in results.results if not result.good) == ""
    assert [result.scenario.id for result in results.results] == list(LIVE)
    assert {(name, state) for name in LIVE for state in RunState} == set(states)


@pytest.mark.live_run
def test_an_expected_alert_that_does_not_arrive_is_a_bad_result(
    declared: Exported, scenario: Callable[..., Scenario]
) -> None:
    """The queue is stuck, but the scenario expects another alert."""
    wrong = scenario(wanted={"alert_id": "high-error-rate"}, length="12m")
    result = live_run.run_one(declared, wrong, 60)

    assert [difference.partition(":")[0] for difference in result.comparison.differences] == [
        "high-error-rate (production) firing",
        "queue-backing-up (production) firing",
    ]
    assert "received 7m" in result.explanation or "received 8m" in result.explanation


@pytest.mark.live_run
def test_a_program_that_ends_early_is_reported_with_its_log(declared: Exported, tmp_path: Path) -> None:
    for path in declared.folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    broken = (tmp_path / "alertmanager.yml").read_text("utf-8").replace("send_resolved:", "send_revolved:")
    (tmp_path / "alertmanager.yml").write_text(broken, "utf-8")

    result = live_run.run_one(Exported.read(tmp_path), SCENARIOS_BY_ID["queue-exactly-ten"], 60)

    assert not result.good
    assert result.error is not None
    assert "alertmanager ended with 1" in result.error
    assert "send_revolved not found" in result.error


def test_an_interrupted_run_leaves_no_program(declared: Exported, monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    run = processes.run
    stop = threading.Event()

    def remember(*arguments: object) -> processes.Program:
        program = run(*arguments)  # type: ignore[arg-type]
        started.append(program)
        stop.set()
        return program

    monkeypatch.setattr(processes, "run", remember)
    result = live_run.run_one(declared, SCENARIOS_BY_ID["queue-exactly-ten"], 60, stop=stop)

    assert result.error is not None
    assert len(started) == 2
    assert all(program.process.poll() is not None for program in started)


@pytest.mark.parametrize("speed", [0, 0.5, 241, -1, float("nan")])
def test_a_speed_that_cannot_be_rehearsed_is_rejected(exported: Path, speed: float) -> None:
    with pytest.raises(RehearsalError, match="cannot be rehearsed; use 1 to 240"):
        run.rehearse(exported, (SCENARIOS_BY_ID["queue-stuck"],), speed)


def test_scenarios_of_a_day_are_not_run_live(exported: Path) -> None:
    with pytest.raises(RehearsalError, match="none of these scenarios can run live"):
        run.rehearse(exported, (SCENARIOS_BY_ID["connector-frozen"],))


def test_an_unknown_scenario_is_reported_with_the_known_ones() -> None:
    with pytest.raises(
        RehearsalError, match=r'no scenario "fire"; use one of api-counter-reset, .*two-queue-then-collector'
    ):
        run.select(tuple(SCENARIOS_BY_ID.values()), ("fire",))


def test_only_the_recovery_of_a_collector_waits_for_discovery() -> None:
    for scenario in SCENARIOS_BY_ID.values():
        allowed = live_run.tolerance_of(scenario, 60)
        stops = any(isinstance(fault, CollectorLoss) and fault.until != FOREVER for fault in scenario.faults)

        assert allowed.late == live_run.LATE_SECONDS * 60
        assert (allowed.late_recovery > allowed.late) is stops


def test_an_export_that_is_not_there_is_reported(tmp_path: Path) -> None:
    with pytest.raises(RehearsalError, match="run `resilience export` again"):
        run.rehearse(tmp_path, (SCENARIOS_BY_ID["queue-stuck"],))


@pytest.mark.live_run
def test_a_terminated_rehearsal_ends_its_programs() -> None:
    command = [sys.executable, "-m", "resilience", "rehearse", "queue-exactly-ten"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as rehearsal:
        started = _until(lambda: _children(rehearsal.pid), 30)
        rehearsal.send_signal(signal.SIGTERM)
        rehearsal.wait(timeout=30)

    assert started
    assert _until(lambda: not any(map(_alive, started)), 10)


def _children(pid: int) -> list[int]:
    """The pids of a rehearsal's Prometheus and Alertmanager; both, or none yet."""
    done = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    pids = [int(child) for child in done.stdout.split()]
    return pids if len(pids) == 2 else []


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _until(condition: Callable[[], Any], seconds: float) -> Any:
    """The condition's value as soon as it is true, or the last one."""
    end = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < end:
        time.sleep(0.1)
    return met
