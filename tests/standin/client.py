"""Sends requests to the stand-in as the providers do."""

import http.client
import json
from dataclasses import dataclass
from typing import Any

from tests.standin.server import Standin


@dataclass(frozen=True)
class StandinAnswer:
    """Status and JSON of an answer."""

    status: int
    body: Any
    headers: dict[str, str]


@dataclass(frozen=True)
class Client:
    """One caller, with one credential, below one prefix."""

    standin: Standin
    prefix: str = ""
    token: str = "glc_any"

    def __call__(self, method: str, path: str, body: object = None, **headers: str) -> StandinAnswer:
        """Send one request; `X_Name` becomes the header `X-Name`."""
        address = self.standin.state.base.removeprefix("http://")
        connection = http.client.HTTPConnection(address, timeout=10)
        sent = {"Authorization": f"Bearer {self.token}"} | {key.replace("_", "-"): it for key, it in headers.items()}
        try:
            connection.request(method, self.prefix + path, None if body is None else json.dumps(body), sent)
            answer = connection.getresponse()
            content = answer.read()
            return StandinAnswer(answer.status, json.loads(content) if content else None, dict(answer.getheaders()))
        finally:
            connection.close()
