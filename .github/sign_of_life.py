"""Send the watchdog's service a sign of life of a job that ended well; standard library only.

The address is in WATCHDOG_URL. `{job}` in it stands for the job's name, so that each job has a check of its own: one
that all share would stay content as long as any of them lives (docs/adr/0017-watchdog-and-second-path.md).
This never fails a job, ends within DEADLINE, and prints neither the address nor what the service answers.
"""

import os
import sys
from http import HTTPStatus
from http.client import HTTPConnection, HTTPSConnection
from threading import Thread
from urllib.parse import urlsplit

PLACE = "{job}"
DEADLINE = 10.0
"""Seconds for everything: the timeout of a socket begins anew with each byte, and a look-up of a name has none."""
TRIES = 2
_LATE = f"no answer within {DEADLINE:.0f} s"
LOOPBACK = "127.0.0.1"


def sign_of_life(address: str, job: str) -> str:
    """Send it; return a line that says how that went and holds nothing of the address."""
    if not address.strip():
        return f"{job} sends no sign of life: no address is set"
    if PLACE not in address:
        return f"{job} sends no sign of life: the address has no {PLACE}, so it is Grafana's alone"
    said: list[str] = []
    sending = Thread(target=lambda: said.append(_tried(address.strip().replace(PLACE, job))), daemon=True)
    sending.start()
    sending.join(DEADLINE)
    problem = said[0] if said else _LATE
    return f"::warning::{job} sent no sign of life: {problem}" if problem else f"{job} sent a sign of life"


def _tried(address: str) -> str:
    """Return the problem of the last attempt, empty if it arrived; only what may pass is tried again."""
    problem, again = _problem(address)
    for _ in range(TRIES - 1):
        if again:
            problem, again = _problem(address)
    return problem


def _problem(address: str) -> tuple[str, bool]:
    try:
        status = _status(address)
    except TimeoutError:
        return _LATE, False  # no time is left
    except Exception as error:  # noqa: BLE001  # its text may hold the address, and nothing may fail the job
        return type(error).__name__, True
    arrived = status < HTTPStatus.MULTIPLE_CHOICES
    return "" if arrived else f"the service answered {status}", status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _status(address: str) -> int:
    """POST, as Grafana does, so whatever takes the watchdog's messages takes these; a redirect is not followed."""
    url = urlsplit(address)
    plain = url.scheme == "http" and url.hostname == LOOPBACK
    if not url.hostname or not (url.scheme == "https" or plain):
        raise ValueError
    connect = HTTPConnection if plain else HTTPSConnection
    connection = connect(url.hostname, url.port, timeout=DEADLINE)
    try:
        connection.request("POST", f"{url.path or '/'}{f'?{url.query}' if url.query else ''}", body=b"")
        return connection.getresponse().status
    finally:
        connection.close()


if __name__ == "__main__":
    sys.stdout.write(f"{sign_of_life(os.environ.get('WATCHDOG_URL', ''), sys.argv[1])}\n")
