"""One HTTP request with a deadline over everything, from the name to the last byte of the body.

The standard library's timeouts are per read: a server that sends a byte a second would hold them
for ever. So each request runs in a thread of its own, and after the deadline nobody waits for it.
"""

import http.client
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Any
from urllib.parse import urlsplit

_CHUNK = 16_384
_DAY = 86_400


@unique
class Phase(StrEnum):
    """How far a request came (not what was wrong: that is the reason)."""

    NAME = "looking up the name"
    CONNECT = "connecting"
    TLS = "agreeing on TLS"
    ANSWER = "waiting for the answer"
    BODY = "reading the body"


@dataclass(frozen=True)
class Response:
    """What a server said; `days` until its certificate ends, None without TLS.

    Header names are in small letters. `whole` is False when the body was cut at the limit.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    whole: bool
    seconds: float
    days: float | None = None


@dataclass(frozen=True)
class Failure:
    """No usable answer: how far it came, and why, in words that hold no secret."""

    phase: Phase
    reason: str
    seconds: float
    certificate: bool = False


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to ask; `deadline` in seconds for all of it, `limit` in bytes of the body."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    method: str = "GET"
    body: bytes | None = field(default=None, repr=False)
    deadline: float = 5.0
    limit: int = 65_536

    @property
    def late(self) -> str:
        """What is said when the deadline passes, whoever notices first: the thread or who waits for it."""
        return f"nothing within {self.deadline:g} s"


def fetch(request: Request) -> Response | Failure:
    """Ask once; never raises for what a server or a network may do."""
    attempt = _Attempt(request)
    thread = threading.Thread(target=attempt.run, daemon=True)
    thread.start()
    thread.join(request.deadline)
    if attempt.outcome is None:
        phase = attempt.phase  # before the cut, which would move it on
        attempt.abandon()
        return Failure(phase, request.late, request.deadline)
    return attempt.outcome


class _PackedError(Exception):
    """The body is in an encoding that we did not ask for and cannot undo."""


class _Attempt:
    def __init__(self, request: Request) -> None:
        self.phase = Phase.NAME
        self.outcome: Response | Failure | None = None
        self._request = request
        self._socket: socket.socket | None = None
        self._begun = time.monotonic()
        self._days: float | None = None

    def run(self) -> None:
        try:
            self.outcome = self._answer()
        except Exception as error:  # noqa: BLE001  # whatever a server sends, it is a finding and no crash
            bad = isinstance(error, ssl.SSLCertVerificationError)
            reason = self._request.late if isinstance(error, TimeoutError) else _reason(error)
            seconds = min(self._seconds(), self._request.deadline)
            self.outcome = Failure(self.phase, reason, seconds, certificate=bad)
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Cut the connection, so that the thread ends with its present read."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()

    def _seconds(self) -> float:
        return time.monotonic() - self._begun

    def _answer(self) -> Response:
        parts = urlsplit(self._request.url)
        host, secure = parts.hostname or "", parts.scheme == "https"
        connection = http.client.HTTPConnection(host, parts.port)
        connection.sock = self._connected(host, parts.port or (443 if secure else 80), secure=secure)
        self.phase = Phase.ANSWER
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"Host": parts.netloc, "Accept-Encoding": "identity", "Connection": "close"}
        connection.request(self._request.method, path, self._request.body, headers | dict(self._request.headers))
        response = connection.getresponse()
        # The library lets go of the socket when the answer says that it is the last one.
        self.phase = Phase.BODY
        found = {name.lower(): value for name, value in response.getheaders()}
        body, whole = _body(response, found, self._request.limit)
        return Response(response.status, found, body, whole, self._seconds(), self._days)

    def _connected(self, host: str, port: int, *, secure: bool) -> socket.socket:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        self.phase = Phase.CONNECT
        plain = _first(addresses, self._request.deadline)
        self._socket = plain
        if not secure:
            return plain
        self.phase = Phase.TLS
        wrapped = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        self._socket = wrapped
        ends = ssl.cert_time_to_seconds(str((wrapped.getpeercert() or {})["notAfter"]))
        self._days = (ends - time.time()) / _DAY
        return wrapped


def _first(addresses: Iterable[tuple[Any, ...]], timeout: float) -> socket.socket:
    """The first address that takes a connection: a runner has no IPv6 though the name may."""
    last: OSError = OSError("the name has no address")
    for family, kind, protocol, _, address in addresses:
        attempt = socket.socket(family, kind, protocol)
        attempt.settimeout(timeout)
        try:
            attempt.connect(address)
        except OSError as error:
            attempt.close()
            last = error
        else:
            return attempt
    raise last


def _body(response: http.client.HTTPResponse, headers: Mapping[str, str], limit: int) -> tuple[bytes, bool]:
    """At most `limit` bytes after unpacking, and whether that is all."""
    packed = headers.get("content-encoding", "identity").lower()
    if packed not in ("identity", "gzip", "deflate"):
        raise _PackedError(f"the body is packed as {packed[:20]!a}, which was not asked for")
    unpack = zlib.decompressobj(47 if packed == "gzip" else 15) if packed != "identity" else None
    found = b""
    while len(found) <= limit and (chunk := response.read(_CHUNK)):
        found += unpack.decompress(chunk, limit + 1 - len(found)) if unpack else chunk
    missing = response.length
    if len(found) <= limit and missing:
        raise http.client.IncompleteRead(found, missing)
    return found[:limit], len(found) <= limit


_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (socket.gaierror, "the name has no address"),
    (ConnectionRefusedError, "the connection is refused"),
    (http.client.RemoteDisconnected, "the connection is closed without an answer"),
    (ConnectionError, "the connection is reset"),
    (http.client.IncompleteRead, "the body ends too early"),
    (zlib.error, "the body cannot be unpacked"),
)


def _reason(error: Exception) -> str:
    """What went wrong, without addresses, headers or anything that was sent."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return str(error.verify_message)
    if isinstance(error, _PackedError):
        return str(error)
    for kind, words in _WORDS:
        if isinstance(error, kind):
            return words
    if isinstance(error, ssl.SSLError):
        return f"TLS fails ({(error.reason or 'no reason').lower().replace('_', ' ')})"
    if isinstance(error, OSError):
        return (error.strerror or type(error).__name__).lower()
    return f"the answer is no HTTP ({type(error).__name__})"
