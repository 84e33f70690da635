"""The one place that asks what time it is, where what is declared depends on it.

Generated texts, golden files and the rehearsal are made without a time: else they would change by the clock alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_given: ContextVar[tuple[datetime | None] | None] = ContextVar("given", default=None)
"""The moment that `standing` gave, in a tuple, as it may be None."""


NOTHING_ANNOUNCED = datetime(2100, 1, 1, tzinfo=UTC)
"""After all windows and trials: what is declared when nothing is announced."""


def now() -> datetime | None:
    """The time in UTC; None where nothing that is declared has ended."""
    given = _given.get()
    return given[0] if given else datetime.now(UTC)


@contextmanager
def standing(at: datetime | None) -> Iterator[None]:
    """Let it be this moment, or none, for all that runs in here."""
    token = _given.set((at,))
    try:
        yield
    finally:
        _given.reset(token)
