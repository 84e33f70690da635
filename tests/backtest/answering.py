"""A server of one range query after the other, which answers what a test says."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

Given = tuple[int, dict[str, str], bytes]
"""Status, headers and body of an answer."""


@dataclass
class AnsweringApi:
    """What it was asked: path with query, and headers; `answer` gets the parameters and the number of the request.

    `waited` is for a client that notes its pauses there instead of making them.
    """

    answer: Callable[[dict[str, str], int], Given]
    url: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)


@contextmanager
def answering(answer: Callable[[dict[str, str], int], Given]) -> Iterator[AnsweringApi]:
    """Serve on the loopback."""
    api = AnsweringApi(answer)
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply(self.path)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._reply(f"{self.path}?{body}")

        def _reply(self, path: str) -> None:
            with lock:
                api.asked.append((path, dict(self.headers)))
                number = len(api.asked)
            status, headers, body = api.answer(dict(parse_qsl(urlsplit(path).query)), number)
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(body))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    api.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
