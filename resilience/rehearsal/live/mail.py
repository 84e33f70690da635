"""A mail server on the loopback that keeps what it gets; each mail is read as a message, with its subject as title."""

import asyncio
import re
import threading
from collections.abc import Callable, Collection
from email import message_from_bytes, policy
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from resilience.rehearsal.exported import channel_of
from resilience.rehearsal.report.parsed_message import Message
from resilience.tools.errors import RehearsalError

DOMAIN = "rehearsal.invalid"
"""Of every address; what stands before it is the receiver's name."""
MAX_BYTES = 1_000_000
"""Of a mail, so that a broken template cannot fill the memory."""
START_SECONDS = 10.0
"""The longest that start and end may take."""
OPEN = "Check whether it is over"
"""How the subject begins if an alert ended and nobody knows whether the fault did."""
_LINE = re.compile(r"^(FIRING|ENDED) ", re.MULTILINE)
_MARKS = {"FIRING": ":rotating_light:", "ENDED": ":white_circle:"}


def address_of(receiver: str) -> str:
    """Return the address of a receiver's mail."""
    return f"{receiver}@{DOMAIN}"


def as_message(at: float, address: str, content: bytes) -> Message:
    """Return a mail as the message that says the same in Slack; `mail` of its payload is the text as it came."""
    mail = message_from_bytes(content, policy=policy.default)
    body = mail.get_body(("plain",))
    text = str(body.get_content()).replace("\r\n", "\n") if body else ""
    subject, receiver = str(mail["Subject"] or ""), address.partition("@")[0]
    marked = _LINE.sub(lambda found: f"{_MARKS[found[1]]} ", text)
    attachment = {"title": subject, "text": marked, "color": "warning" if subject.startswith(OPEN) else ""}
    return Message(at, channel_of(receiver), receiver, {"attachments": [attachment], "mail": text})


class MailReceiver:
    """The server, in a thread of its own; `now` is the virtual second."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Take nothing yet."""
        self._now, self._mails = now, list[Message]()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="mail", daemon=True)
        self._bound = threading.Event()
        self._port = 0

    @property
    def smarthost(self) -> str:
        """Return host and port, as Alertmanager wants them."""
        return f"127.0.0.1:{self._port}"

    def mails(self) -> tuple[Message, ...]:
        """Return the mails so far, oldest first."""
        return tuple(self._mails)

    def start(self) -> None:
        """Serve on a free port; raises RehearsalError if that is not possible in time."""
        self._thread.start()
        if not self._bound.wait(START_SECONDS):
            msg = f"the mail server of the rehearsal did not start within {START_SECONDS:.0f} s"
            raise RehearsalError(msg)

    def stop(self) -> None:
        """Stop serving and free the port."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(START_SECONDS)

    def _serve(self) -> None:
        server = self._loop.run_until_complete(self._loop.create_server(self._session, "127.0.0.1", 0))
        self._port = server.sockets[0].getsockname()[1]
        self._bound.set()
        try:
            self._loop.run_forever()
        finally:
            server.close()
            self._loop.run_until_complete(_ended(asyncio.all_tasks(self._loop)))
            self._loop.close()

    def _session(self) -> SMTP:
        return SMTP(self, data_size_limit=MAX_BYTES, loop=self._loop)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's
        """Keep the mail, once for each address."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self._mails += [as_message(self._now(), address, content) for address in envelope.rcpt_tos]
        return "250 OK"


async def _ended(tasks: Collection[asyncio.Task[Any]]) -> None:
    """End sessions that clients left open."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
