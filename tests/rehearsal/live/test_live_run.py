"""Live runs on a real Alertmanager: one scenario for each way of a message, and failures of the run itself."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from resilience.rehearsal import run
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.live import live_run
from resilience.rehearsal.live.live_run import RunState
from resilience.rehearsal.live.texts import Texts
from resilience.rehearsal.scenario.scenario import MessagePath, Scenario
from resilience.rehearsal.variants import Variants
from resilience.rehearsal.virtual.evaluation import PHASES, Played, play
from resilience.tools import processes
from resilience.tools.errors import RehearsalError
from tests.scenarios import ALL, BY_ID

PATHS = [scenario for scenario in ALL if scenario.path]


@pytest.fixture(scope="module", name="exports")
def _exports(tmp_path_factory: pytest.TempPathFactory) -> Variants:
    return Variants(tmp_path_factory.mktemp("exports"))


@pytest.fixture(scope="module", name="declared")
def _declared(exports: Variants) -> Exported:
    """The usual export is one of these: the program runs once for both."""
    return exports(BY_ID["queue-stuck"])


def played_of(exported: Exported, *scenarios: Scenario) -> tuple[Played, ...]:
    """What Grafana would post in these scenarios."""
    return play((lambda _: exported,), scenarios, phases=PHASES[:1])[0]


def test_each_way_of_a_message_has_its_scenario() -> None:
    assert sorted(str(one.path) for one in PATHS) == sorted(MessagePath)
    assert all(one.live for one in PATHS)


@pytest.mark.live_run
def test_each_way_of_a_message_goes_as_expected_live(exports: Variants) -> None:
    states: list[tuple[str, RunState]] = []
    (played,) = play((exports,), PATHS, phases=PHASES[:1])
    results = run.rehearse(exports, played, 60, lambda scenario, state, _at: states.append((scenario.id, state)))

    assert "\n".join(result.explanation for result in results.results if not result.good) == ""
    assert [result.scenario for result in results.results] == PATHS
    assert {(one.id, state) for one in PATHS for state in RunState} == set(states)


@pytest.mark.live_run
def test_an_expected_alert_that_does_not_arrive_is_a_bad_result(
    declared: Exported, scenario: Callable[..., Scenario]
) -> None:
    """The queue is stuck, but the scenario expects another alert."""
    wrong = scenario(wanted={"alert_id": "high-error-rate"}, length="12m")
    (result,) = live_run.run_all(lambda _: declared, played_of(declared, wrong), 60)

    assert [difference.partition(":")[0] for difference in result.comparison.differences] == [
        "high-error-rate (production) firing",
        "queue-backing-up (production) firing",
    ]
    # The rule fires at 8 minutes and its route waits 30 s; a busy machine may add 2 s, which are 2 minutes here.
    assert re.search(r"received (8|9|10)m", result.explanation)


def test_a_run_that_breaks_is_a_bad_result(declared: Exported, scenario: Callable[..., Scenario]) -> None:
    wrong = {"slack_configs": [{"send_revolved": True}]}
    receivers = [one | (wrong if "slack_configs" in one else {}) for one in declared.alertmanager["receivers"]]
    broken = replace(declared, alertmanager={**declared.alertmanager, "receivers": receivers})
    (result,) = live_run.run_all(lambda _: broken, played_of(declared, scenario()), 60)

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

    played = played_of(declared, BY_ID["queue-exactly-ten"])
    monkeypatch.setattr(processes, "run", remember)
    result = live_run.run_one(live_run.Setting(declared, Texts({}), 60, stop=stop), played[0])

    assert result.error is not None
    assert len(started) == 1
    assert all(program.process.poll() is not None for program in started)


@pytest.mark.parametrize("speed", [0, 0.5, 241, -1, float("nan")])
def test_a_speed_that_cannot_be_rehearsed_is_rejected(declared: Exported, speed: float) -> None:
    with pytest.raises(RehearsalError, match="cannot be rehearsed; use 1 to 240"):
        run.rehearse(lambda _: declared, (), speed)


def test_an_unknown_scenario_is_reported_with_the_known_ones() -> None:
    with pytest.raises(
        RehearsalError, match=r'no scenario "fire"; use one of api-counter-reset, .*two-queue-then-collector'
    ):
        run.select(tuple(BY_ID.values()), ("fire",))


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
    """The pids of a rehearsal's programs; none yet at first."""
    done = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(child) for child in done.stdout.split()]


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
