"""Serves a target's samples as `/metrics` on the loopback, with `/health` and `/ready`.

While the API is down its port does not accept connections, like that of a stopped container.
"""

import socket
import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from resilience.rehearsal.live.clock import VirtualClock
from resilience.rehearsal.simulator.api_simulator import DURATION
from resilience.rehearsal.simulator.targets import ScrapeTarget

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class TargetMetrics(Collector):
    """Passes a target's samples to prometheus_client."""

    def __init__(self, target: ScrapeTarget, clock: VirtualClock) -> None:
        """Keep the target, and the clock for the time of its samples."""
        self._target = target
        self._clock = clock

    def collect(self) -> Iterable[Metric]:
        """Return the metric families of this moment."""
        families: dict[str, Metric] = {}
        for one in self._target.samples(self._clock.now(), self._clock.epoch):
            family = DURATION if one.name.startswith(DURATION) else one.name
            kind = "histogram" if family == DURATION else "counter" if family.endswith("_total") else "gauge"
            # prometheus_client names a counter's family without the suffix `_total`.
            metric = families.setdefault(
                family, Metric(family.removesuffix("_total"), f"{family} of the rehearsal.", kind)
            )
            metric.add_sample(one.name, dict(one.labels), one.value)
        return families.values()


class MetricsServer:
    """Serves one target; a bound socket that never listens reserves the port while it is down."""

    def __init__(self, target: ScrapeTarget, clock: VirtualClock) -> None:
        """Reserve a free port of the loopback."""
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(TargetMetrics(target, clock))
        self.target = target
        self._reserved = _bind(0)
        self.port: int = self._reserved.getsockname()[1]
        self._server: ThreadingHTTPServer | None = None

    @property
    def address(self) -> str:
        """Return host and port for a scrape."""
        return f"127.0.0.1:{self.port}"

    def up(self) -> None:
        """Accept connections."""
        server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler(), bind_and_activate=False)
        server.socket.close()
        server.socket = _bind(self.port)
        server.server_activate()
        server.daemon_threads = True
        serve = server.serve_forever
        threading.Thread(target=serve, args=(0.02,), name="service", daemon=True).start()
        self._server = server

    def down(self) -> None:
        """Accept no connections."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def stop(self) -> None:
        """Accept no connections and free the port."""
        self.down()
        self._reserved.close()

    def set_state(self, *, up: bool) -> None:
        """Go up or down."""
        if up and self._server is None:
            self.up()
        elif not up:
            self.down()

    def answer(self, path: str) -> tuple[int, bytes]:
        """Return status and body for a path."""
        if path == "/metrics":
            return 200, generate_latest(self._registry)
        if path in {"/health", "/ready"}:
            return 200, b'{"status":"ok"}'
        return 404, b"not found"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        service = self

        class MetricsHandler(BaseHTTPRequestHandler):
            """HTTP/1.0 on purpose: a keep-alive connection would stay open when the API goes down."""

            def do_GET(self) -> None:
                status, body = service.answer(self.path)
                self.send_response(status)
                self.send_header("Content-Type", CONTENT_TYPE)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Log nothing: two scrapes a second would flood the output."""

        return MetricsHandler


def _bind(port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # Both sockets of a port need both options: on macOS two cannot bind with SO_REUSEADDR alone.
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "SO_REUSEPORT"):
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.bind(("127.0.0.1", port))
    return bound
