"""Virtual time: `speed` virtual seconds pass in one real second.

The clock stands still at `-LEAD_IN` until `start`, so that the world does not age while binaries
start, then runs; zero comes `LEAD_IN` later, when at least two scrapes have been taken and rates
exist. Only `start` knows the wall clock.
"""

import threading
import time
from datetime import UTC, datetime, timedelta

from resilience.rehearsal.durations import MINUTE
from resilience.rehearsal.hours import next_opening

LEAD_IN = 3 * MINUTE
"""Virtual seconds between start and zero: three scrapes."""


class Clock:
    """One incident's clock; safe to read from every thread."""

    def __init__(self, speed: float) -> None:
        """Stand still at `-LEAD_IN`."""
        self.speed = speed
        self._zero: float | None = None
        self._created = datetime.now(tz=UTC).timestamp()

    def now(self) -> float:
        """Return the virtual second since zero."""
        if self._zero is None:
            return -LEAD_IN
        return max(-LEAD_IN, (time.monotonic() - self._zero) * self.speed)

    def epoch(self, at: float) -> float:
        """Return a Unix time for a virtual second: what `time()` would say then."""
        return self._created + at / self.speed

    def start(self) -> None:
        """Set zero `LEAD_IN` from now."""
        self._zero = time.monotonic() + LEAD_IN / self.speed

    def start_for_opening(self, opens_at: float) -> datetime:
        """Set zero so that virtual second `opens_at` is a full minute of the wall clock.

        Returns that minute; zero lies at most 60 real seconds later than `start` would set it.
        """
        now = datetime.now(tz=UTC)
        ahead = timedelta(seconds=(LEAD_IN + opens_at) / self.speed)
        opening = next_opening(now + ahead)
        wait = (opening - now).total_seconds()
        self._zero = time.monotonic() + wait - opens_at / self.speed
        return opening

    def sleep_until(self, at: float, cancelled: threading.Event) -> None:
        """Sleep until virtual second `at`, or until cancelled."""
        zero = time.monotonic() if self._zero is None else self._zero
        cancelled.wait(max(0.0, zero + at / self.speed - time.monotonic()))
