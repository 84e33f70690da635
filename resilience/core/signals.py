"""What ends the process from outside becomes an exception, so that temporary files and started programs end too."""

import signal
import threading
from typing import NoReturn


class SignalExit(SystemExit):
    """A signal ends the process; the code is the shell's, 128 and its number."""


def end_by_exception() -> None:
    """Do so for SIGTERM and SIGHUP, unless the caller of the process ignores them."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, _end)


def _end(number: int, _frame: object) -> NoReturn:
    # A second signal must not interrupt what the first one cleans up.
    signal.signal(number, signal.SIG_IGN)
    raise SignalExit(128 + number)
