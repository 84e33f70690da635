"""Start a real program on a free port of the loopback, wait until it is ready, end it by its pid.

Prometheus 2.42 and 3.16 and Alertmanager 0.25 to 0.31 accept port 0 and log the port that they got; `/-/ready`
shows that they are ready. If a program ends early, the error has the end of its log and comes at once.
"""

import http.client
import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from resilience.tools.errors import RehearsalError

READY_SECONDS = 60.0
"""Enough for a busy machine; on an idle one both programs are ready within a second."""
STOP_SECONDS = 10.0
POLL_SECONDS = 0.05
TAIL_LINES = 15
_JSON = {"Content-Type": "application/json"}
LISTENING = re.compile(r'msg="?Listening on"? (?:component=\w+ )?address="?127\.0\.0\.1:(\d+)')


@dataclass(frozen=True)
class Program:
    """A running program; `base` is its URL."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    base: str

    def check(self) -> None:
        """Raise RehearsalError with the end of the log if the program has ended."""
        _check_running(self.name, self.process, self.log)

    def query(self, promql: str) -> list[dict[str, Any]]:
        """Return the vector that Prometheus returns for a query."""
        vector: list[dict[str, Any]] = self.get(f"/api/v1/query?{urllib.parse.urlencode({'query': promql})}")["data"][
            "result"
        ]
        return vector

    def get(self, path: str) -> Any:
        """Return the JSON that a path answers.

        Raises:
            RehearsalError: the program does not answer, or with something else.
        """
        try:
            with urllib.request.urlopen(self.base + path, timeout=READY_SECONDS) as response:  # noqa: S310
                return json.load(response)
        except (OSError, ValueError) as error:
            msg = f"{self.name} did not answer {path}: {error}\n{_tail(self.log)}"
            raise RehearsalError(msg) from error

    def post(
        self, path: str, body: bytes | None = None, headers: Mapping[str, str] = _JSON, seconds: float = READY_SECONDS
    ) -> bytes:
        """Post JSON, nothing, or what `headers` say to a path, and return the answer within so many seconds.

        Raises:
            RehearsalError: the program rejects it, with its reason, or does not answer.
        """
        request = urllib.request.Request(self.base + path, body, dict(headers), method="POST")  # noqa: S310 - loopback
        try:
            with urllib.request.urlopen(request, timeout=seconds) as response:  # noqa: S310
                answer: bytes = response.read()
        except urllib.error.HTTPError as error:
            with error:
                said = f"with {error.code}: {error.read().decode('utf-8', 'replace').strip()}"
            raise RehearsalError(f"{self.name} rejected {path} {said}\n{_tail(self.log)}") from error
        except (OSError, http.client.HTTPException) as error:
            raise RehearsalError(f"{self.name} did not answer {path}: {error!r}\n{_tail(self.log)}") from error
        return answer


def run(name: str, command: list[str], folder: Path, stack: ExitStack) -> Program:
    """Start a command that serves HTTP with `/-/ready`, and return it once it is ready.

    `stack` ends it, also when something fails later in here.
    """
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - the command is ours
            command, cwd=folder, env=environment(), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    stack.callback(_end, process)
    deadline = time.monotonic() + READY_SECONDS
    base = f"http://127.0.0.1:{_port(name, process, log, deadline)}"
    _await_ready(name, process, log, base, deadline)
    return Program(name, process, log, base)


def environment() -> dict[str, str]:
    """Return that of Go's programs: they collect garbage a quarter as often, which saves a tenth of their time."""
    return os.environ | {"GOGC": "400", "GOMEMLIMIT": "1GiB"}


def _port(name: str, process: subprocess.Popen[bytes], log: Path, deadline: float) -> int:
    while time.monotonic() < deadline:
        if found := LISTENING.search(log.read_text("utf-8", "replace")):
            return int(found.group(1))
        _check_running(name, process, log)
        time.sleep(POLL_SECONDS)
    msg = f"{name} did not log its port within {READY_SECONDS:.0f} s\n{_tail(log)}"
    raise RehearsalError(msg)


def _await_ready(name: str, process: subprocess.Popen[bytes], log: Path, base: str, deadline: float) -> None:
    while time.monotonic() < deadline:
        if _is_ready(f"{base}/-/ready"):
            return
        _check_running(name, process, log)
        time.sleep(POLL_SECONDS)
    msg = f"{name} was not ready within {READY_SECONDS:.0f} s\n{_tail(log)}"
    raise RehearsalError(msg)


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2.0) as response:  # noqa: S310 - loopback
            return bool(response.status == HTTPStatus.OK)
    except (urllib.error.URLError, OSError):
        return False


def _check_running(name: str, process: subprocess.Popen[bytes], log: Path) -> None:
    if (code := process.poll()) is not None:
        msg = f"{name} ended with {code}:\n{_tail(log)}"
        raise RehearsalError(msg)


def _tail(log: Path) -> str:
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-TAIL_LINES:])


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
