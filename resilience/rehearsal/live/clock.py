"""Virtual time: `speed` virtual seconds pass in one real second, from `start` on."""

import threading
import time
from datetime import UTC, datetime


class VirtualClock:
    """One scenario's clock; safe to read from every thread. It stands at zero until it starts."""

    def __init__(self, speed: float) -> None:
        """Stand still."""
        self.speed = speed
        self._started: float | None = None
        self._wall = datetime.now(tz=UTC).timestamp()

    def start(self) -> None:
        """Let time pass."""
        self._started = time.monotonic()
        self._wall = datetime.now(tz=UTC).timestamp()

    def now(self) -> float:
        """Return the virtual second."""
        if self._started is None:
            return 0.0
        return (time.monotonic() - self._started) * self.speed

    def epoch(self, at: float) -> float:
        """Return the wall clock's Unix time at a virtual second."""
        return self._wall + at / self.speed

    def sleep_until(self, at: float, cancelled: threading.Event) -> None:
        """Sleep until virtual second `at`, or until cancelled."""
        cancelled.wait(max(0.0, (at - self.now()) / self.speed))
