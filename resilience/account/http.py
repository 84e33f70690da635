"""Sends requests to grafana.com, Grafana and GitHub; the token goes to no other address."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

from resilience.core.problems import UserError
from resilience.core.redirects import NoRedirect

SECONDS = 10
_LARGEST = 20_000_000


class UnreachableError(UserError):
    """The service gave no readable answer; the text names the service, never the token."""


@dataclass(frozen=True)
class ApiResponse:
    """Attributes: `body` is the decoded JSON, or None."""

    status: int
    body: Any

    @property
    def good(self) -> bool:
        """Whether the request succeeded."""
        return 200 <= self.status < 300  # noqa: PLR2004  # success in HTTP


# A redirect would take the credential along.
_OPENER = urllib.request.build_opener(NoRedirect)


@dataclass(frozen=True)
class ApiClient:
    """One API: its address without a slash at the end, and the credential."""

    address: str
    token: str
    seconds: float = SECONDS

    def send(self, path: str, method: str = "GET", body: object = None) -> ApiResponse:
        """Send one request, with a deadline.

        Raises:
            UnreachableError: there is no answer, or it is not JSON.
        """
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Accept": "application/json",
            "User-Agent": "sv0-resilience",
        }
        content = None if body is None else json.dumps(body).encode()
        # The address comes from the settings, which accept only http and https.
        request = urllib.request.Request(self.address + path, content, headers, method=method)  # noqa: S310
        try:
            with _OPENER.open(request, timeout=self.seconds) as answer:
                return ApiResponse(answer.status, _loaded(answer.read(_LARGEST)))
        except urllib.error.HTTPError as error:
            with error:
                return ApiResponse(error.code, None)
        except (OSError, HTTPException, ValueError, RecursionError) as error:
            reason = getattr(error, "reason", None)
            why = type(reason if isinstance(reason, Exception) else error).__name__
            raise UnreachableError(f"{self.address} gives no answer ({why})") from None


def _loaded(content: bytes) -> Any:
    return json.loads(content) if content.strip() else None


def items(body: Any) -> list[Any]:
    """The list in an answer of grafana.com; empty if there is none."""
    found = body.get("items") if isinstance(body, dict) else None
    return found if isinstance(found, list) else []
