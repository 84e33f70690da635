"""Reads the text of `/metrics` from an address or a file, with a limit on time and size."""

import http.client
import time
import urllib.error
import urllib.request
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from resilience.core.deadlines import within
from resilience.core.problems import BadInputError, Problem, shown
from resilience.core.redirects import NoRedirect

LARGEST = 5 * 1024 * 1024
"""Bytes; the collector's limit of 5,000 samples is a fifth of it."""
_WHOLE = "(whole answer)"
_CHUNK = 64 * 1024


def read(source: str, seconds: float) -> tuple[str, str | Problem]:
    """The source's name for problems (without password and query), and its text, or the problem that prevents it.

    Raises:
        BadInputError: the file cannot be read.
    """
    try:
        parts = urlsplit(source)
    except ValueError:
        raise BadInputError(
            [Problem("URL|FILE", "(whole address)", "is no address", "name a file, or an address with http://")]
        ) from None
    if parts.scheme not in ("http", "https"):
        return source, _decoded(_of_file(source), source)
    name = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    try:
        return name, within(seconds, lambda: _fetched(source, name, seconds))
    except urllib.error.HTTPError as error:
        error.close()
        return name, _status(name, error.code)
    except (OSError, ValueError, http.client.HTTPException) as error:
        return name, Problem(
            name,
            _WHOLE,
            f"cannot be fetched ({_reason(error, seconds)})",
            "check that the API runs, and from where it can be reached",
        )


def _of_file(source: str) -> bytes:
    try:
        with Path(source).open("rb") as file:
            return file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        what = f"cannot be read ({getattr(error, 'strerror', None) or 'no such name'})"
        raise BadInputError(
            [Problem(source, "(whole file)", what, "name a file, or an address with http://")]
        ) from None


@cache
def _opener() -> urllib.request.OpenerDirector:
    """Uses no proxy of the environment: the API is in the same network, as for the collector.

    Follows no redirect: the collector's scrape would follow it to a login page.
    """
    return urllib.request.build_opener(NoRedirect, urllib.request.ProxyHandler({}))


def _fetched(source: str, name: str, seconds: float) -> str | Problem:
    headers = {"Accept": "text/plain;version=0.0.4", "Accept-Encoding": "identity"}
    end = time.monotonic() + seconds
    with _opener().open(urllib.request.Request(source, headers=headers), timeout=seconds) as answer:  # noqa: S310  # only http and https reach this line
        if answer.status != http.HTTPStatus.OK:
            return _status(name, answer.status)
        kind = answer.headers.get_content_type()
        if kind != "text/plain" or "Content-Type" not in answer.headers:
            given = answer.headers.get("Content-Type", "")
            return Problem(name, _WHOLE, f"its content type is {shown(given)}", "send text/plain; version=0.0.4")
        return _decoded(_body(answer, end), name)


def _body(answer: http.client.HTTPResponse, end: float) -> bytes:
    """At most one byte more than is allowed; a body that arrives slowly is cut off at the deadline."""
    body = b""
    while len(body) <= LARGEST:
        if time.monotonic() > end:
            raise TimeoutError
        chunk = answer.read1(_CHUNK)
        if not chunk:
            break
        body += chunk
    if len(body) <= LARGEST and answer.length:
        raise http.client.IncompleteRead(body)
    return body


def _decoded(body: bytes, name: str) -> str | Problem:
    if len(body) > LARGEST:
        return Problem(name, _WHOLE, f"is larger than {LARGEST:,} bytes", "expose fewer series")
    try:
        return body.decode()
    except UnicodeDecodeError:
        return Problem(name, _WHOLE, "is not UTF-8 text", "send the text format, uncompressed")


def _status(name: str, status: int) -> Problem:
    instead = "use the API's own address, behind proxy and login" if 300 <= status < 400 else "see the API's log"  # noqa: PLR2004  # redirects
    return Problem(name, _WHOLE, f"answers with status {status} instead of 200", instead)


def _reason(error: Exception, seconds: float) -> str:
    inner = getattr(error, "reason", error)
    if isinstance(inner, TimeoutError):
        return f"no whole answer within {seconds:g} s"
    return str(getattr(inner, "strerror", None) or type(inner).__name__)
