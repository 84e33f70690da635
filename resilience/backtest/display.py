"""A backtest as a table, as JSON for machines, and as the lines of a comment on a pull request."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from resilience.backtest.comparison import Outcome, Pair
from resilience.backtest.firings import AlertFiring
from resilience.backtest.messages import SentMessage
from resilience.backtest.run import Backtest
from resilience.core.conventions import RULE_LABELS
from resilience.core.durations import DAY, HOUR, clock_face
from resilience.core.problems import without_secrets
from resilience.review.markdown import code

MOST_LINES = 40
_LONGEST_LINE = 400
_HIDDEN = {*RULE_LABELS, "alertname", "grafana_folder", "__alert_rule_uid__", "rulename", "event"}
NOTHING = "-"


def moment(at: float) -> str:
    """Unix seconds as a date that people read: `Sat 2026-11-28 07:12 UTC`."""
    return f"{datetime.fromtimestamp(at, UTC):%a %Y-%m-%d %H:%M} UTC"


def span(found: Backtest) -> str:
    """How long the history is: `14 days`."""
    length = found.end - found.begin
    return f"{length / DAY:.0f} days" if length >= 2 * DAY else f"{length / HOUR:.0f} hours"


def own_labels(firing: AlertFiring) -> str:
    """The labels that tell it from other alerts of its rule; credentials are hidden."""
    found = (f"{name}={value}" for name, value in sorted(firing.labels.items()) if name not in _HIDDEN)
    return without_secrets(", ".join(found)[:_LONGEST_LINE])


def channels(messages: Iterable[SentMessage]) -> str:
    """How many messages each channel got: `#sv0-alerts 5, #sv0-deploys 2`."""
    counts = Counter(one.channel for one in messages)
    return ", ".join(f"{channel} {count}" for channel, count in sorted(counts.items())) or NOTHING


def table(found: Backtest) -> Table:
    """A row for each rule; those that fired come first."""
    rows = []
    for history in found.rules:
        outcome = Outcome.of(history, found)
        sent = channels(found.of(history.rule.uid)) if found.messages is not None else "not counted"
        rows.append((outcome, [history.rule.uid, *_numbers(outcome), sent]))
    made = _table("rule", "firings", "firing for", "no data for", "error for", "messages")
    for _, row in sorted(rows, key=lambda one: -one[0].firings):
        made.add_row(*map(Text, row))
    return made


def comparison(found: Sequence[Pair]) -> Table:
    """A row for each rule with before and after; those that differ come first."""
    made = _table("rule", "firings before", "after", "firing before", "after", "no data before", "after",
                  "messages before", "after")  # fmt: skip
    declared = [pair for pair in found if pair.before or pair.after]
    for pair in sorted(declared, key=lambda one: one.before == one.after):
        before, after = (_row(side) for side in (pair.before, pair.after))
        made.add_row(*map(Text, [pair.uid, *(cell for both in zip(before, after, strict=True) for cell in both)]))
    return made


def firing_count(found: Backtest) -> int:
    """Firings of all rules."""
    return sum(Outcome.of(one, found).firings for one in found.rules)


def headline(found: Backtest, before: Backtest | None = None) -> str:
    """The whole in one line: `14 days: before 3 firings, after 11`."""
    now = firing_count(found)
    return f"{span(found)}: " + (f"before {_firings(firing_count(before))}, after {now}" if before else _firings(now))


def details(found: Backtest) -> Iterator[str]:
    """Every firing with its begin and length, then the rules that are left out."""
    for history in found.rules:
        for firing in history.firings[:MOST_LINES]:
            yield f"{history.rule.uid}: {line(firing, found)}"
        if (more := len(history.firings) - MOST_LINES) > 0:
            yield f"{history.rule.uid}: … and {more} more; --json has all"
    if found.messages:
        yield f"{len(found.messages)} messages: {channels(found.messages)}"
    for sent in (found.messages or ())[:MOST_LINES]:
        yield message(sent)
    if (more := len(found.messages or ()) - MOST_LINES) > 0:
        yield f"… and {more} more messages; --json has all"
    for one in found.left_out:
        yield f"left out: {without_secrets(one.name.uid)}: {without_secrets(one.why)}"


def line(firing: AlertFiring, found: Backtest) -> str:
    """When it began and how long it lasted, in a line."""
    since = f"{moment(firing.begin)}{' or before' if firing.begins_before else ''}"
    lasted = f"for {clock_face(firing.seconds(found.end))}" + (", still at the end" if firing.end is None else "")
    kind = "" if firing.kind == "firing" else f"{firing.kind}, "
    labels = own_labels(firing)
    return f"{kind}{since}, {lasted}{labels and f' ({labels})'}"


def message(one: SentMessage) -> str:
    """When it would have been sent, where, and about which rules."""
    about = ", ".join(uids(one))
    return f"message: {moment(one.at)}, {one.channel}: {about} {'resolved' if one.resolved else 'firing'}"


def uids(one: SentMessage) -> list[str]:
    """The rules that a message is about."""
    return sorted({firing.labels["__alert_rule_uid__"] for firing in one.firings})


def markdown(found: Sequence[Pair], length: str) -> str:
    """A line for each rule, for a comment on a pull request; numbers alone, and names that can do nothing there."""
    lines = [f"- {code(pair.uid)}: {_sentence(pair, length)}" for pair in found]
    more = [f"- … and {len(lines) - MOST_LINES} more; see the run."] if len(lines) > MOST_LINES else []
    return "\n".join([*lines[:MOST_LINES], *more, ""]) if lines else "No rule changes.\n"


def as_json(found: Backtest, before: Backtest | None = None, requests: int = 0, received: int = 0) -> str:
    """Everything; times are Unix seconds and seconds."""
    whole = {
        **_side(found),
        "requests": requests,
        "receivedBytes": received,
        "keptAnswers": found.reused + (before.reused if before else 0),
        **({"before": _side(before)} if before else {}),
    }
    return json.dumps(whole, indent=2)


def _side(found: Backtest) -> dict[str, Any]:
    return {
        "begin": found.begin,
        "end": found.end,
        "rules": [
            {
                "uid": one.rule.uid,
                "alert": one.rule.labels.get("alert_id", ""),
                **asdict(Outcome.of(one, found)),
                "firingsFound": [{**asdict(firing), "kind": firing.kind} for firing in one.firings],
            }
            for one in found.rules
        ],
        "leftOut": [{**asdict(one.name), "why": one.why} for one in found.left_out],
        "messages": None if found.messages is None else [_sent(one) for one in found.messages],
    }


def _sent(one: SentMessage) -> dict[str, Any]:
    return {"at": one.at, "channel": one.channel, "resolved": one.resolved, "rules": uids(one)}


def _table(*names: str) -> Table:
    made = Table()
    for place, name in enumerate(names):
        left = place == 0 or name.startswith("messages")
        made.add_column(name, justify="left" if left else "right", overflow="fold")
    return made


def _numbers(one: Outcome) -> list[str]:
    times = (one.firing, one.no_data, one.error)
    return [str(one.firings), *(clock_face(seconds) if seconds else NOTHING for seconds in times)]


def _row(one: Outcome | None) -> list[str]:
    if one is None:
        return [NOTHING] * 4
    firings, firing, no_data, _ = _numbers(one)
    return [firings, firing, no_data, NOTHING if one.messages is None else str(one.messages)]


def _firings(count: int) -> str:
    return f"{count} firing{'' if count == 1 else 's'}"


def _sentence(pair: Pair, length: str) -> str:
    if pair.why:
        return f"not evaluated: {code(pair.why)}"
    before = f"{_firings(pair.before.firings)}{_times(pair.before)}" if pair.before else "not declared"
    after = f"{pair.after.firings}{_times(pair.after)}" if pair.after else "not declared"
    return f"{length}: before {before}, after {after}"


def _times(one: Outcome) -> str:
    parts = [("", one.firing), ("no data for ", one.no_data), ("errors for ", one.error)]
    times = ", ".join(f"{what}{clock_face(seconds)}" for what, seconds in parts if seconds)
    return times and f" ({times})"
