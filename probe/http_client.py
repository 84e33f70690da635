"""Calls to GitHub and Slack: JSON over HTTP with a few retries, and an error that names the service."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from probe.fetch import FetchFailure, Request, Response, address_problem, fetch
from probe.outside import plain

_DEADLINE = 8.0
_LARGEST = 4_000_000
_TRIES = 3
_LONGEST_WAIT = 15.0
"""Seconds. If a service asks for more, this run gives up and the next one tries again."""


class UndeliveredError(Exception):
    """GitHub or Slack did not accept a call; the message contains no secret."""


class TimeBudget:
    """The seconds that all calls of a run may take together, waits included, in shares for its steps.

    What is spent is what calls and waits report, so a test needs no clock.
    """

    def __init__(self, seconds: float) -> None:
        """All of it is one share until `begin`."""
        self._later, self._share = 0.0, seconds

    @property
    def left(self) -> float:
        """Seconds that this step may still take."""
        return self._share

    def begin(self, steps: int) -> None:
        """Begin the next step; so many are left, this one included, and what it does not need is theirs."""
        total = self._later + self._share
        self._share = total / steps
        self._later = total - self._share

    def spend(self, seconds: float) -> None:
        """Seconds that passed."""
        self._share = max(0.0, self._share - seconds)


@dataclass(frozen=True)
class HttpClient:
    """Calls to one service; `name` appears in errors, `sleep` takes seconds."""

    name: str
    headers: Mapping[str, str]
    budget: TimeBudget
    sleep: Callable[[float], None] = time.sleep

    def call(self, method: str, url: str, body: object = None) -> Response:
        """The response, with a status of 2xx.

        Raises:
            UndeliveredError: another status or none, after three tries where another try could help and time is left;
                an address that cannot be called.
        """
        if problem := address_problem(url):
            raise UndeliveredError(f"{self.name}: the address {problem}")
        reason = "no time is left in this run"
        for attempt in range(_TRIES):
            if self.budget.left <= 0:
                break
            outcome = fetch(self._request(method, url, body))
            self.budget.spend(outcome.seconds)
            if isinstance(outcome, Response) and 200 <= outcome.status < 300:  # noqa: PLR2004  # 2xx
                return outcome
            reason = _reason(outcome)
            wait = _wait(outcome, attempt)
            if wait is None or attempt == _TRIES - 1 or wait >= self.budget.left:
                break
            self.sleep(wait)
            self.budget.spend(wait)
        # The path of a Slack webhook is a secret: only the host appears.
        raise UndeliveredError(plain(f"{self.name} ({urlsplit(url).hostname}): {method} failed: {reason}"))

    def _request(self, method: str, url: str, body: object) -> Request:
        data = None if body is None else json.dumps(body).encode()
        headers = {"User-Agent": "sv0-resilience-probe/1", "Content-Type": "application/json", **self.headers}
        deadline = min(_DEADLINE, self.budget.left)
        return Request(url=url, method=method, headers=headers, body=data, deadline=deadline, limit=_LARGEST)

    def read(self, method: str, url: str, body: object = None) -> tuple[Any, Response]:
        """The JSON of the response, and the response.

        Raises:
            UndeliveredError: as `call`; also if the body is not JSON.
        """
        response = self.call(method, url, body)
        try:
            return json.loads(response.body or b"null"), response
        except (ValueError, RecursionError):
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
