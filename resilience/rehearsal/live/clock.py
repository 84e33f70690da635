"""Virtual time: `speed` virtual seconds pass in one real second.

Before `start` the clock does not advance, so that no virtual time passes while programs start. Then it
runs; zero is `LEAD_IN` later, when scrapes have been taken and rates exist. Only `start` and `epoch`
use the wall clock.
"""

import threading
import time
from datetime import UTC, datetime, timedelta

from resilience.core.durations import MINUTE
from resilience.rehearsal.live.hours import next_opening

LEAD_IN = 3 * MINUTE
"""Virtual seconds between start and zero: three scrapes."""
LONGEST_WAIT = 60.0
"""Real seconds until the next full minute of the wall clock."""


class VirtualClock:
    """One scenario's clock; safe to read from every thread."""

    def __init__(self, speed: float, opens_at: float | None = None) -> None:
        """Stand still before zero, early enough that `start` never moves time back."""
        self.speed = speed
        self._opens_at = opens_at
        wait = 0.0 if opens_at is None else LONGEST_WAIT * speed
        self._hold = -LEAD_IN - wait
        self._zero: float | None = None
        self._created = datetime.now(tz=UTC).timestamp()

    def now(self) -> float:
        """Return the virtual second since zero."""
        if self._zero is None:
            return self._hold
        return (time.monotonic() - self._zero) * self.speed

    def epoch(self, at: float) -> float:
        """Return Unix time for a virtual second, about what PromQL's `time()` returns then."""
        return self._created + at / self.speed

    def start(self) -> datetime | None:
        """Set zero `LEAD_IN` from now, or later so that business hours open on a full minute.

        Returns that minute of the wall clock (UTC), None when the scenario has no night.
        """
        lead_in = LEAD_IN / self.speed
        if self._opens_at is None:
            self._zero = time.monotonic() + lead_in
            return None
        until_open = self._opens_at / self.speed
        now, monotonic = datetime.now(tz=UTC), time.monotonic()
        opening = next_opening(now + timedelta(seconds=lead_in + until_open))
        self._zero = monotonic + (opening - now).total_seconds() - until_open
        return opening

    def sleep_until(self, at: float, cancelled: threading.Event) -> None:
        """Sleep until virtual second `at`, or until cancelled."""
        zero = time.monotonic() if self._zero is None else self._zero
        cancelled.wait(max(0.0, zero + at / self.speed - time.monotonic()))
