"""One HTTP request with a deadline over everything, from the name to the last byte of the body.

The standard library's timeouts are per read: a server that sends a byte a second would hold them
for ever. So each request runs in its own thread, which is abandoned after the deadline.
"""

import errno
import http.client
import os
import selectors
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Any, cast
from urllib.parse import urlsplit

_CHUNK = 16_384
_DAY = 86_400
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_NEXT_ADDRESS = 0.25
"""Seconds until another address of a name is tried too, as RFC 8305 recommends."""


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
        return f"timed out after {self.deadline:.3g} s"


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


def address_problem(url: str) -> str:
    """Why an address is not called, or ""; without the address, which may be a secret."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no URL; write https://HOST/PATH"
    if not host or parts.scheme not in ("https", "http"):
        return "is no URL of a server; write https://HOST/PATH"
    if parts.scheme == "http" and host not in _LOOPBACK:
        return "is not encrypted; write https://"
    if "@" in parts.netloc:
        return "has a user or a password in it; leave it out"
    if not (url.isascii() and url.isprintable()) or " " in url:
        return "has a character that no URL has; write it again"
    return ""


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
        response = _final(connection.getresponse())
        # The library may have given up the socket here (`Connection: close`); `_socket` keeps it.
        self.phase = Phase.BODY
        found = {name.lower(): value for name, value in response.getheaders()}
        body, whole = _body(response, found, self._request.limit)
        return Response(response.status, found, body, whole, self._seconds(), self._days)

    def _connected(self, host: str, port: int, *, secure: bool) -> socket.socket:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        self.phase = Phase.CONNECT
        plain = _first(addresses, self._request.deadline - self._seconds())
        plain.settimeout(self._request.deadline)
        self._socket = plain
        if not secure:
            return plain
        self.phase = Phase.TLS
        wrapped = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        self._socket = wrapped
        ends = ssl.cert_time_to_seconds(str((wrapped.getpeercert() or {})["notAfter"]))
        self._days = (ends - time.time()) / _DAY
        return wrapped


def _first(addresses: Sequence[tuple[Any, ...]], seconds: float) -> socket.socket:
    """The first address that accepts a connection; within half of the time all have begun, each beside those before.

    A runner has no IPv6, although a name may have it; and an address may neither accept nor reject.
    """
    last: OSError = OSError("the name has no address")
    ends, pause = time.monotonic() + seconds, min(_NEXT_ADDRESS, seconds / 2 / max(1, len(addresses)))
    waiting = list(addresses)
    with selectors.DefaultSelector() as begun:
        try:
            while waiting or begun.get_map():
                if waiting:
                    last = _begin(begun, *waiting.pop(0)) or last
                if (left := ends - time.monotonic()) <= 0:
                    raise TimeoutError
                for key, _ in begun.select(min(pause, left) if waiting else left):
                    begun.unregister(key.data)
                    number = key.data.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                    if not number:
                        return cast("socket.socket", key.data)
                    key.data.close()
                    last = OSError(number, os.strerror(number))
            raise last
        finally:
            for key in list(begun.get_map().values()):
                key.data.close()


def _begin(
    begun: selectors.BaseSelector, family: int, kind: int, protocol: int, _: str, address: Any
) -> OSError | None:
    """Begin to connect; the error if that already fails."""
    try:
        one = socket.socket(family, kind, protocol)
    except OSError as error:  # a system without IPv6
        return error
    one.settimeout(0)
    number = one.connect_ex(address)
    if number in (0, errno.EINPROGRESS):
        begun.register(one, selectors.EVENT_WRITE, one)
        return None
    one.close()
    return OSError(number, os.strerror(number))


def _final(response: http.client.HTTPResponse) -> http.client.HTTPResponse:
    """The response after those that only announce it (103 Early Hints); the library skips 100 alone."""
    while 100 <= response.status < 200 and response.status != 101:  # noqa: PLR2004  # 101 is the last one over HTTP
        response.headers = None  # type: ignore[assignment]  # so that the library reads another head
        response.begin()
    return response


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
