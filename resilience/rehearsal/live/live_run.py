"""Run scenarios on real programs, several at once."""

import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from enum import StrEnum, unique
from pathlib import Path

from resilience.core.durations import MINUTE
from resilience.rehearsal.exported import Exported, channel_of
from resilience.rehearsal.live import stage as staging
from resilience.rehearsal.live.clock import LEAD_IN, VirtualClock
from resilience.rehearsal.live.hours import opening_at
from resilience.rehearsal.live.metrics_server import MetricsServer
from resilience.rehearsal.live.slack import SlackReceiver
from resilience.rehearsal.live.stage import Stage
from resilience.rehearsal.report.comparison import Comparison, Tolerance, compare
from resilience.rehearsal.report.parsed_message import read_all
from resilience.rehearsal.report.results import Result
from resilience.rehearsal.scenario.faults import FOREVER, CollectorLoss
from resilience.rehearsal.scenario.scenario import Scenario, slack_outages
from resilience.rehearsal.simulator.targets import targets_of
from resilience.tools import binaries
from resilience.tools.errors import RehearsalError

PARALLEL = 9
"""Two cores are enough for nine: a running scenario uses a twentieth of a core and mostly waits."""
LATE_SECONDS = 2.0
"""Real seconds that a busy machine may add; the windows include scrape and evaluation already.
No scenario run on two cores on 2026-11-24 needed it."""
EARLY_SECONDS = 0.2
"""Real seconds: a rule's `for` is counted between evaluations, whose times jitter."""
DISCOVERY_SECONDS = 6.0
"""Real seconds: Prometheus discovers targets every 5 s, so a collector that restarts is scraped late.
Its recovery was up to 3.1 s after its window in the same runs."""


@unique
class RunState(StrEnum):
    """How far the run of a scenario is."""

    STARTING = "starting"
    RUNNING = "running"
    DONE = "done"


Progress = Callable[[Scenario, RunState, float], None]
"""Called with a scenario, its state, and the virtual second."""


def no_progress(_scenario: Scenario, _state: RunState, _at: float) -> None:
    """Report no progress."""


def tolerance_of(scenario: Scenario, speed: float) -> Tolerance:
    """Return by how many virtual seconds a live message may miss its window."""
    stops = any(isinstance(fault, CollectorLoss) and fault.until != FOREVER for fault in scenario.faults)
    recovery = LATE_SECONDS + (DISCOVERY_SECONDS if stops else 0.0)
    return Tolerance(EARLY_SECONDS * speed, LATE_SECONDS * speed, recovery * speed)


def run_all(
    exported: Exported,
    scenarios: tuple[Scenario, ...],
    speed: float,
    progress: Progress = no_progress,
    parallel: int = PARALLEL,
) -> tuple[Result, ...]:
    """Run scenarios, at most `parallel` at a time; results are in the order of the scenarios.

    A run that breaks gives a result with `error`; the others go on.
    """
    staging.reject_speed(speed)
    for receiver in exported.receivers:
        channel_of(receiver)
    # Before threads start: so a missing program is reported once, and only one thread unpacks.
    for program in ("prometheus", "alertmanager"):
        binaries.find(program)
    stop = threading.Event()
    order = sorted(scenarios, key=lambda scenario: -_real_seconds(scenario, speed))
    with ThreadPoolExecutor(parallel) as pool:
        futures = {pool.submit(run_one, exported, scenario, speed, progress, stop): scenario for scenario in order}
        try:
            done = {future.result().scenario.id: future.result() for future in as_completed(futures)}
        except BaseException:
            # Ctrl-C: each thread ends its own programs, and the pool waits for the threads.
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return tuple(done[scenario.id] for scenario in scenarios)


def _real_seconds(scenario: Scenario, speed: float) -> float:
    """Return roughly the real seconds of a run: the longest start first, so that none runs alone at the end."""
    return scenario.length / speed + (30.0 if scenario.opens_at is not None else 0.0)


