"""A stand-in for Cloudflare in front of the reference service: its door, its tunnel, its error pages.

It answers as Cloudflare does, so far as an outside probe can tell: a wrong token is sent to the
login, a dead tunnel is 530 with error 1033, a dead API behind a living tunnel is cloudflared's 502.
"""

import threading
import urllib.error
import urllib.request
from enum import StrEnum, unique
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CLIENT_ID, CLIENT_SECRET = "rehearsal.access", "rehearsal-secret"  # opens a door on the loopback
FINDINGS = "/api/v1/findings"
_SECONDS = 3.0
_PAGE = '<html><div id="cf-wrapper"><div id="cf-error-details">Error {code}</div>{more}</div></html>'


@unique
class Trouble(StrEnum):
    """What is wrong between an outside probe and the API (the API itself may be down besides)."""

    NONE = "none"
    TUNNEL = "tunnel"
    DOOR = "door"
    DEGRADED = "degraded"
    EMPTY = "empty"
    DATA = "data"


class Edge:
    """Listens on a free port of the loopback and hands on to the service's port; set `trouble` at will."""

    def __init__(self, service_port: int) -> None:
        """Listen, and serve from a thread."""
        self.trouble = Trouble.NONE
        self._behind = f"http://127.0.0.1:{service_port}"
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), name="edge", daemon=True).start()

    def stop(self) -> None:
        """Take no more connections."""
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, client: str, secret: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body for a request with this service token."""
        if self.trouble is Trouble.DOOR or (client, secret) != (CLIENT_ID, CLIENT_SECRET):
            login = "https://rehearsal.cloudflareaccess.com/cdn-cgi/access/login/app"
            return 302, {"Location": login}, b""
        if self.trouble is Trouble.TUNNEL:
            return 530, {"Server": "cloudflare"}, _PAGE.format(code="1033", more="").encode()
        if path.startswith(FINDINGS):
            return self._findings()
        if self.trouble is Trouble.DEGRADED:
            return 503, {}, b'{"status":"degraded","checks":{"mongodb":"down","worker":"ok"}}'
        return self._handed_on(path)

    def _findings(self) -> tuple[int, dict[str, str], bytes]:
        """The reference service keeps no findings; what it would say depends on whether it lives."""
        status, headers, body = self._handed_on("/ready")
        if status != 200 or self.trouble is Trouble.DATA:  # ready
            return (500, {}, b"") if status == 200 else (status, headers, body)
        count = 0 if self.trouble is Trouble.EMPTY else 7
        return 200, {}, f'{{"data": [], "meta": {{"total_count": {count}}}}}'.encode()

    def _handed_on(self, path: str) -> tuple[int, dict[str, str], bytes]:
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

        class Handler(BaseHTTPRequestHandler):
            """Answers as the edge says."""

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
                """Stay quiet."""

        return Handler
