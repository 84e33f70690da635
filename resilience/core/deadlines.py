"""A deadline for a whole piece of work: a timeout of a socket begins anew with every byte."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

Returned = TypeVar("Returned")


def within(seconds: float, work: Callable[[], Returned]) -> Returned:
    """What the work returns or raises.

    It runs in a thread, because nothing else interrupts the look-up of a name, a TLS handshake or
    headers that arrive byte by byte. The thread of late work is left alone and ends with the process.

    Raises:
        TimeoutError: it takes longer.
    """
    if seconds <= 0:
        raise TimeoutError("there is no time left")
    future: Future[Returned] = Future()
    Thread(target=_fulfil, args=(future, work), daemon=True).start()
    return future.result(timeout=seconds)


def _fulfil(future: Future[Returned], work: Callable[[], Returned]) -> None:
    try:
        future.set_result(work())
    except Exception as error:  # noqa: BLE001  # raised in the thread that waits
        future.set_exception(error)