def run_one(
    exported: Exported,
    scenario: Scenario,
    speed: float,
    progress: Progress = no_progress,
    stop: threading.Event | None = None,
) -> Result:
    """Run one scenario live and compare its messages with the expected ones."""
    begin = time.monotonic()
    live_run = LiveRun(exported, scenario, speed, progress, stop or threading.Event())
    try:
        result = live_run.run()
    except RehearsalError as error:
        result = Result(scenario, Comparison(()), error=str(error))
    progress(scenario, RunState.DONE, scenario.length)
    return Result(
        scenario, result.comparison, result.received, rejected=result.rejected,
        seconds=time.monotonic() - begin, error=result.error,
    )  # fmt: skip


class LiveRun:
    """One scenario with a Prometheus, an Alertmanager, metrics servers and a Slack receiver of its own."""

    def __init__(
        self,
        exported: Exported,
        scenario: Scenario,
        speed: float,
        progress: Progress,
        stop: threading.Event,
    ) -> None:
        """Keep the parameters; nothing starts yet."""
        self._exported = exported
        self._scenario = scenario
        self._speed = speed
        self._progress = progress
        self._stop = stop
        self._clock = VirtualClock(speed, scenario.opens_at)
        self._targets = {target.name: target for target in targets_of(exported.environments, scenario.faults)}

    def run(self) -> Result:
        """Run until the scenario ends; raises RehearsalError when a program fails."""
        self._progress(self._scenario, RunState.STARTING, -LEAD_IN)
        with ExitStack() as stack:
            temporary = tempfile.TemporaryDirectory(prefix="rehearsal-", ignore_cleanup_errors=True)
            folder = Path(stack.enter_context(temporary))
            slack = SlackReceiver(self._clock.now, self._outage)
            slack.start()
            stack.callback(slack.stop)
            stage = self._start(folder, slack, stack)
            self._apply_faults(stage)
            return self._result(slack)

    def _outage(self, at: float) -> int | None:
        faults = slack_outages(self._scenario)
        return next((fault.status for fault in faults if fault.holds(at)), None)

    def _start(self, folder: Path, slack: SlackReceiver, stack: ExitStack) -> Stage:
        staging.prepare(self._exported, folder, self._speed, slack)
        services = self._services(stack)
        alertmanager = staging.start_alertmanager(self._exported, folder, self._speed, stack)
        stage = staging.start_prometheus(folder, self._speed, services, alertmanager, stack)
        stage.load_rules(self._stop)
        self._set_zero(stage)
        return stage

    def _set_zero(self, stage: Stage) -> None:
        opening = self._clock.start()
        if opening is not None:
            stage.set_hours(self._exported, opening_at(opening))

    def _services(self, stack: ExitStack) -> dict[str, MetricsServer]:
        services = {}
        for name, target in self._targets.items():
            services[name] = MetricsServer(target, self._clock)
            stack.callback(services[name].stop)
            services[name].up()
        return services

    def _apply_faults(self, stage: Stage) -> None:
        """Start and end each fault at its time, until the scenario ends."""
        shown = frozenset(self._targets)
        for at in self._edges():
            self._clock.sleep_until(at, self._stop)
            if self._stop.is_set():
                msg = "interrupted"
                raise RehearsalError(msg)
            stage.check()
            self._progress(self._scenario, RunState.RUNNING, at)
            scraped = frozenset(name for name, target in self._targets.items() if target.scraped(at))
            if scraped != shown:
                stage.set_targets(scraped)
                shown = scraped
            for name, service in stage.services.items():
                service.set_state(up=self._targets[name].is_up(at))

    def _edges(self) -> list[float]:
        """Return when to wake up: at the start and end of each fault, and every minute for the progress."""
        edges = {edge for fault in self._scenario.faults for edge in (fault.since, fault.until)}
        minutes = {minute * MINUTE for minute in range(int(self._scenario.length // MINUTE) + 1)}
        inside = {edge for edge in edges if 0 <= edge < self._scenario.length}
        return sorted(inside | minutes | {self._scenario.length})

    def _result(self, slack: SlackReceiver) -> Result:
        received = read_all(slack.messages(), self._exported.alerts)
        comparison = compare(self._scenario, received, tolerance_of(self._scenario, self._speed))
        return Result(self._scenario, comparison, received, rejected=len(slack.rejected()))
