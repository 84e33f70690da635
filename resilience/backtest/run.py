"""Runs a backtest: asks for every rule's history, evaluates it, and makes the messages of all rules."""

import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from queue import Empty, SimpleQueue
from threading import Thread

from resilience.backtest.answers import AskedRule, KeptAnswers, UnanswerableError, parts_of
from resilience.backtest.api import HistoryApi
from resilience.backtest.declared import LeftOut, PlannedRule, RuleSet
from resilience.backtest.firings import AlertFiring, Evaluation, RuleHistory
from resilience.backtest.messages import SentMessage, messages
from resilience.backtest.routes import NumberedRoutes, routes_of
from resilience.core.conventions import DataSource
from resilience.core.deadlines import Returned
from resilience.core.durations import DAY, HOUR, MINUTE
from resilience.core.problems import UserError
from resilience.rehearsal.virtual.answers import Ticks
from resilience.tools.binaries import find

PARALLEL = 4
_LOOK = 5 * MINUTE
"""Seconds between two looks for the first sample; a sample is seen for as long."""
_MOST_NAMES = 100
# Not with the parser: a rule of somebody else may be nested deeper than it survives.
_SELECTED = re.compile(r"\b([a-zA-Z_][a-zA-Z0-9_:]*)(?=[{\[])")

Apis = Mapping[DataSource, HistoryApi]
PartsDone = Callable[[int, int], None]
"""Called with the parts that are done, and with all of them."""


def _no_progress(_done: int, _whole: int) -> None:
    """Show nothing."""


@dataclass(frozen=True)
class BacktestSpan:
    """What is asked for; times are Unix seconds. Without `routed` no message is made."""

    begin: float
    end: float
    routed: bool = True

    @classmethod
    def last(cls, days: float, end: float | None = None, *, routed: bool = True) -> "BacktestSpan":
        """The last days before `end`, or before now; it begins at a full hour, so that kept answers fit."""
        until = math.floor((time.time() if end is None else end) / MINUTE) * MINUTE
        return cls(math.floor((until - days * DAY) / HOUR) * HOUR, until, routed)


@dataclass(frozen=True)
class Backtest:
    """What a set of rules would have done.

    Attributes:
        begin: of the history that was evaluated (Unix seconds), `end` too.
        left_out: rules that were not evaluated.
        messages: None if no route is declared, or none was asked for.
        reused: answers that were kept from before.
    """

    begin: float
    end: float
    rules: tuple[RuleHistory, ...]
    left_out: tuple[LeftOut, ...]
    messages: tuple[SentMessage, ...] | None
    reused: int = 0

    @cached_property
    def by_uid(self) -> dict[str, RuleHistory]:
        """The rules that were evaluated."""
        return {one.rule.uid: one for one in self.rules}

    def of(self, uid: str) -> list[SentMessage]:
        """The messages about a rule's firings."""
        return self._messages_by_uid.get(uid, [])

    @cached_property
    def _messages_by_uid(self) -> dict[str, list[SentMessage]]:
        found: dict[str, list[SentMessage]] = {}
        for one in self.messages or ():
            for uid in {_uid(firing) for firing in one.firings}:
                found.setdefault(uid, []).append(one)
        return found


def _uid(firing: AlertFiring) -> str:
    return firing.labels["__alert_rule_uid__"]


@dataclass
class _PartsCount:
    """How much is done."""

    progress: PartsDone
    whole: int = 0
    done: int = 0

    def step(self) -> None:
        self.done += 1
        self.progress(self.done, self.whole)


def backtests(
    sides: Sequence[RuleSet], apis: Apis, wanted: BacktestSpan, kept: KeptAnswers, progress: PartsDone = _no_progress
) -> list[Backtest]:
    """Evaluate each set of rules over the same history; rules of which there is no API are left out.

    Raises:
        UserError: an API does not answer, or nothing is there.
    """
    kept.clean()
    # What is wrong here is said before minutes of questions.
    routes = [routes_of(side.manifests) if wanted.routed else None for side in sides]
    if any(routes):
        find("alertmanager")
    try:
        begin = first_sample([one for side in sides for one in side.rules], apis, wanted, kept)
        count = _PartsCount(progress)
        asked = replace(wanted, begin=begin)
        return [_backtest(side, apis, asked, kept, count, tree) for side, tree in zip(sides, routes, strict=True)]
    except BaseException:
        # The other threads stop with their next request.
        for api in apis.values():
            api.limits.ends = 0.0
        raise


