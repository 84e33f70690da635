"""Asks one API for the history of an expression: Prometheus, Mimir and Grafana Cloud's, or Loki.

https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries and
https://grafana.com/docs/loki/latest/reference/loki-http-api/#query-logs-within-a-range-of-time have the same shape.
"""

import base64
import gzip
import io
import random
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPException
from threading import Lock
from typing import Any, Self

from resilience.account.http import UnreachableError, opener
from resilience.core import json_texts
from resilience.core.addresses import parts, safe_for_credentials
from resilience.core.conventions import DataSource
from resilience.core.deadlines import within
from resilience.core.problems import BadInputError, UserError, without_secrets
from resilience.rehearsal.virtual.answers import Ticks

LARGEST = 32_000_000
"""Bytes of one answer, unpacked; a day of a hundred series at one minute has a tenth of it."""
_PATHS = {"prometheus": "/api/v1/query_range", "loki": "/loki/api/v1/query_range"}
_SECONDS = 100.0
_LONGEST_ADDRESS = 4_000
_LONGEST_REASON = 300
_ATTEMPTS, _LONGEST_WAIT = 5, 60.0
_BAD, _FAILED = 400, 422
_TOO_MUCH = (413, _FAILED, 504)
_BUSY = (429, 500, 502, 503)
_DENIED = {401: "does not know the credential", 403: "does not allow the credential to read this"}


class TooMuchError(Exception):
    """The API cannot answer the query over that time: less of it may work.

    `fails` says whether Grafana would get an error too, if even one moment is too much.
    """

    def __init__(self, why: str, *, fails: bool = False) -> None:
        """Keep what the API says."""
        super().__init__(why)
        self.fails = fails


class RejectedError(Exception):
    """The API rejects the query itself. Its text is what the API says."""


@dataclass
class Limits:
    """What one backtest may take; all its APIs share it.

    Attributes:
        ends: when nothing more is asked (monotonic).
        requests: how many were sent; `received` are the bytes of their answers as they came, mostly packed.
    """

    ends: float
    requests: int = 0
    received: int = 0
    _lock: Lock = field(default_factory=Lock)

    def count(self, received: int) -> None:
        """Note one request."""
        with self._lock:
            self.requests += 1
            self.received += received

    def left(self, needed: float = 0.0, why: str = "the backtest takes long") -> float:
        """Seconds.

        Raises:
            UserError: there are no more than these.
        """
        if (left := self.ends - time.monotonic()) <= needed:
            raise UserError(f"{why}, and --within allows no more; run it again: what was answered is kept")
        return left


@dataclass(frozen=True)
class HistoryAddress:
    """Where a history is, and what it is opened with.

    Attributes:
        address: without a slash at the end.
        path: of range queries.
        user: of basic authentication; without one the token is sent as a bearer's.
    """

    address: str
    path: str
    user: str = ""
    token: str = field(default="", repr=False)

    @classmethod
    def of(cls, url: str, source: DataSource, credential: str = "") -> Self:
        """An address with what opens it: `USER:TOKEN`, a bearer's token, or nothing.

        Raises:
            ValueError: a credential would be sent there unencrypted, or it is no address.
        """
        found = parts(safe_for_credentials(url))
        if found.query or found.fragment:
            raise ValueError("has a query or a fragment; write the address before /api/v1")
        if not credential.isprintable() or not credential.isascii() or " " in credential:
            raise ValueError("has a credential with characters that no header may have; set it again")
        user, colon, token = credential.partition(":")
        path = _PATHS[source.kind]
        address = url.rstrip("/").removesuffix("/query_range").removesuffix(path.removesuffix("/query_range"))
        return cls(address, path, user if colon else "", token if colon else credential)

    @property
    def authorization(self) -> dict[str, str]:
        """The header, if there is a credential."""
        if not self.token:
            return {}
        basic = base64.b64encode(f"{self.user}:{self.token}".encode()).decode()
        return {"Authorization": f"Basic {basic}" if self.user else f"Bearer {self.token}"}


