"""The stand-in as a server on the loopback: routing, faults, the log of requests, and the control paths.

GET   /_state      the whole state, secrets unencrypted: it is a test double
PATCH /_state      JSON merge patch: how a test makes a change by somebody else
GET   /_requests   every request since the start: surface, method, path, status, body
GET   /_unknown    the requests without a route
POST  /_faults     add an `InjectedFault`; DELETE removes all
POST  /_reset      back to the first state
"""

import json
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.standin.faults import InjectedFault
from tests.standin.gcom import access, accounts, orgs, stacks
from tests.standin.github import repositories, secrets
from tests.standin.grafana import (
    basics,
    contact_points,
    evaluations,
    folders,
    policies,
    rules,
    templates,
    timings,
    trials,
)
from tests.standin.state import Options, StandinState
from tests.standin.surfaces import GCOM, GITHUB, GRAFANA, SYNTHETICS
from tests.standin.synthetics import checks, tenants
from tests.standin.wire import Json, RejectionError, Reply, StandinRequest

SURFACES = (GITHUB, GCOM, GRAFANA, SYNTHETICS)
# Importing these modules registers their routes; the list keeps the imports in use.
MODULES = (
    *(access, accounts, orgs, stacks),
    *(repositories, secrets),
    *(basics, contact_points, evaluations, folders, policies, rules, templates, timings, trials),
    *(checks, tenants),
)
_PORTS_TRIED = 50
_LONGEST_DELAY_SECONDS = 60


class Standin:
    """The state, the faults and the log of requests. One request at a time changes the state."""

    def __init__(self, base: str, options: Options) -> None:
        self.state = StandinState(base, options)
        self.faults: list[InjectedFault] = []
        self.requests: list[Json] = []
        self._lock = threading.RLock()

    def handle(self, request: StandinRequest) -> Reply:
        """The answer to any request."""
        if request.path.startswith("/_"):
            with self._lock:
                return self._control(request)
        with self._lock:
            fault = next((one for one in self.faults if one.takes(request.method, request.path)), None)
        if fault and fault.delay:
            time.sleep(min(fault.delay, _LONGEST_DELAY_SECONDS))
        with self._lock:
            surface, reply = self._served(request) if not fault or fault.done else ("fault", Reply(200))
            reply = fault.reply() if fault else reply
            self._remember(request, surface, reply)
            return reply

    def _served(self, request: StandinRequest) -> tuple[str, Reply]:
        for routes in SURFACES:
            if found := routes.find(request.method, request.path):
                handler, names = found
                routed = replace(request, names=names)
                try:
                    return routes.surface, routes.answer(handler, routed)
                except RejectionError as rejected:
                    return routes.surface, rejected.reply
        return "unknown", Reply(404, {"message": "Not found (the stand-in has no such route)"})

    def _remember(self, request: StandinRequest, surface: str, reply: Reply) -> None:
        kept = {"surface": surface, "method": request.method, "path": request.path, "query": dict(request.query)}
        self.requests.append(kept | {"status": reply.status, "body": request.body})
        if request.method != "GET":
            self.state.save()

    def _control(self, request: StandinRequest) -> Reply:
        controls: dict[str, Callable[[], object]] = {
            "GET /_state": lambda: self.state.state,
            "PATCH /_state": lambda: self._patch(request.body),
            "GET /_requests": lambda: self.requests,
            "GET /_unknown": lambda: [one for one in self.requests if one["surface"] == "unknown"],
            "POST /_faults": lambda: self._arm(request.body),
            "GET /_faults": lambda: [asdict(fault) for fault in self.faults],
            "DELETE /_faults": self.faults.clear,
            "POST /_reset": self._reset,
        }
        control = controls.get(f"{request.method} {request.path}")
        if control is None:
            return Reply(404, {"message": f"the controls are {', '.join(controls)}"})
        try:
            return Reply(200, control())
        except (TypeError, re.error) as error:
            return Reply(400, {"message": str(error)})

    def _arm(self, wanted: Any) -> None:
        self.faults.append(InjectedFault.of(wanted))

    def _patch(self, patch: Any) -> Json:
        self.state.state = merged(self.state.state, patch)
        self.state.save()
        return self.state.state

    def _reset(self) -> None:
        self.state.reset()
        self.state.save()
        self.faults.clear()
        self.requests.clear()


def merged(target: Any, patch: Any) -> Any:
    """JSON merge patch (RFC 7396): null removes a key."""
    if not isinstance(patch, dict):
        return patch
    kept = {key: value for key, value in (target if isinstance(target, dict) else {}).items() if key not in patch}
    given = {key: value for key, value in patch.items() if value is not None}
    before = target if isinstance(target, dict) else {}
    return kept | {key: merged(before.get(key), value) for key, value in given.items()}


class _StandinHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body are two writes; with Nagle's delay each answer took 40 ms.
    disable_nagle_algorithm = True
    server: "_StandinServer"

    def _answer(self) -> None:
        url = urlsplit(self.path)
        request = StandinRequest(
            state=self.server.standin.state,
            method=self.command,
            path=url.path,
            query=dict(parse_qsl(url.query, keep_blank_values=True)),
            body=self._body(),
            headers=dict(self.headers),
        )
        self._send(self.server.standin.handle(request))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815  # names of the library

    def _body(self) -> Any:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            return json.loads(raw) if raw else None
        except ValueError:
            return raw.decode("latin-1")

    def _send(self, reply: Reply) -> None:
        content = b"" if reply.body is None else json.dumps(reply.body).encode()
        self.send_response(reply.status)
        # The client of grafana.com rejects an answer without a content type.
        headers = {"Content-Type": "application/json", "Content-Length": str(len(content)), **reply.headers}
        if reply.status == HTTPStatus.NO_CONTENT:
            del headers["Content-Length"]
        for name, value in headers.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # signature of the library
        """Print nothing: `/_requests` has the log."""


class _StandinServer(ThreadingHTTPServer):
    daemon_threads = True
    standin: Standin

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client may leave with the status of an error alone, as `resilience verify` does; all else is printed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _bound(port: int) -> _StandinServer:
    for _ in range(_PORTS_TRIED):
        server = _StandinServer(("127.0.0.1", port), _StandinHandler)
        # For the provider an error with 404 in its text means "not found", and the text contains the address.
        if port or "404" not in str(server.server_port):
            return server
        server.server_close()
    raise OSError("no port without 404 in it")


@contextmanager
def running(options: Options, port: int = 0) -> Iterator[Standin]:
    """Serve until the block ends; `state.base` is the address.

    Raises:
        OSError: the port is taken.
    """
    server = _bound(port)
    server.standin = Standin(f"http://127.0.0.1:{server.server_port}", options)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.standin
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
