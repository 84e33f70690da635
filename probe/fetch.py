"""One HTTP request with a deadline over everything, from the name to the last byte of the body.

The standard library's timeouts are per read: a server that sends a byte a second would hold them
for ever. So each request runs in its own thread, which is abandoned after the deadline.
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
    """How far a request got; what went wrong there is the reason."""

    NAME = "looking up the name"
    CONNECT = "connecting"
    TLS = "TLS handshake"
    RESPONSE = "waiting for the response"
    BODY = "reading the body"


@dataclass(frozen=True)
class Response:
    """A server's response; `days` until its certificate expires, None without TLS.

    Header names are in lower case. `whole` is False if the body was cut at the limit.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    whole: bool
    seconds: float
    days: float | None = None


@dataclass(frozen=True)
class FetchFailure:
    """No usable response: how far the request got, and why; the reason contains no secret."""

    phase: Phase
    reason: str
    seconds: float
    certificate: bool = False


@dataclass(frozen=True, kw_only=True)
class Request:
    """An HTTP request; `deadline` in seconds for all of it, `limit` in bytes of the body."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    method: str = "GET"
    body: bytes | None = field(default=None, repr=False)
    deadline: float = 5.0
    limit: int = 65_536

    @property
    def timeout_reason(self) -> str:
        """The reason after the deadline: the thread or its caller may notice it first."""
        return f"timed out after {self.deadline:g} s"


def fetch(request: Request) -> Response | FetchFailure:
    """Send once; never raises for what a server or a network may do."""
    attempt = _Attempt(request)
    thread = threading.Thread(target=attempt.run, daemon=True)
    thread.start()
    thread.join(request.deadline)
    if attempt.outcome is None:
        phase = attempt.phase  # read before the connection is cut, which would change it
        attempt.abandon()
        return FetchFailure(phase, request.timeout_reason, request.deadline)
    return attempt.outcome


class _EncodingError(Exception):
    """The body has an encoding that was not requested and cannot be decoded."""


class _Attempt:
    def __init__(self, request: Request) -> None:
        self.phase = Phase.NAME
        self.outcome: Response | FetchFailure | None = None
        self._request = request
        self._socket: socket.socket | None = None
        self._begun = time.monotonic()
        self._days: float | None = None

    def run(self) -> None:
        try:
            self.outcome = self._response()
        except Exception as error:  # noqa: BLE001  # whatever a server sends is reported, never a crash
            bad = isinstance(error, ssl.SSLCertVerificationError)
            reason = self._request.timeout_reason if isinstance(error, TimeoutError) else _reason(error)
            seconds = min(self._seconds(), self._request.deadline)
            self.outcome = FetchFailure(self.phase, reason, seconds, certificate=bad)
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Cut the connection, so that the thread ends with its current read."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()

    def _seconds(self) -> float:
        return time.monotonic() - self._begun

    def _response(self) -> Response:
        parts = urlsplit(self._request.url)
        host, secure = parts.hostname or "", parts.scheme == "https"
        connection = http.client.HTTPConnection(host, parts.port)
        connection.sock = self._connected(host, parts.port or (443 if secure else 80), secure=secure)
        self.phase = Phase.RESPONSE
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"Host": parts.netloc, "Accept-Encoding": "identity", "Connection": "close"}
        connection.request(self._request.method, path, self._request.body, headers | dict(self._request.headers))
        response = connection.getresponse()
        # The library may have given up the socket here (`Connection: close`); `_socket` keeps it.
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
    """The first address that accepts a connection: a runner has no IPv6, although the name may have."""
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
    """At most `limit` decoded bytes, and whether that is all."""
    encoding = headers.get("content-encoding", "identity").lower()
    if encoding not in ("identity", "gzip", "deflate"):
        raise _EncodingError(f"the body has the encoding {encoding[:20]!a}, which was not requested")
    decoder = zlib.decompressobj(47 if encoding == "gzip" else 15) if encoding != "identity" else None
    found = b""
    while len(found) <= limit and (chunk := response.read(_CHUNK)):
        found += decoder.decompress(chunk, limit + 1 - len(found)) if decoder else chunk
    missing = response.length
    if len(found) <= limit and missing:
        raise http.client.IncompleteRead(found, missing)
    return found[:limit], len(found) <= limit


_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (socket.gaierror, "the name has no address"),
    (ConnectionRefusedError, "connection refused"),
    (http.client.RemoteDisconnected, "the connection was closed without a response"),
    (ConnectionError, "connection reset"),
    (http.client.IncompleteRead, "the body is incomplete"),
    (zlib.error, "the body cannot be decoded"),
)


def _reason(error: Exception) -> str:
    """What went wrong, without addresses, headers or anything that was sent."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return str(error.verify_message)
    if isinstance(error, _EncodingError):
        return str(error)
    for kind, reason in _REASONS:
        if isinstance(error, kind):
            return reason
    if isinstance(error, ssl.SSLError):
        return f"TLS failed ({(error.reason or 'no reason').lower().replace('_', ' ')})"
    if isinstance(error, OSError):
        return (error.strerror or type(error).__name__).lower()
    return f"the response is not HTTP ({type(error).__name__})"
