"""A stand-in for Cloudflare in front of the metrics server: Access, the tunnel, and their error pages.

For an outside probe it behaves like Cloudflare: a wrong token is redirected to the login, a tunnel
that is down gives 530 with error 1033, an API that is down behind a working tunnel gives 502.
"""

import threading
import urllib.error
import urllib.request
from enum import StrEnum, unique
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CLIENT_ID, CLIENT_SECRET = "rehearsal.access", "rehearsal-secret"  # valid only on the loopback
FINDINGS = "/api/v1/findings"
_SECONDS = 3.0
_PAGE = '<html><div id="cf-wrapper"><div id="cf-error-details">Error {code}</div>{more}</div></html>'


@unique
class Trouble(StrEnum):
    """What is wrong between an outside probe and the API (the API itself may be down, too)."""

    NONE = "none"
    TUNNEL = "tunnel"
    ACCESS = "access"
    DEGRADED = "degraded"
    EMPTY = "empty"
    DATA = "data"


class Edge:
    """Listens on a free port of the loopback and forwards to the service's port; `trouble` may be set at any time."""

    def __init__(self, service_port: int) -> None:
        """Listen, and serve from a thread."""
        self.trouble = Trouble.NONE
        self._behind = f"http://127.0.0.1:{service_port}"
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), name="edge", daemon=True).start()

    def stop(self) -> None:
        """Accept no more connections."""
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, client: str, secret: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body for a request with this service token."""
        if self.trouble is Trouble.ACCESS or (client, secret) != (CLIENT_ID, CLIENT_SECRET):
            login = "https://rehearsal.cloudflareaccess.com/cdn-cgi/access/login/app"
            return 302, {"Location": login}, b""
        if self.trouble is Trouble.TUNNEL:
            return 530, {"Server": "cloudflare"}, _PAGE.format(code="1033", more="").encode()
        if path.startswith(FINDINGS):
            return self._findings()
        if self.trouble is Trouble.DEGRADED:
            return 503, {}, b'{"status":"degraded","checks":{"mongodb":"down","worker":"ok"}}'
        return self._forwarded(path)

    def _findings(self) -> tuple[int, dict[str, str], bytes]:
        """The service has no findings, so they are made up here while it is up."""
        status, headers, body = self._forwarded("/ready")
        if status != 200 or self.trouble is Trouble.DATA:  # ready
            return (500, {}, b"") if status == 200 else (status, headers, body)
        count = 0 if self.trouble is Trouble.EMPTY else 7
        return 200, {}, f'{{"data": [], "meta": {{"total_count": {count}}}}}'.encode()

    def _forwarded(self, path: str) -> tuple[int, dict[str, str], bytes]:
        try:
            with urllib.request.urlopen(self._behind + path, timeout=_SECONDS) as response:  # noqa: S310  # the loopback
                return response.status, {}, response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, {}, error.read()
        except OSError:
            more = "Unable to reach the origin service. The service may be down."
            return 502, {"Server": "cloudflare"}, _PAGE.format(code="502", more=more).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        edge = self

        class EdgeHandler(BaseHTTPRequestHandler):
            """Sends the edge's responses."""

            def do_GET(self) -> None:
                token = (self.headers.get(f"CF-Access-Client-{part}", "") for part in ("Id", "Secret"))
                status, headers, body = edge.answer(self.path, *token)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        return EdgeHandler
