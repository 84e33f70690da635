"""What ends the process from outside becomes an exception, so that temporary files and started programs end too."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn


class SignalExit(SystemExit):
    """A signal ends the process; the code is the shell's, 128 and its number."""


@contextmanager
def ended_by_exception() -> Iterator[None]:
    """Do so inside for SIGTERM and SIGHUP, unless somebody else handles or ignores them."""
    main = threading.current_thread() is threading.main_thread()
    numbers = [one for one in (signal.SIGTERM, signal.SIGHUP) if main and signal.getsignal(one) is signal.SIG_DFL]
    for number in numbers:
        signal.signal(number, _end)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)


def _end(number: int, _frame: object) -> NoReturn:
    # A second signal must not interrupt what the first one cleans up.
    signal.signal(number, signal.SIG_IGN)
    raise SignalExit(128 + number)