def _backtest(  # noqa: PLR0913, PLR0917 - one for each part of it
    declared: RuleSet,
    apis: Apis,
    wanted: BacktestSpan,
    kept: KeptAnswers,
    count: _PartsCount,
    routes: NumberedRoutes | None,
) -> Backtest:
    rules = [one for one in declared.rules if one.source in apis]
    absent = [one for one in declared.rules if one.source not in apis]
    work = [(one, list(parts_of(_ticks(one, wanted.begin, wanted.end)))) for one in rules]
    count.whole += sum(len(parts) for _, parts in work)
    found = _in_threads([partial(_evaluated, one, parts, apis[one.source], kept, count) for one, parts in work])
    histories = tuple(one for one, _ in found if isinstance(one, RuleHistory))
    left_out = (
        *declared.left_out,
        *(LeftOut(one.name, f"it reads {one.source}; give {_MISSING[one.source]}", fails=False) for one in absent),
        *(one for one, _ in found if isinstance(one, LeftOut)),
    )
    firings = [firing for one in histories for firing in one.firings]
    sent = None if routes is None else tuple(messages(routes, firings, wanted.end))
    return Backtest(wanted.begin, wanted.end, histories, left_out, sent, sum(reused for _, reused in found))


def _in_threads(jobs: Sequence[Callable[[], Returned]]) -> list[Returned]:
    """What the jobs return, in their order; the threads end with the process, whatever an API makes them wait for."""
    pairs = [(Future[Returned](), job) for job in jobs]
    waiting = SimpleQueue[tuple[Future[Returned], Callable[[], Returned]]]()
    for pair in pairs:
        waiting.put(pair)
    for _ in range(PARALLEL):
        Thread(target=_work, args=(waiting,), daemon=True).start()
    return [future.result() for future, _ in pairs]


def _work(waiting: "SimpleQueue[tuple[Future[Returned], Callable[[], Returned]]]") -> None:
    with suppress(Empty):
        while True:
            future, job = waiting.get_nowait()
            try:
                future.set_result(job())
            except BaseException as error:  # noqa: BLE001  # raised in the thread that waits
                future.set_exception(error)
                return  # jobs begin in their order, so the caller raises this before it waits for one that never began


_MISSING = {
    DataSource.METRICS: "--url",
    DataSource.LOGS: "--logs-url",
    DataSource.USAGE: "--usage-url",
}


def _ticks(one: PlannedRule, begin: float, end: float) -> Ticks:
    step = one.evaluated.rule.interval
    first = math.ceil(begin / step) * step
    return Ticks(first, max(0, int((end - first) // step) + 1), step)


def _evaluated(
    one: PlannedRule, parts: Sequence[Ticks], api: HistoryApi, kept: KeptAnswers, count: _PartsCount
) -> tuple[RuleHistory | LeftOut, int]:
    evaluation, asked = Evaluation(one.evaluated.rule), AskedRule(api, kept, one.evaluated.expr)
    try:
        for ticks in parts:
            evaluation.add(ticks, asked.answers(ticks))
            count.step()
    except UnanswerableError as error:
        return LeftOut(one.name, str(error)), asked.reused
    return evaluation.done(), asked.reused


def first_sample(rules: Sequence[PlannedRule], apis: Apis, wanted: BacktestSpan, kept: KeptAnswers) -> float:
    """When the history begins (Unix seconds): before the first sample of any series, missing series mean nothing.

    Raises:
        UserError: there is none at all.
    """
    read = [one.evaluated.expr for one in rules if one.source is DataSource.METRICS]
    names = sorted({name for expr in read for name in _SELECTED.findall(expr)})[:_MOST_NAMES]
    if not names:
        return wanted.begin
    api = apis[DataSource.METRICS]
    asked = AskedRule(api, kept, f'group({{__name__=~"{"|".join(names)}"}})')
    ticks = Ticks(wanted.begin, int((wanted.end - wanted.begin) // _LOOK) + 1, _LOOK)
    try:
        for part in parts_of(ticks):
            found = zip(part.times(), asked.answers(part), strict=True)
            if at := next((at for at, answer in found if answer), None):
                return at
    except UnanswerableError:
        return wanted.begin
    raise UserError(f"{api.place.address} has no sample of any series that the rules read; is it the right place?")
