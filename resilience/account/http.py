"""Sends requests to grafana.com, Grafana and GitHub; the token goes to no other address."""

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPException
from typing import Any

from pydantic import BaseModel, ConfigDict

from resilience.core import json_texts
from resilience.core.addresses import safe_for_credentials
from resilience.core.deadlines import within
from resilience.core.problems import BadInputError, Model, Problem, UserError, validated, without_secrets
from resilience.core.redirects import NoRedirect

SECONDS, WHOLE = 10, 45
"""Seconds for one request with its answer, and for all requests of one client."""
_LARGEST = 20_000_000


class UnreachableError(UserError):
    """The service gave no readable answer; the text names the service, never the token."""


class ApiObject(BaseModel):
    """Base of what is read of an answer: the few keys that are used, whatever else there is."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


@dataclass(frozen=True)
class ApiResponse:
    """Attributes: `body` is the decoded JSON, or None."""

    status: int
    body: Any

    @property
    def good(self) -> bool:
        """Whether the request succeeded."""
        return 200 <= self.status < 300  # noqa: PLR2004  # success in HTTP


@cache
def opener() -> urllib.request.OpenerDirector:
    """Follows no redirect, which would take the credential along; over plain http no proxy, which would read it."""
    https = {scheme: proxy for scheme, proxy in urllib.request.getproxies().items() if scheme == "https"}
    return urllib.request.build_opener(NoRedirect, urllib.request.ProxyHandler(https))


@dataclass(frozen=True)
class ApiClient:
    """One API: its address without a slash at the end, and the credential.

    Attributes:
        seconds: the most that one request takes, from its first byte to the answer's last.
        ends: when the client sends nothing more (monotonic), however many pages there are.

    Raises:
        BadInputError: the credential would be sent to that address unencrypted.
    """

    address: str
    token: str = field(repr=False)
    seconds: float = SECONDS
    ends: float = field(default_factory=lambda: time.monotonic() + WHOLE)

    def __post_init__(self) -> None:
        """Check the address, wherever it comes from: settings, an argument, another service's answer."""
        try:
            safe_for_credentials(self.address)
        except ValueError as error:
            what, _, instead = str(error).partition("; ")
            raise BadInputError([Problem("address of the API", "(whole address)", what, instead)]) from None

    def send(self, path: str, method: str = "GET", body: object = None) -> ApiResponse:
        """Send one request, with a deadline.

        Raises:
            UnreachableError: there is no answer, or it is not JSON.
        """
        left = min(self.seconds, self.ends - time.monotonic())
        try:
            status, content = within(left, lambda: self._answer(path, method, body, left))
            return ApiResponse(status, self._decoded(content, path))
        except (OSError, HTTPException, ValueError) as error:
            reason = getattr(error, "reason", None)
            why = type(reason if isinstance(reason, Exception) else error).__name__
            raise UnreachableError(f"{self.address} gives no answer ({why})") from None

    def read(self, path: str, shape: type[Model], remedy: str = "") -> Model:
        """What a request answers, in the shape that its reader needs.

        Raises:
            UserError: there is no answer, the request is rejected, or the answer has another shape.
        """
        answer = self.send(path)
        if not answer.good:
            raise UserError(f"{self.address} answers {answer.status} to {path}{remedy and f'; {remedy}'}")
        return shaped(shape, answer.body, f"{self.address}{path}")

    def _answer(self, path: str, method: str, body: object, seconds: float) -> tuple[int, bytes]:
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Accept": "application/json",
            "User-Agent": "sv0-resilience",
        }
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, content, headers, method=method)  # noqa: S310  # checked
        try:
            with opener().open(request, timeout=seconds) as answer:
                return answer.status, answer.read(_LARGEST)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, b""

    def _decoded(self, content: bytes, path: str) -> Any:
        try:
            return json_texts.loaded(content.decode(), path, "") if content.strip() else None
        except BadInputError as error:
            raise UnreachableError(f"{self.address}{path}: the answer {error.problems[0].what}") from None


def shaped(shape: type[Model], body: Any, source: str) -> Model:
    """An answer in the shape that its reader needs.

    Raises:
        UserError: it has another one; its first problem, because an answer may have thousands.
    """
    try:
        return validated(shape, body, source)
    except BadInputError as error:
        what = without_secrets(f"{error.problems[0].path}: {error.problems[0].what}")
        raise UserError(f"{source}: the answer has another shape ({what})") from None


def items(body: Any) -> list[Any]:
    """The list in an answer of grafana.com; empty if there is none."""
    found = body.get("items") if isinstance(body, dict) else None
    return found if isinstance(found, list) else []
