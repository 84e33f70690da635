"""Requests, answers and rejections; and which function answers which path."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import unquote

if TYPE_CHECKING:
    from tests.standin.state import StandinState

Json = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """An answer; `body` may be absent."""

    status: int
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


class RejectionError(Exception):
    """An answer that ends the handling of a request."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def reject(status: int, message: str, /, **more: object) -> NoReturn:
    """Answer with a message, as all of these services do.

    Raises:
        RejectionError: always.
    """
    raise RejectionError(Reply(status, {"message": message, **more}))


@dataclass(frozen=True, kw_only=True)
class StandinRequest:
    """One request; `names` are the named segments of its route, `query` has no key twice."""

    state: "StandinState"
    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    headers: Mapping[str, str]
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def token(self) -> str:
        """The credential after `Bearer` or `token`; empty for other kinds."""
        kind, _, token = self.headers.get("Authorization", "").partition(" ")
        return token.strip() if kind.lower() in ("bearer", "token") else ""

    @property
    def grafana(self) -> Json:
        """The state of the Grafana in the path."""
        return self.state.grafana(self.names["slug"])

    @property
    def provenance(self) -> str:
        """Provenance of what is written; only the presence of the header matters."""
        return "" if "X-Disable-Provenance" in self.headers else "api"

    def fields(self, *needed: str) -> Json:
        """The body, which must be an object with these fields."""
        if not isinstance(self.body, dict):
            reject(400, "bad request data")
        if missing := [name for name in needed if self.body.get(name) in (None, "")]:
            reject(400, f"Missing required field: {missing[0]}", code="InvalidArgument")
        return self.body


RouteHandler = Callable[[StandinRequest], object]


class Routes:
    """The paths of one API, all under one prefix, and the check of its credentials."""

    def __init__(self, surface: str, prefix: str, admit: Callable[[StandinRequest], None]) -> None:
        self.surface, self._prefix, self._admit = surface, prefix, admit
        self._known: list[tuple[str, re.Pattern[str], RouteHandler]] = []

    def __call__(self, method: str, path: str) -> Callable[[RouteHandler], RouteHandler]:
        """Register a function for this path; `{name}` stands for one segment."""
        pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self._prefix + path) + "/?")

        def register(handler: RouteHandler) -> RouteHandler:
            self._known.append((method, pattern, handler))
            return handler

        return register

    def find(self, method: str, path: str) -> tuple[RouteHandler, dict[str, str]] | None:
        """The function for a path, and the named segments.

        The path is matched as it was sent, so that an escaped slash stays inside its segment.
        """
        for known, pattern, handler in self._known:
            if known == method and (match := pattern.fullmatch(path)):
                return handler, {name: unquote(part) for name, part in match.groupdict().items()}
        return None

    def answer(self, handler: RouteHandler, request: StandinRequest) -> Reply:
        """The answer of a function; a value that is not a `Reply` is the body of a 200."""
        self._admit(request)
        found = handler(request)
        return found if isinstance(found, Reply) else Reply(200, found)
