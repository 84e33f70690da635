"""Calls to GitHub and Slack: JSON over HTTP, a few patient retries, and an error that says who failed."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from probe.fetch import Failure, Request, Response, fetch

_DEADLINE = 8.0
_LARGEST = 4_000_000
_TRIES = 3
_LONGEST_WAIT = 15.0
"""Seconds. A service that wants more is told nothing in this run; the next one tries again."""


class UndeliveredError(Exception):
    """GitHub or Slack did not take what it was given; the message holds no secret."""


@dataclass(frozen=True)
class HttpClient:
    """A way to one service; `name` stands in errors, `sleep` takes seconds."""

    name: str
    headers: Mapping[str, str]
    sleep: Callable[[float], None] = time.sleep

    def call(self, method: str, url: str, body: object = None) -> Response:
        """The answer, which is 2xx.

        Raises:
            UndeliveredError: it is not, after three tries where another try could help.
        """
        said = ""
        for attempt in range(_TRIES):
            outcome = fetch(self._request(method, url, body))
            if isinstance(outcome, Response) and 200 <= outcome.status < 300:  # noqa: PLR2004  # 2xx
                return outcome
            said = _said(outcome)
            wait = _wait(outcome, attempt)
            if wait is None or attempt == _TRIES - 1:
                break
            self.sleep(wait)
        # The path of Slack's address is its password.
        raise UndeliveredError(f"{self.name} ({urlsplit(url).hostname}) does not take {method}: {said}")

    def _request(self, method: str, url: str, body: object) -> Request:
        data = None if body is None else json.dumps(body).encode()
        headers = {"User-Agent": "sv0-resilience-probe/1", "Content-Type": "application/json", **self.headers}
        return Request(url=url, method=method, headers=headers, body=data, deadline=_DEADLINE, limit=_LARGEST)

    def read(self, method: str, url: str, body: object = None) -> tuple[Any, Response]:
        """The JSON of the answer, and the answer.

        Raises:
            UndeliveredError: as `call`; also when the answer is no JSON.
        """
        answer = self.call(method, url, body)
        try:
            return json.loads(answer.body or b"null"), answer
        except ValueError:
            raise UndeliveredError(f"{self.name} answers {answer.status} with something that is no JSON") from None


def _said(outcome: Response | Failure) -> str:
    return f"{outcome.phase}: {outcome.reason}" if isinstance(outcome, Failure) else f"it answers {outcome.status}"


def _wait(outcome: Response | Failure, attempt: int) -> float | None:
    """Seconds before another try, or None when it would not help."""
    usual = 2.0**attempt
    if isinstance(outcome, Failure) or outcome.status >= 500:  # noqa: PLR2004  # the service's own failures
        return usual
    # GitHub says 403 where others say 429, and means it when it names a time or an empty quota.
    asked = outcome.headers.get("retry-after", "")
    if outcome.status == 429 or (outcome.status == 403 and (asked or _spent(outcome))):  # noqa: PLR2004
        wait = float(asked) if asked.isdecimal() else usual
        return wait if wait <= _LONGEST_WAIT else None
    return None


def _spent(answer: Response) -> bool:
    return answer.headers.get("x-ratelimit-remaining") == "0" or b"secondary rate limit" in answer.body
