"""The Slack messages for given alerts: real Alertmanager with the exported configuration."""

import json
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from resilience.rehearsal.exported import Exported
from resilience.rehearsal.live import stage
from resilience.rehearsal.report.parsed_message import Message
from resilience.tools.errors import RehearsalError
from resilience.tools.processes import Program

Posts = Sequence[Sequence[dict[str, Any]]]
"""Lists of alerts for Alertmanager's API; each list must lead to one message."""

SPEED = 480.0
"""Virtual seconds a second: no Prometheus runs, and the longest wait of a route is 0.6 s.
At a higher speed a busy machine could split one post into two messages."""
ARRIVAL_SECONDS = 20.0
"""Enough for a busy machine."""


class Sender:
    """Real Alertmanager and a Slack receiver; use within `with`."""

    def __init__(self, exported: Exported, folder: Path) -> None:
        """Keep the parameters; nothing starts yet."""
        self._exported, self._folder, self._stack = exported, folder, ExitStack()

    def __enter__(self) -> Self:
        """Start both; alerts can be posted then."""
        with self._stack:
            self._arrivals = stage.Arrivals.started(time.monotonic, lambda _at: None, self._stack)
            self._slack = self._arrivals.slack
            started = stage.started(self._exported, self._folder, SPEED, self._arrivals, self._stack)
            self._program = started.alertmanager
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """End both."""
        self._stack.close()

    def last_of(self, posts: Posts, routes: int = 1) -> Message:
        """Return the message that the last post leads to; of those on several routes, that of the last receiver.

        Raises RehearsalError when a post leads to no message in time.
        """
        sent = [self.sent_for(alerts, routes) for alerts in posts]
        return max(sent[-1], key=lambda one: one.receiver)

    def sent_for(self, alerts: Sequence[dict[str, Any]], count: int) -> tuple[Message, ...]:
        """Return the messages that these alerts lead to, at least so many.

        Raises RehearsalError when there are fewer in time.
        """
        before = len(self._slack.messages())
        self._program.post("/api/v2/alerts", json.dumps(alerts).encode())
        self._await(before + count, self._program, self._slack.messages)
        return self._slack.messages()[before:]

    def last_of_urgent(self, posts: Posts) -> tuple[Message, Message]:
        """Return the message and the mail that the last post leads to; each post must lead to both."""
        for alerts in posts:
            before = len(self._arrivals.mail.mails())
            message = self.last_of([alerts])
            self._await(before + 1, self._program, self._arrivals.mail.mails)
        return message, self._arrivals.mail.mails()[-1]

    def _await(self, wanted: int, program: Program, arrived: Callable[[], Sequence[Message]]) -> None:
        deadline = time.monotonic() + ARRIVAL_SECONDS
        while len(arrived()) < wanted:
            program.check()
            if time.monotonic() > deadline:
                msg = f"alertmanager sent no message within {ARRIVAL_SECONDS:.0f} s; its log is {program.log}"
                raise RehearsalError(msg)
            time.sleep(0.02)
