"""Run scenarios live: what Grafana would post is posted to a real Alertmanager, in scaled time, until Slack gets it."""

import json
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum, unique
from functools import partial
from pathlib import Path
from typing import Any

from resilience.grafana import SentAlert
from resilience.rehearsal.exported import Exported, channel_of
from resilience.rehearsal.live import stage as staging
from resilience.rehearsal.live.clock import VirtualClock
from resilience.rehearsal.live.mail import MailReceiver
from resilience.rehearsal.live.slack import SlackReceiver
from resilience.rehearsal.live.stage import Stage
from resilience.rehearsal.live.texts import Texts, filled
from resilience.rehearsal.report.comparison import Comparison, Tolerance, compare
from resilience.rehearsal.report.parsed_message import ParsedMessage, read_all
from resilience.rehearsal.report.results import Result
from resilience.rehearsal.scenario.scenario import Scenario, by_email, slack_outages
from resilience.rehearsal.switch import Switch, differences
from resilience.rehearsal.virtual.evaluation import Played
from resilience.rehearsal.virtual.posts import Post
from resilience.tools import binaries
from resilience.tools.errors import RehearsalError

PARALLEL = 16
"""Two cores are enough: a running scenario posts once a second and mostly waits."""
LATE_SECONDS = 2.0
"""Real seconds that a busy machine may add."""
EARLY_SECONDS = 0.2
"""Real seconds by which two clocks of one machine may differ."""


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


def run_all(
    exported: Exported,
    played: Sequence[Played],
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
    binaries.find("alertmanager")
    texts = filled(exported, (sent for one in played for post in one.first_phase for sent in post.alerts))
    setting = Setting(exported, texts, speed, progress)
    order = sorted(played, key=lambda one: -one.scenario.length)
    with ThreadPoolExecutor(parallel) as pool:
        futures = {pool.submit(run_one, setting, one) for one in order}
        try:
            done = {future.result().scenario.id: future.result() for future in as_completed(futures)}
        except BaseException:
            # Ctrl-C: each thread ends its own programs, and the pool waits for the threads.
            setting.stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return tuple(done[one.scenario.id] for one in played)


@dataclass(frozen=True)
class Setting:
    """What all live runs share; `stop` ends them."""

    exported: Exported
    texts: Texts
    speed: float
    progress: Progress = no_progress
    stop: threading.Event = field(default_factory=threading.Event)


def run_one(setting: Setting, played: Played) -> Result:
    """Run one scenario live and compare its messages with the expected ones."""
    begin, scenario = time.monotonic(), played.scenario
    try:
        result = LiveRun(setting, played).run()
    except RehearsalError as error:
        result = Result(scenario, Comparison(()), error=str(error))
    setting.progress(scenario, RunState.DONE, scenario.length)
    return replace(result, seconds=time.monotonic() - begin)


@dataclass(frozen=True)
class _Event:
    """Something that happens at a virtual second."""

    at: float
    do: Callable[[], object]


class LiveRun:
    """One scenario with an Alertmanager and a Slack receiver of its own."""

    def __init__(self, setting: Setting, played: Played) -> None:
        """Keep the parameters; nothing starts yet."""
        self._setting, self._scenario, self._posts = setting, played.scenario, played.first_phase
        self._clock = VirtualClock(setting.speed)

    def run(self) -> Result:
        """Run until the scenario ends; raises RehearsalError when a program fails."""
        self._setting.progress(self._scenario, RunState.STARTING, 0.0)
        with ExitStack() as stack:
            temporary = tempfile.TemporaryDirectory(prefix="rehearsal-", ignore_cleanup_errors=True)
            folder = Path(stack.enter_context(temporary))
            arrivals = staging.Arrivals.started(self._clock.now, self._outage, stack)
            stage = staging.started(self._setting.exported, folder, self._setting.speed, arrivals, stack)
            self._clock.start()
            self._play(stage)
            return self._result(arrivals.slack, arrivals.mail)

    def _outage(self, at: float) -> int | None:
        faults = slack_outages(self._scenario)
        return next((fault.status for fault in faults if fault.holds(at)), None)

    def _play(self, stage: Stage) -> None:
        """Let each event happen at its time, until the scenario ends."""
        for event in sorted(self._events(stage), key=lambda one: one.at):
            self._clock.sleep_until(event.at, self._setting.stop)
            if self._setting.stop.is_set():
                msg = "interrupted"
                raise RehearsalError(msg)
            event.do()
            self._setting.progress(self._scenario, RunState.RUNNING, event.at)

    def _events(self, stage: Stage) -> Iterator[_Event]:
        if night := self._scenario.night:
            yield _Event(night[0], lambda: stage.set_hours(open_=False))
            yield _Event(night[1], lambda: stage.set_hours(open_=True))
        for post in (one for one in self._posts if one.at >= 0):
            yield _Event(post.at, partial(self._post, stage, post))
        yield _Event(self._scenario.length, stage.alertmanager.check)

    def _post(self, stage: Stage, post: Post) -> None:
        body = json.dumps([self._alert(one) for one in post.alerts])
        stage.alertmanager.post("/api/v2/alerts", body.encode())

    def _alert(self, sent: SentAlert) -> dict[str, Any]:
        """Return an alert as Alertmanager's API takes it, with its times on the wall clock."""
        return {
            "labels": sent.labels,
            "annotations": self._setting.texts.of(sent),
            "startsAt": self._instant(sent.starts_at),
            "endsAt": self._instant(sent.ends_at),
        }

    def _instant(self, at: float) -> str:
        return datetime.fromtimestamp(self._clock.epoch(at), tz=UTC).isoformat()

    def _result(self, slack: SlackReceiver, mail: MailReceiver) -> Result:
        received, mailed = (read_all(one, self._setting.exported.alerts) for one in (slack.messages(), mail.mails()))
        early, late = EARLY_SECONDS * self._setting.speed, LATE_SECONDS * self._setting.speed
        tolerance = Tolerance(early, late, late)
        wrong = compare(self._scenario, received, tolerance).differences
        wrong += differences(Switch.of(self._setting.exported), self._scenario, slack.signs_of_life(), tolerance)
        wrong += wrong_mails(self._scenario, mailed, self._setting.exported.mailed_tiers, tolerance)
        return Result(self._scenario, Comparison(wrong), received, rejected=len(slack.rejected()), mailed=mailed)


def wrong_mails(
    scenario: Scenario, mailed: Iterable[ParsedMessage], tiers: Collection[str], tolerance: Tolerance
) -> tuple[str, ...]:
    """Return what is wrong with the mails, as sentences; `tiers` are those for which the export has e-mail."""
    return tuple(f"e-mail: {one}" for one in compare(by_email(scenario, tiers), mailed, tolerance).differences)
