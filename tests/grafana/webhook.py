"""Slack's webhook, once for each receiver: keeps what is posted, and is slow or down on demand."""

import time
from dataclasses import dataclass
from typing import Any

from tests.probe.conftest import LoopbackServer, ServerReply


@dataclass(frozen=True)
class PostedMessage:
    """The receiver, the time on the monotonic clock in seconds, and the text."""

    receiver: str
    at: float
    text: str


class WebhookDouble(LoopbackServer):
    """Answers after `delay` seconds; `down` has the receivers whose posts fail."""

    def __init__(self, delay: float = 0.0) -> None:
        super().__init__()
        self.delay = delay
        self.down: set[str] = set()
        self.posted: list[PostedMessage] = []

    def url(self, receiver: str) -> str:
        """The address of a receiver."""
        return f"{self.base}/{receiver.replace(' ', '.')}"

    def answer(self, _method: str, path: str, body: Any, _headers: Any) -> ServerReply:
        """As hooks.slack.com does."""
        receiver = path[1:].replace(".", " ")
        if receiver in self.down:
            return 500, {}, "internal_error"
        at = time.monotonic()
        time.sleep(self.delay)
        self.posted.append(PostedMessage(receiver, at, body["attachments"][0]["text"].strip()))
        return 200, {}, "ok"
