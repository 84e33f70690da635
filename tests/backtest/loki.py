"""A double of Loki's range query, because no Loki can be had for these tests (its licence is the AGPL).

It has the documented shape; the lines are those of the simulator, counted by Prometheus, and which of them pass a
pipeline is what Loki's own engine said of them (resilience/rehearsal/simulator/logs.py).
"""

import json
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from resilience.rehearsal.simulator.logs import as_promql
from resilience.rehearsal.virtual.storage import Storage


@contextmanager
def loki_on(prometheus: Storage) -> Iterator[str]:
    """The address of a Loki whose lines lie in this Prometheus."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urllib.parse.urlsplit(self.path)
            asked = dict(urllib.parse.parse_qsl(address.query))
            if address.path != "/loki/api/v1/query_range":
                self.send_error(404)
                return
            times = (float(asked[name]) for name in ("start", "end", "step"))
            found = prometheus.range(as_promql(asked["query"]), *times)
            self._answer({"status": "success", "data": {"resultType": "matrix", "result": found, "stats": {}}})

        def _answer(self, answer: dict[str, Any]) -> None:
            content = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
