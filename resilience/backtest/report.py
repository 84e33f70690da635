"""The HTML report of a backtest: one page that loads nothing, in the style of the rehearsal's."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from markupsafe import Markup

from resilience.backtest import display
from resilience.backtest.comparison import Pair, pairs
from resilience.backtest.firings import AlertFiring, RuleHistory, TimeSpan
from resilience.backtest.messages import SentMessage
from resilience.backtest.run import Backtest
from resilience.core.durations import DAY, HOUR, MINUTE, clock_face
from resilience.core.files import put
from resilience.core.problems import without_secrets
from resilience.rehearsal.report import page
from resilience.rehearsal.report.timeline import MOST_TICKS, STEPS, THINNEST, Bar, Mark, TimeAxis, Timeline, TimelineRow

_MOST_MARKS = 300
"""Of one row; more would only cover each other."""
_STEPS = (*STEPS[:-1], 4_320, *STEPS[-1:])
"""Minutes between two ticks, with three days for two weeks."""
_TITLES = {"fault": "fires", "closed": "has no data", "late": "fails"}


@dataclass(frozen=True)
class RuleSection:
    """What the page shows of one rule that did anything; `firings` are lines."""

    pair: Pair
    title: str
    timeline: Timeline
    firings: tuple[str, ...]


def render(found: Backtest, before: Backtest | None) -> str:
    """Return the page; pure except for the date."""
    style = Markup(page.source("report.css"))  # noqa: S704 - ours
    environment = page.environment("resilience.backtest")
    environment.filters.update(clock=clock_face, plain=without_secrets)
    declared = [pair for pair in pairs(before or found, found) if pair.before or pair.after or pair.why]
    compared = sorted(declared, key=lambda pair: (pair.before == pair.after, not _did_anything(pair)))
    return environment.get_template("report.html.j2").render(
        found=found,
        before=before,
        compared=compared,
        sections=[_section(pair, found, before) for pair in compared if _did_anything(pair)],
        counts=[display.firing_count(side) for side in (before, found) if side],
        headline=display.headline(found, before),
        channels=display.channels(found.messages or ()),
        begin=display.moment(found.begin),
        end=display.moment(found.end),
        now=display.moment(datetime.now(UTC).timestamp()),
        style=style,
        policy=page.policy(style),
    )


def write_report(found: Backtest, before: Backtest | None, path: Path) -> None:
    """Write the page atomically. Raises as `put` does."""
    put(path, render(found, before))


def _did_anything(pair: Pair) -> bool:
    sides = [one for one in (pair.before, pair.after) if one]
    return pair.before != pair.after or any(one.firings or one.no_data or one.error or one.messages for one in sides)


def _section(pair: Pair, found: Backtest, before: Backtest | None) -> RuleSection:
    differs = before and (pair.before != pair.after)
    sides = [("before", before), ("after", found)] if differs else [("", found)]
    rows = [row for name, side in sides if side for row in _rows(name, pair.uid, side)]
    history = found.by_uid.get(pair.uid) or (before and before.by_uid.get(pair.uid))
    lines = [f"{name}{name and ': '}{line}" for name, side in sides if side for line in _lines(pair.uid, side)]
    title = history.rule.title if history else pair.uid
    return RuleSection(pair, title, Timeline(tuple(rows), tuple(_ticks(found))), tuple(lines))


def _lines(uid: str, side: Backtest) -> Iterator[str]:
    firings = side.by_uid[uid].firings if uid in side.by_uid else []
    for found in ([display.line(one, side) for one in firings], [display.message(one) for one in side.of(uid)]):
        yield from found[: display.MOST_LINES]
        if (more := len(found) - display.MOST_LINES) > 0:
            yield f"… and {more} more"


def _rows(name: str, uid: str, side: Backtest) -> Iterator[TimelineRow]:
    history = side.by_uid.get(uid)
    if history is None:
        return
    axis, prefix = TimeAxis(side.end - side.begin), f"{name}{name and ' · '}"
    yield TimelineRow(f"{prefix}rule", tuple(_bars(axis, history, side)))
    if side.messages is not None:
        yield TimelineRow(f"{prefix}messages", marks=tuple(_marks(axis, side.of(uid), side)))


def _bars(axis: TimeAxis, history: RuleHistory, side: Backtest) -> Iterator[Bar]:
    kinds: dict[str, list[TimeSpan]] = {
        "closed": history.no_data,
        "late": history.errors,
        "fault": [_span(one, side) for one in history.firings],
    }
    for kind, spans in kinds.items():
        for begin, end in spans[:_MOST_MARKS]:
            title = f"{_TITLES[kind]} from {display.moment(begin)} for {clock_face(end - begin)}"
            x = axis.x(begin - side.begin)
            yield Bar(kind, x, round(max(axis.x(end - side.begin) - x, THINNEST), 2), title)


def _span(firing: AlertFiring, side: Backtest) -> TimeSpan:
    return firing.begin, side.end if firing.end is None else firing.end


def _marks(axis: TimeAxis, messages: Iterable[SentMessage], side: Backtest) -> Iterator[Mark]:
    # What fires is drawn last: on two weeks an end a few minutes later would cover it.
    for one in sorted(islice(messages, _MOST_MARKS), key=lambda one: not one.resolved):
        kind = "resolved" if one.resolved else "firing"
        yield Mark(kind, axis.x(one.at - side.begin), f"{display.moment(one.at)}: {kind}, in {one.channel}")


def _ticks(found: Backtest) -> Iterator[tuple[float, str]]:
    """Full hours or days of UTC, no more than fit on a telephone."""
    length = found.end - found.begin
    step = next((minutes for minutes in _STEPS if length / MINUTE / minutes <= MOST_TICKS), _STEPS[-1]) * MINUTE
    axis, named = TimeAxis(length), _name_of(step)
    at = -(-found.begin // step) * step
    while at <= found.end:
        yield axis.x(at - found.begin), named(datetime.fromtimestamp(at, UTC))
        at += step


def _name_of(step: float) -> Callable[[datetime], str]:
    form = "%d %b" if step >= DAY else "%a %H:%M" if step >= HOUR else "%H:%M"
    return lambda at: at.strftime(form)
