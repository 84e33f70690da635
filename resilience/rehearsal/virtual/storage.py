"""One Prometheus that holds the samples of many scenarios, each in a stretch of time of its own.

A range query over a stretch answers what a rule's expression has at every evaluation: one query a rule and
scenario, where `promtool test rules` asks at each evaluation anew, a week of subqueries included.
"""

import http.client
import json
import math
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from resilience.core.durations import DAY, MINUTE
from resilience.rehearsal.virtual.remote_write import write_request
from resilience.rehearsal.virtual.series import SeriesValues
from resilience.tools import binaries, processes
from resilience.tools.errors import RehearsalError
from resilience.tools.processes import Program

_WEEK = 7 * DAY
_SECONDS = 120.0
_CENTURY = "100y"
"""Nothing is too old to be kept, and nothing is moved from memory into blocks."""
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_WRITE = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"}


def stretch(longest: float) -> float:
    """Return seconds from the beginning of a stretch to the next, for scenarios of at most this length.

    Two weeks lie between, as no rule looks back further: Grafana Cloud Free keeps metrics for 14 days.
    In whole weeks, subqueries are aligned as from Unix 0, and hours and weekdays are the same.
    """
    return (math.ceil(longest / _WEEK) + 2) * _WEEK


@dataclass(frozen=True)
class Storage:
    """A running Prometheus without rules and targets; each thread keeps its connection for queries."""

    program: Program
    _own: threading.local = field(default_factory=threading.local)
    _connections: list[http.client.HTTPConnection] = field(default_factory=list)

    def write(self, series: list[SeriesValues], begin: float, step: float = MINUTE) -> None:
        """Store series whose first value is at Unix time `begin`; stretches must come in the order of time."""
        self.program.post("/api/v1/write", write_request(series, begin, step), _WRITE, _SECONDS)

    def range(self, expr: str, begin: float, end: float, step: float) -> list[dict[str, Any]]:
        """Return the series of an expression between two Unix times; raises RehearsalError if it is wrong."""
        body = urllib.parse.urlencode({"query": expr, "start": begin, "end": end, "step": step})
        found: list[dict[str, Any]] = json.loads(self._answer("/api/v1/query_range", body))["data"]["result"]
        return found

    def close(self) -> None:
        """Close the connections of all threads."""
        for connection in self._connections:
            connection.close()

    def _answer(self, path: str, body: str) -> bytes:
        connection = self._connection()
        try:
            connection.request("POST", path, body, _FORM)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise RehearsalError(f"prometheus did not answer {path}: {error!r}") from error
        if response.status != HTTPStatus.OK:
            said = content.decode("utf-8", "replace").strip()
            raise RehearsalError(f"prometheus rejected {path} with {response.status}: {said}")
        return content

    def _connection(self) -> http.client.HTTPConnection:
        if not hasattr(self._own, "connection"):
            address = self.program.base.removeprefix("http://")
            self._own.connection = http.client.HTTPConnection(address, timeout=_SECONDS)
            self._connections.append(self._own.connection)
        connection: http.client.HTTPConnection = self._own.connection
        return connection


@contextmanager
def started() -> Iterator[Storage]:
    """Run an empty Prometheus, and end it."""
    with TemporaryDirectory(prefix="storage-") as name, ExitStack() as stack:
        folder = Path(name)
        (folder / "prometheus.yml").write_text("{}\n", "utf-8")
        command = [
            str(binaries.find("prometheus")),
            "--config.file=prometheus.yml",
            "--storage.tsdb.path=prometheus",
            f"--storage.tsdb.retention.time={_CENTURY}",
            f"--storage.tsdb.min-block-duration={_CENTURY}",
            f"--storage.tsdb.max-block-duration={_CENTURY}",
            "--web.listen-address=127.0.0.1:0",
            "--web.enable-remote-write-receiver",
        ]
        running = Storage(processes.run("prometheus", command, folder, stack))
        stack.callback(running.close)
        yield running