@dataclass(frozen=True)
class HistoryApi:
    """Sends range queries to one place, again where it is busy; `sleep` waits so many seconds."""

    place: HistoryAddress
    limits: Limits
    sleep: Callable[[float], None] = time.sleep

    def range(self, expr: str, ticks: Ticks) -> str:
        """The JSON that the API answers with.

        Raises:
            TooMuchError: it cannot do so over this time.
            RejectedError: the query is wrong.
            UserError: there is no answer, or the credential is not accepted.
        """
        times = {"start": f"{ticks.first:.0f}", "end": f"{ticks.last:.0f}", "step": f"{ticks.step:.0f}"}
        request = self._request(urllib.parse.urlencode({"query": expr, **times}))
        waits = [2.0**attempt for attempt in range(_ATTEMPTS - 1)]
        for wait in (*waits, None):
            found = self._sent(request)
            if isinstance(found, str):
                return found
            if wait is None:
                raise UnreachableError(f"{self.place.address} {found.why}, {_ATTEMPTS} times in a row")
            pause = min(found.wait or wait * (1 + random.random()), _LONGEST_WAIT)  # noqa: S311  # only spreads them
            self.limits.left(pause, f"{self.place.address} {found.why}")
            self.sleep(pause)
        raise AssertionError

    def _request(self, query: str) -> urllib.request.Request:
        headers = {
            **self.place.authorization,
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": "sv0-resilience",
        }
        address = f"{self.place.address}{self.place.path}"
        if len(address) + len(query) < _LONGEST_ADDRESS:
            return urllib.request.Request(f"{address}?{query}", headers=headers)  # noqa: S310  # checked
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return urllib.request.Request(address, query.encode(), headers)  # noqa: S310  # checked

    def _sent(self, request: urllib.request.Request) -> "str | _Busy":
        seconds = min(_SECONDS, self.limits.left())
        try:
            status, headers, content = within(seconds, lambda: _answered(request, seconds))
        except (OSError, HTTPException, ValueError, EOFError) as error:
            reason = getattr(error, "reason", None)
            return _Busy(f"gives no answer ({type(reason if isinstance(reason, Exception) else error).__name__})")
        self.limits.count(len(content))
        unpacked = _unpacked(headers, content)
        if status in _BUSY and b'"timeout"' not in unpacked:
            return _Busy(f"answers {status}", _seconds(headers.get("retry-after", "")))
        return self._checked(status, unpacked)

    def _checked(self, status: int, content: bytes) -> str:
        if status == 200:  # noqa: PLR2004  # success in HTTP
            return content.decode("utf-8", "replace")
        why = _reason(content)
        if status in _DENIED:
            raise UserError(f"{self.place.address} {_DENIED[status]} ({status}); give it a token that may only read")
        if status in (*_TOO_MUCH, *_BUSY) or (status == _BAD and "parse error" not in why):
            raise TooMuchError(why, fails=status == _FAILED)
        if status == _BAD:
            raise RejectedError(why)
        raise UserError(f"{self.place.address} answers {status} to {self.place.path}; it has no such history")


@dataclass(frozen=True)
class _Busy:
    """Why there is no answer, and how many seconds to wait, if the API says so."""

    why: str
    wait: float = 0.0


def _answered(request: urllib.request.Request, seconds: float) -> tuple[int, Mapping[str, str], bytes]:
    try:
        with opener().open(request, timeout=seconds) as answer:
            return answer.status, _lower(answer.headers), answer.read(LARGEST + 1)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, _lower(error.headers), error.read(LARGEST // 100)


def _lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _unpacked(headers: Mapping[str, str], content: bytes) -> bytes:
    """Without more than `LARGEST` bytes of it in memory.

    Raises:
        TooMuchError: it has more.
    """
    packed = headers.get("content-encoding") == "gzip"
    try:
        found = gzip.GzipFile(fileobj=io.BytesIO(content)).read(LARGEST + 1) if packed else content
    except (OSError, EOFError, ValueError):
        found = b""
    if len(found) > LARGEST:
        raise TooMuchError(f"the answer has more than {LARGEST:,} bytes")
    return found


def _reason(content: bytes) -> str:
    """What the API says is wrong; Loki says it in plain text. Cut before credentials are searched for."""
    text = content[: 10 * _LONGEST_REASON].decode("utf-8", "replace")
    try:
        found: Any = json_texts.loaded(text, "answer", "")
        text = str(found["error"]) if isinstance(found, dict) and "error" in found else text
    except BadInputError:
        pass
    return without_secrets(text[: 2 * _LONGEST_REASON])[:_LONGEST_REASON].strip() or "without a reason"


def _seconds(text: str) -> float:
    """`Retry-After` in seconds; a date counts as nothing, so that our own wait is used."""
    return float(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0.0  # noqa: PLR2004
