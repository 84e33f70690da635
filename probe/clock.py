"""The honest clock: how long nobody looked. An absent run leaves no trace at GitHub, so we keep our own.

It stands in one open issue labelled `probe-clock`: the last run and the gaps of the last 200.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from probe.issues import Incident
from probe.messages import lasting
from probe.notifier import Notifier

LABEL = "probe-clock"
_NAME = "clock"
_KEPT = 200
_DAY = timedelta(hours=24)


@dataclass(frozen=True)
class Clock:
    """Gaps between runs in seconds, oldest first."""

    gaps: tuple[int, ...]

    def told(self, promise: float) -> str:
        """What the gaps mean for whoever relies on the probe."""
        if not self.gaps:
            return "This is the first run; the next one says how long nobody looked."
        last, longest = (lasting(timedelta(seconds=gap)) for gap in (self.gaps[-1], max(self.gaps)))
        typical, wanted = (lasting(timedelta(seconds=span)) for span in (median(self.gaps), promise))
        return (
            f"{last} since the run before. Of the last {len(self.gaps)} gaps the median is {typical} and the longest "
            f"{longest}: so late an outage may have been seen. {wanted} are promised."
        )


def keep(notifier: Notifier) -> Clock:
    """Record this run, and say in #sv0-deploys, at most daily, when the gap before it broke the promise.

    Raises:
        UndeliveredError: GitHub or Slack did not take it.
    """
    found = notifier.board.incidents(LABEL).get(_NAME)
    if found is None:
        notifier.board.opened(_NAME, "Clock of the outside probe", "", LABEL, last=notifier.now.isoformat(), gaps=[])
        return Clock(())
    gap = notifier.now - datetime.fromisoformat(str(found.notes["last"]))
    seconds = max(0, round(gap.total_seconds()))
    clock = Clock((*found.notes.get("gaps", []), seconds)[-_KEPT:])
    if seconds > notifier.plan.promise:
        _complain(notifier, found, gap)
    text = f"Kept by the probe; do not close. {clock.told(notifier.plan.promise)}"
    notifier.board.noted(found, text, last=notifier.now.isoformat(), gaps=list(clock.gaps))
    return clock


def _complain(notifier: Notifier, found: Incident, gap: timedelta) -> None:
    known = notifier.board.with_events(found)
    if known.told and notifier.now - datetime.fromisoformat(known.told[-1].told) < _DAY:
        return
    promise = timedelta(seconds=notifier.plan.promise)
    text = (
        f"P3: the outside probe did not look for {lasting(gap)}; {lasting(promise)} are promised. "
        "GitHub's cron is late or dropped runs; the checks of Grafana page meanwhile."
    )
    notifier.tell(known, "late", "P3", text, f":hourglass: {text}")
