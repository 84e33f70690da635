"""One page in headless Chromium, driven by its DevTools protocol over a pipe: JSON messages, each with a zero byte."""

import base64
import json
import os
import select
import subprocess
import time
from pathlib import Path
from typing import Any, Self

SECONDS = 60.0
"""For one answer; a busy machine may need many of them for the first."""
TELEPHONE = 800
"""Below so many CSS pixels the screen is a telephone's, which lays a page out by its viewport tag."""
# Chromium reads commands from descriptor 3 and writes answers to 4; a shell makes them of what Popen can give.
_SHELL = ["/bin/sh", "-c", 'exec "$@" 3<&0 4>&1 0</dev/null 1>&2', "sh"]
_FLAGS = (
    "--headless",
    "--remote-debugging-pipe",
    "--no-sandbox",  # as root there is none, and the page is our own
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # no network, whatever a page asks for
)
_EVENTS = ("Page", "Runtime", "Log", "Network")


class BrowserPage:
    """A tab; use within `with`.

    Attributes:
        problems: errors in the console since `open`: exceptions, what the policy forbids, failed requests.
        requested: every address that was asked for since then.
    """

    def __init__(self, command: list[str], folder: Path) -> None:
        self._command = [*_SHELL, *command, *_FLAGS, f"--user-data-dir={folder / 'profile'}"]
        self._log = folder / "chromium.log"
        self._received, self._sent, self._session = b"", 0, ""
        self._events: list[str] = []
        self.problems: list[str] = []
        self.requested: list[str] = []

    def __enter__(self) -> Self:
        """Start the browser with an empty tab."""
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
        try:
            tab = self._ask("Target.createTarget", url="about:blank")["targetId"]
            self._session = self._ask("Target.attachToTarget", targetId=tab, flatten=True)["sessionId"]
            for name in _EVENTS:
                self._ask(f"{name}.enable")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End the browser, by its process if it does not end by itself."""
        self._process.terminate()
        try:
            self._process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def open(self, url: str, width: int, *, dark: bool = False) -> None:
        """Load a page, on a screen that is so many CSS pixels wide."""
        self.resize(width)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._ask("Emulation.setEmulatedMedia", features=[scheme])
        for noted in (self._events, self.problems, self.requested):
            noted.clear()
        self._ask("Page.navigate", url=url)
        deadline = time.monotonic() + SECONDS
        while "Page.loadEventFired" not in self._events:
            self._receive(deadline)

    def resize(self, width: int) -> None:
        """Lay the page out anew."""
        self._ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 800
        )

    def value(self, script: str) -> Any:
        """What a JavaScript expression is in the page, as JSON.

        Raises:
            RuntimeError: it throws.
        """
        answer = self._ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def screenshot(self, path: Path) -> None:
        """Write the whole page as PNG."""
        answer = self._ask("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(answer["data"]))

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._sent += 1
        message: dict[str, Any] = {"id": self._sent, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        assert self._process.stdin
        self._process.stdin.write(json.dumps(message).encode() + b"\0")
        self._process.stdin.flush()
        deadline = time.monotonic() + SECONDS
        while (answer := self._receive(deadline)).get("id") != self._sent:
            pass
        assert "error" not in answer, f"{method}: {answer['error']}"
        result: dict[str, Any] = answer["result"]
        return result

    def _receive(self, deadline: float) -> dict[str, Any]:
        """The next message; an event is also noted."""
        assert self._process.stdout
        while b"\0" not in self._received:
            ready, _, _ = select.select([self._process.stdout], [], [], max(deadline - time.monotonic(), 0))
            more = os.read(self._process.stdout.fileno(), 1 << 16) if ready else b""
            assert more, f"Chromium does not answer\n{self._log.read_text('utf-8', 'replace')[-2000:]}"
            self._received += more
        line, _, self._received = self._received.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        self._note(message.get("method", ""), message.get("params", {}))
        return message

    def _note(self, method: str, said: dict[str, Any]) -> None:
        self._events.append(method)
        if method == "Network.requestWillBeSent":
            self.requested.append(said["request"]["url"])
        if method == "Runtime.exceptionThrown" or (method == "Runtime.consoleAPICalled" and said["type"] == "error"):
            self.problems.append(json.dumps(said))
        if method == "Log.entryAdded" and said["entry"]["level"] == "error":
            self.problems.append(said["entry"]["text"])
