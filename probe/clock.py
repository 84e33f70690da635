"""The gaps between runs, measured by the probe itself: GitHub leaves no trace of a run that it dropped.

One open issue labelled `probe-clock` stores the time of the last run and the last 200 gaps.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from probe.issues import Incident
from probe.messages import duration_text
from probe.notifier import Notifier

LABEL = "probe-clock"
_NAME = "clock"
_KEPT = 200
_DAY = timedelta(hours=24)


@dataclass(frozen=True)
class Clock:
    """Gaps between runs in seconds, oldest first."""

    gaps: tuple[int, ...]

    def summary(self, longest_gap: float) -> str:
        """The gaps in a sentence, compared with the longest one allowed (seconds)."""
        if not self.gaps:
            return "This is the first run; the next run states the gap."
        last, longest = (duration_text(timedelta(seconds=gap)) for gap in (self.gaps[-1], max(self.gaps)))
        typical, limit = (duration_text(timedelta(seconds=span)) for span in (median(self.gaps), longest_gap))
        return (
            f"{last} since the previous run. Of the last {len(self.gaps)} gaps the median is {typical} and the longest "
            f"{longest}: an outage may have been seen that late. The limit is {limit}."
        )


def record_run(notifier: Notifier) -> Clock:
    """Record this run; post to #sv0-deploys, at most daily, if the gap before it was too long.

    Raises:
        UndeliveredError: GitHub or Slack did not accept it.
    """
    found = notifier.issues.incidents(LABEL).get(_NAME)
    if found is None:
        notifier.issues.open(_NAME, "Clock of the outside probe", "", LABEL, last=notifier.now.isoformat(), gaps=[])
        return Clock(())
    last, gaps = _recorded(found)
    gap = notifier.now - last if last else timedelta()
    seconds = max(0, round(gap.total_seconds()))
    clock = Clock((*gaps, *([seconds] if last else ()))[-_KEPT:])
    if seconds > notifier.plan.longest_gap:
        _report_gap(notifier, found, gap)
    text = f"The probe keeps this issue; do not close it. {clock.summary(notifier.plan.longest_gap)}"
    notifier.issues.update(found, text, last=notifier.now.isoformat(), gaps=list(clock.gaps))
    return clock


def _recorded(found: Incident) -> tuple[datetime | None, list[int]]:
    """The last run and the gaps; None and no gaps if another version of the probe wrote them in another form."""
    with suppress(KeyError, TypeError, ValueError):
        last = datetime.fromisoformat(found.notes["last"])
        if last.tzinfo:
            return last, [int(gap) for gap in found.notes["gaps"]]
    return None, []


def _report_gap(notifier: Notifier, found: Incident, gap: timedelta) -> None:
    known = notifier.issues.with_events(found)
    if known.events and notifier.now - known.events[-1].posted < _DAY:
        return
    limit = timedelta(seconds=notifier.plan.longest_gap)
    text = (
        f"P3: the outside probe did not run for {duration_text(gap)}; the limit is {duration_text(limit)}. "
        "GitHub's cron was late or dropped runs. Grafana's checks still page."
    )
    notifier.notify(known, "late", "P3", text, f":hourglass: {text}")
