"""Calls to GitHub and Slack: JSON over HTTP with a few retries, and an error that names the service."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from probe.fetch import FetchFailure, Request, Response, fetch

_DEADLINE = 8.0
_LARGEST = 4_000_000
_TRIES = 3
_LONGEST_WAIT = 15.0
"""Seconds. If a service asks for more, this run gives up and the next one tries again."""


class UndeliveredError(Exception):
    """GitHub or Slack did not accept a call; the message contains no secret."""


@dataclass(frozen=True)
class HttpClient:
    """Calls to one service; `name` appears in errors, `sleep` takes seconds."""

    name: str
    headers: Mapping[str, str]
    sleep: Callable[[float], None] = time.sleep

    def call(self, method: str, url: str, body: object = None) -> Response:
        """The response, with a status of 2xx.

        Raises:
            UndeliveredError: another status or none, after three tries where another try could help.
        """
        reason = ""
        for attempt in range(_TRIES):
            outcome = fetch(self._request(method, url, body))
            if isinstance(outcome, Response) and 200 <= outcome.status < 300:  # noqa: PLR2004  # 2xx
                return outcome
            reason = _reason(outcome)
            wait = _wait(outcome, attempt)
            if wait is None or attempt == _TRIES - 1:
                break
            self.sleep(wait)
        # The path of a Slack webhook is a secret: only the host appears.
        raise UndeliveredError(f"{self.name} ({urlsplit(url).hostname}): {method} failed: {reason}")

    def _request(self, method: str, url: str, body: object) -> Request:
        data = None if body is None else json.dumps(body).encode()
        headers = {"User-Agent": "sv0-resilience-probe/1", "Content-Type": "application/json", **self.headers}
        return Request(url=url, method=method, headers=headers, body=data, deadline=_DEADLINE, limit=_LARGEST)

    def read(self, method: str, url: str, body: object = None) -> tuple[Any, Response]:
        """The JSON of the response, and the response.

        Raises:
            UndeliveredError: as `call`; also if the body is not JSON.
        """
        response = self.call(method, url, body)
        try:
            return json.loads(response.body or b"null"), response
        except ValueError:
            raise UndeliveredError(f"{self.name}: HTTP {response.status}, but the body is not JSON") from None


def _reason(outcome: Response | FetchFailure) -> str:
    return f"{outcome.phase}: {outcome.reason}" if isinstance(outcome, FetchFailure) else f"HTTP {outcome.status}"


def _wait(outcome: Response | FetchFailure, attempt: int) -> float | None:
    """Seconds before another try, or None if it would not help."""
    usual = 2.0**attempt
    if isinstance(outcome, FetchFailure) or outcome.status >= 500:  # noqa: PLR2004  # the service's own failures
        return usual
    # GitHub limits rates with 403 as well as 429; then it names a time or an empty quota.
    asked = outcome.headers.get("retry-after", "")
    if outcome.status == 429 or (outcome.status == 403 and (asked or _rate_limited(outcome))):  # noqa: PLR2004
        wait = float(asked) if asked.isdecimal() else usual
        return wait if wait <= _LONGEST_WAIT else None
    return None


def _rate_limited(response: Response) -> bool:
    return response.headers.get("x-ratelimit-remaining") == "0" or b"secondary rate limit" in response.body
