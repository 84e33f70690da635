"""A webhook receiver that behaves like Slack's: it rejects bad payloads, and can simulate an outage.

The path is `/services/<receiver>`; the receiver's name decides the channel. That of the watchdog stands for its
address outside Slack, which takes any post for a sign of life. Other replies follow Slack's
documentation of incoming webhooks: 200 `ok`, 400 `invalid_payload`, 400 `no_text`, 404 `no_service`,
429 with Retry-After, 5xx.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from resilience.core.conventions import WATCHDOG
from resilience.rehearsal.exported import channel_of
from resilience.rehearsal.report.parsed_message import Message
from resilience.tools.errors import RehearsalError

PATH = "/services/"
RETRY_AFTER = "1"
MAX_BYTES = 1_000_000
"""Of a payload, so that a broken template cannot fill the memory; Slack's own limit is far lower."""


@dataclass(frozen=True)
class SlackReply:
    """Slack's reply to a post."""

    status: int
    text: str


OK = SlackReply(200, "ok")


def reply_to(body: bytes) -> tuple[SlackReply, dict[str, Any]]:
    """Return Slack's reply to a body and, when it is accepted, the payload."""
    try:
        payload = json.loads(body)
    except ValueError:
        return SlackReply(400, "invalid_payload"), {}
    if not isinstance(payload, dict):
        return SlackReply(400, "invalid_payload"), {}
    if not (payload.get("text") or payload.get("attachments") or payload.get("blocks")):
        return SlackReply(400, "no_text"), {}
    return OK, payload


class SlackReceiver:
    """A server on the loopback; `outage` returns the status of the rejection, or None."""

    def __init__(self, now: Callable[[], float], outage: Callable[[float], int | None]) -> None:
        """Bind a free port; posts are accepted after `start`."""
        self._now = now
        self._outage = outage
        self._lock = threading.Lock()
        self._messages: list[Message] = []
        self._rejected: list[tuple[float, SlackReply]] = []
        self._signs_of_life: list[float] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    def url(self, receiver: str) -> str:
        """Return the webhook's address for a receiver."""
        return f"http://127.0.0.1:{self._server.server_address[1]}{PATH}{receiver}"

    def messages(self) -> tuple[Message, ...]:
        """Return the messages accepted so far, oldest first."""
        with self._lock:
            return tuple(self._messages)

    def rejected(self) -> tuple[tuple[float, SlackReply], ...]:
        """Return the virtual seconds of rejected posts, with the replies."""
        with self._lock:
            return tuple(self._rejected)

    def signs_of_life(self) -> tuple[float, ...]:
        """Return the virtual seconds at which the watchdog's address got a message."""
        with self._lock:
            return tuple(self._signs_of_life)

    def start(self) -> None:
        """Serve from a thread."""
        serve = self._server.serve_forever
        threading.Thread(target=serve, args=(0.05,), name="slack", daemon=True).start()

    def stop(self) -> None:
        """Stop serving and free the port."""
        self._server.shutdown()
        self._server.server_close()

    def accept(self, path: str, body: bytes) -> SlackReply:
        """Return the reply to a post, and keep the message if it is accepted."""
        at = self._now()
        if path == PATH + WATCHDOG:
            with self._lock:
                self._signs_of_life.append(at)
            return OK
        reply, payload = self._reply(at, path, body)
        with self._lock:
            if reply == OK:
                receiver = path.removeprefix(PATH)
                self._messages.append(Message(at, channel_of(receiver), receiver, payload))
            else:
                self._rejected.append((at, reply))
        return reply

    def _reply(self, at: float, path: str, body: bytes) -> tuple[SlackReply, dict[str, Any]]:
        status = self._outage(at)
        if status is not None:
            return SlackReply(
                status, "rate_limited" if status == HTTPStatus.TOO_MANY_REQUESTS else "internal_error"
            ), {}
        try:
            channel_of(path.removeprefix(PATH))
        except RehearsalError:
            return SlackReply(404, "no_service"), {}
        return reply_to(body)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class WebhookHandler(BaseHTTPRequestHandler):
            """Passes posts to the receiver."""

            def do_POST(self) -> None:
                length = min(int(self.headers.get("Content-Length") or 0), MAX_BYTES)
                reply = receiver.accept(self.path, self.rfile.read(length))
                self.send_response(reply.status)
                if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
                    self.send_header("Retry-After", RETRY_AFTER)
                self.end_headers()
                self.wfile.write(reply.text.encode())

            def log_message(self, *_: object) -> None:
                """Log nothing: the receiver keeps the messages."""

        return WebhookHandler
