"""What servers, tunnels and Cloudflare Access do on real sockets, and how the probe classifies it.

The seed plan's shell lines run against the same behaviours, to show what they get wrong.
"""

import gzip
import json
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from probe.classifier import Diagnosis, classify
from probe.fetch import FetchFailure, Request, Response, fetch
from probe.targets import Plan
from tests.probe.plan import PLAN, READY

SEED = Path(__file__).parent / "testdata" / "seed_plan.sh"
DEADLINE = 0.4
"""Seconds for a behaviour without end; the others get more, for busy machines."""
PATIENCE = 5.0
Talk = Callable[[socket.socket], None]


def says(status: str, body: bytes = b"", *headers: str, length: int | None = None) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


def sends(*parts: bytes, pause: float = 0.0) -> Talk:
    """Read the request, send these parts, close."""

    def talk(connection: socket.socket) -> None:
        connection.recv(65_536)
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)

    return talk


def sends_spaces(megabytes: int) -> Talk:
    """Send so many, packed when they are asked for: that takes a quarter of a second."""

    def talk(connection: socket.socket) -> None:
        packed = gzip.compress(b" " * 1_000_000 * megabytes)
        sends(says("200 OK", packed, "Content-Encoding: gzip"))(connection)

    return talk


def drips(data: bytes, pause: float = 0.05) -> Talk:
    """One byte after the other, slowly: every read succeeds, but it does not end in time."""
    return sends(*(data[at : at + 1] for at in range(len(data))), pause=pause)


def hangs(*parts: bytes) -> Talk:
    def talk(connection: socket.socket) -> None:
        connection.recv(65_536)
        for part in parts:
            connection.sendall(part)
        connection.settimeout(2 * DEADLINE)
        connection.recv(1)

    return talk


def resets(*parts: bytes) -> Talk:
    def talk(connection: socket.socket) -> None:
        connection.recv(65_536)
        for part in parts:
            connection.sendall(part)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")

    return talk


def floods(megabytes: int, head: bytes) -> Talk:
    def talk(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(head)
        for _ in range(megabytes):
            connection.sendall(b" " * 1_000_000)

    return talk


def page(code: str) -> bytes:
    """Cloudflare's error page, as far as it matters."""
    return (
        f'<html><title>app | {code}</title><div id="cf-wrapper"><div id="cf-error-details">'
        f"Error code {code}</div>Cloudflare Ray ID: 8a1b</div></html>"
    ).encode()


def findings(count: object) -> bytes:
    return says("200 OK", json.dumps({"data": [], "meta": {"total_count": count}}).encode())


GOOD = says("200 OK", b'{"status":"ready"}')
LOGIN = "Location: https://acme.cloudflareaccess.com/cdn-cgi/access/login/app.example.com?kid=1"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@dataclass(frozen=True)
class Case:
    """A behaviour with its right kind, tier and fact; `seed` is what the shell lines print for it."""

    rule: str
    talk: Talk
    kind: str
    tier: str
    fact: str
    seed: str = ""
    expects: str = "ready"


def data(rule: str, answer: bytes, kind: str, tier: str, fact: str) -> Case:
    return Case(rule, sends(answer), kind, tier, fact, expects="findings")


NO_COUNT = "200, but meta.total_count is not a count"
CASES = [
    Case("200 with JSON is healthy", sends(GOOD), "healthy", "", "200", "200"),
    Case("a chunked 200 is healthy", sends(CHUNKED + b"2\r\n{}\r\n0\r\n\r\n"), "healthy", "", "200", "200"),
    Case("200 until the connection ends is healthy", sends(b"HTTP/1.0 200 OK\r\n\r\n{}"), "healthy", "", "200", "200"),
    Case(
        "a compressed body that was not requested is decoded",
        sends(says("200 OK", gzip.compress(b"{}"), "Content-Encoding: gzip")),
        "healthy",
        "",
        "200",
        "200",
    ),
    Case("UTF-16 is JSON too", sends(says("200 OK", "{}".encode("utf-16"))), "healthy", "", "200", "200"),
    Case(
        "a response after a hundred Continue counts",
        sends(b"HTTP/1.1 100 Continue\r\n\r\n" * 100, GOOD),
        "healthy",
        "",
        "200",
        "200",
    ),
    Case(
        "Early Hints and other announcements are skipped",
        sends(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 3 + b"HTTP/1.1 102 Processing\r\n\r\n", GOOD),
        "healthy",
        "",
        "200",
        "200",
    ),
    Case(
        "a response that announces itself and is down is down",
        sends(b"HTTP/1.1 103 Early Hints\r\n\r\n" + says("500 No", b"{}")),
        "origin-down",
        "P1",
        "HTTP 500",
        "500000",
    ),
    Case(
        "another protocol is a wrong answer",
        sends(b"HTTP/1.1 101 Switching Protocols\r\n\r\n"),
        "wrong-answer",
        "P1",
        "HTTP 101",
    ),
    Case(
        "200 that says of itself that it is down is degraded",
        sends(says("200 OK", b'{"status":"down","ready":false}')),
        "degraded",
        "P2",
        "200, but status: down, ready: False",
        "200",
    ),
    Case("200 that calls itself up is healthy", sends(says("200 OK", b'{"status":"UP"}')), "healthy", "", "200"),
    Case("200 with a state that is no word is healthy", sends(says("200 OK", b'{"state":{}}')), "healthy", "", "200"),
    Case(
        "503 with reasons is degraded, and they are reported",
        sends(says("503 Service Unavailable", b'{"reasons":["mongodb: timeout","worker: stopped"]}')),
        "degraded",
        "P2",
        "503: mongodb: timeout, worker: stopped",
        "503000",
    ),
    Case(
        "only failed checks are reported",
        sends(says("503 No", b'{"checks":{"mongodb":{"status":"down"},"worker":{"status":"ok"}}}')),
        "degraded",
        "P2",
        "503: mongodb: down",
        "503000",
    ),
    Case(
        "503 with JSON that gives no reason is degraded",
        sends(says("503 No", b"{}")),
        "degraded",
        "P2",
        "503: no reason given",
        "503000",
    ),
    Case(
        "reasons of a thousand lines become one line",
        sends(says("503 No", json.dumps({"reasons": ["x\n\x1b[31m" * 1_000]}).encode())),
        "degraded",
        "P2",
        "503: " + ("x " + "[31mx " * 30)[:159] + "…",
        "503000",
    ),
    Case("503 without JSON is down", sends(says("503 No", b"no")), "origin-down", "P1", "HTTP 503", "503000"),
    Case("500 is down", sends(says("500 No", b"{}")), "origin-down", "P1", "HTTP 500", "500000"),
    Case(
        "502 of the platform's own proxy is down",
        sends(says("502 Bad Gateway", b"<h1>nginx</h1>")),
        "origin-down",
        "P1",
        "HTTP 502",
        "502000",
    ),
    Case(
        "a page of cloudflared shows that the tunnel works",
        sends(says("502 Bad Gateway", page("502") + b"Unable to reach the origin service.")),
        "origin-down",
        "P1",
        "502: the tunnel works, but the platform behind it does not answer",
        "502000",
    ),
    *(
        Case(
            f"Cloudflare's {code} is the tunnel",
            sends(says(f"{code} No", page(code), "Server: cloudflare")),
            "tunnel-down",
            "P1",
            f"Cloudflare answers {code} instead of the platform",
            f"{code}000",
        )
        for code in ("502", "504", "521", "522", "523", "524", "530")
    ),
    Case(
        "530 with 1033 is the tunnel",
        sends(says("530 ", page("1033"))),
        "tunnel-down",
        "P1",
        "Cloudflare answers 530, error 1033 instead of the platform",
        "530000",
    ),
    Case(
        "1033 as plain text is the tunnel",
        sends(says("530 ", b"error code: 1033")),
        "tunnel-down",
        "P1",
        "Cloudflare answers 530, error 1033 instead of the platform",
        "530000",
    ),
    Case(
        "a redirect to the login is a wrong token",
        sends(says("302 Found", b"", LOGIN)),
        "access-refused",
        "P2",
        "302 redirect to the login of Cloudflare Access",
        "302",
    ),
    Case(
        "403 of Access is a wrong token",
        sends(says("403 Forbidden", b"<title>Error - Cloudflare Access</title>")),
        "access-refused",
        "P2",
        "403 from Cloudflare Access",
        "403000",
    ),
    Case(
        "401 of Access is a wrong token",
        sends(says("401 No", b"", 'WWW-Authenticate: Cloudflare-Access resource_metadata="x"')),
        "access-refused",
        "P2",
        "401 from Cloudflare Access",
        "401000",
    ),
    Case(
        "403 of the firewall is about the probe",
        sends(says("403 Forbidden", page("1020"))),
        "access-refused",
        "P2",
        "Cloudflare's firewall answers 403, error 1020",
        "403000",
    ),
    *(
        Case(
            f"a challenge for browsers with {status} is about the probe",
            sends(says(f"{status} No", b"<title>Just a moment...</title>", "cf-mitigated: challenge")),
            "access-refused",
            "P2",
            f"Cloudflare answers {status} with a challenge for browsers",
            f"{status}000",
        )
        for status in ("403", "429", "503")
    ),
    Case(
        "Cloudflare's JSON about its firewall is about the probe",
        sends(says("403 Forbidden", b'{"cloudflare_error":true,"error_code":1010,"detail":"Access denied"}')),
        "access-refused",
        "P2",
        "Cloudflare's firewall answers 403, error 1010",
        "403000",
    ),
    Case(
        "Cloudflare's JSON about its tunnel is the tunnel",
        sends(says("502 Bad Gateway", b'{"cloudflare_error":true,"title":"Error 502: Bad gateway"}')),
        "tunnel-down",
        "P1",
        "Cloudflare answers 502 instead of the platform",
        "502000",
    ),
    *(
        Case(
            f"a redirect to {place!r} is data",
            sends(says("302 Found", b"", f"Location: {place}")),
            "wrong-answer",
            "P1",
            f"302 redirect to {shown}",
            "302",
        )
        for place, shown in {
            "http://[::1/x": "itself",
            "http://[": "itself",
            "//[x]": "itself",
            "https://a.example:99999/": "a.example",
            "http://:port": "itself",
            "https://<!--evil@team.example.com/": "team.example.com",
            "https://a::error::b/": "a",
            "": "itself",
        }.items()
    ),
    Case(
        "403 of the platform itself is a wrong answer",
        sends(says("403 No", b"{}")),
        "wrong-answer",
        "P1",
        "HTTP 403",
        "403000",
    ),
    Case("404 is a wrong answer", sends(says("404 Not Found", b"{}")), "wrong-answer", "P1", "HTTP 404", "404000"),
    Case(
        "204 is a wrong answer",
        sends(b"HTTP/1.1 204 No Content\r\n\r\n"),
        "wrong-answer",
        "P1",
        "HTTP 204",
        "204",
    ),
    Case(
        "a redirect to elsewhere is not followed",
        sends(says("301 Moved", b"", "Location: https://parked.example.net/")),
        "wrong-answer",
        "P1",
        "301 redirect to parked.example.net",
        "301",
    ),
    Case(
        "200 with a page is unreadable",
        sends(says("200 OK", b"<html>")),
        "unreadable",
        "P2",
        "200, but the body is not JSON",
        "200",
    ),
    Case(
        "200 with nothing is unreadable", sends(says("200 OK")), "unreadable", "P2", "200, but the body is empty", "200"
    ),
    Case(
        "200 with a list is unreadable",
        sends(says("200 OK", b"[]")),
        "unreadable",
        "P2",
        "200, but the body is not a JSON object",
        "200",
    ),
    Case(
        "200 in Latin-1 is unreadable",
        sends(says("200 OK", b'{"a":"\xe4"}')),
        "unreadable",
        "P2",
        "200, but the body is not JSON",
        "200",
    ),
    Case(
        "JSON nested 60,000 levels deep is unreadable",
        sends(says("200 OK", b"[" * 60_000)),
        "unreadable",
        "P2",
        "200, but the body is not JSON",
        "200",
    ),
    Case(
        "ten megabytes are not read",
        floods(10, says("200 OK", length=10_000_000)),
        "unreadable",
        "P2",
        "200, but the body is too long",
        "200",
    ),
    Case(
        "a compressed body that is far too long is not decoded",
        sends_spaces(30),
        "unreadable",
        "P2",
        "200, but the body is too long",
        "200",
    ),
    Case(
        "a body that is wrongly labelled as compressed is down",
        sends(says("200 OK", b"{}", "Content-Encoding: gzip")),
        "origin-down",
        "P1",
        "reading the body: the body cannot be decoded",
        "200",
    ),
    Case(
        "an encoding that cannot be decoded is down",
        sends(says("200 OK", b"{}", "Content-Encoding: br")),
        "origin-down",
        "P1",
        "reading the body: the body has the encoding 'br', which was not requested",
        "200",
    ),
    Case(
        "a body that is cut is down",
        sends(says("200 OK", b"{}", length=99)),
        "origin-down",
        "P1",
        "reading the body: the body is incomplete",
        "200000",
    ),
    Case(
        "a cut chunk is down",
        sends(CHUNKED + b"9\r\n{}"),
        "origin-down",
        "P1",
        "reading the body: the body is incomplete",
        "200000",
    ),
    Case(
        "a chunk without a size is down",
        sends(CHUNKED + b"zz\r\n"),
        "origin-down",
        "P1",
        "reading the body: the body is incomplete",
        "200000",
    ),
    Case(
        "a closed connection is down",
        sends(),
        "origin-down",
        "P1",
        "waiting for the response: the connection was closed without a response",
        "000000",
    ),
    Case(
        "a reset before the answer is down",
        resets(),
        "origin-down",
        "P1",
        "waiting for the response: connection reset",
        "000000",
    ),
    Case(
        "a reset in the body is down",
        resets(says("200 OK", b"{", length=9)),
        "origin-down",
        "P1",
        "reading the body: connection reset",
        "200000",
    ),
    Case(
        "a response that is not HTTP is down",
        sends(b"SSH-2.0-OpenSSH_9\r\n"),
        "origin-down",
        "P1",
        "waiting for the response: the response is not HTTP (BadStatusLine)",
    ),
    Case(
        "a header without end is down",
        sends(b"HTTP/1.1 200 OK\r\nA: " + b"a" * 90_000),
        "origin-down",
        "P1",
        "waiting for the response: the response is not HTTP (LineTooLong)",
    ),
    Case(
        "a thousand headers are down",
        sends(says("200 OK", b"{}", *["A: b"] * 1000)),
        "origin-down",
        "P1",
        "waiting for the response: the response is not HTTP (HTTPException)",
    ),
    Case("no answer in time is down", hangs(), "origin-down", "P1", "waiting for the response: timed out after 0.4 s"),
    Case(
        "half a head in time is down",
        hangs(b"HTTP/1.1 200 OK\r\nA"),
        "origin-down",
        "P1",
        "waiting for the response: timed out after 0.4 s",
    ),
    Case(
        "half a body in time is down",
        hangs(says("200 OK", b"{", length=2)),
        "origin-down",
        "P1",
        "reading the body: timed out after 0.4 s",
    ),
    Case(
        "a head that comes byte by byte is down",
        drips(GOOD),
        "origin-down",
        "P1",
        "waiting for the response: timed out after 0.4 s",
    ),
    Case(
        "a body that comes byte by byte is down",
        sends(says("200 OK", length=99), *[b" "] * 99, pause=0.05),
        "origin-down",
        "P1",
        "reading the body: timed out after 0.4 s",
    ),
    Case(
        "Continue without end is down",
        sends(*[b"HTTP/1.1 100 Continue\r\n\r\n"] * 99, pause=0.02),
        "origin-down",
        "P1",
        "waiting for the response: timed out after 0.4 s",
    ),
    data("findings are healthy", findings(3), "healthy", "", "200, 3 findings"),
    data(
        "no findings is an incident that the seed plan misses",
        findings(0),
        "data-empty",
        "P2",
        "200, but meta.total_count is 0",
    ),
    data("a count that is a word cannot be read", findings("3"), "unreadable", "P2", NO_COUNT),
    data("a count that is true cannot be read", findings(True), "unreadable", "P2", NO_COUNT),  # noqa: FBT003  # the value
    data("a count below zero cannot be read", findings(-1), "unreadable", "P2", NO_COUNT),
    data("a count of a half cannot be read", findings(0.5), "unreadable", "P2", NO_COUNT),
    data("no count cannot be read", says("200 OK", b'{"meta":{}}'), "unreadable", "P2", NO_COUNT),
    data("meta that is a list cannot be read", says("200 OK", b'{"meta":[1]}'), "unreadable", "P2", NO_COUNT),
]


class RawServer:
    """A server on the loopback that treats every connection in the same way."""

    def __init__(self, talk: Talk, context: ssl.SSLContext | None = None) -> None:
        self._talk, self._context = talk, context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._treat, args=(connection,), daemon=True).start()

    def _treat(self, connection: socket.socket) -> None:
        with suppress(OSError), closing(connection):
            if self._context is None:
                self._talk(connection)
                return
            with self._context.wrap_socket(connection, server_side=True) as wrapped:
                self._talk(wrapped)

    def close(self) -> None:
        """Accept no more connections."""
        self._socket.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., RawServer]]:
    """Start servers that end with the test."""
    servers: list[RawServer] = []

    def start(talk: Talk, context: ssl.SSLContext | None = None) -> RawServer:
        servers.append(RawServer(talk, context))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def seen(url: str, expects: str = "ready", deadline: float = PATIENCE, plan: Plan = PLAN) -> Diagnosis:
    target = replace(READY, url=url, expects=expects)
    return classify(plan, target, fetch(Request(url=url, deadline=deadline, limit=PLAN.body)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_every_behaviour_has_its_kind_its_tier_and_its_fact(serve: Callable[..., RawServer], case: Case) -> None:
    deadline = DEADLINE if "timed out" in case.fact else PATIENCE

    diagnosis = seen(f"http://127.0.0.1:{serve(case.talk).port}/ready", case.expects, deadline)

    assert (diagnosis.kind, diagnosis.tier, diagnosis.fact) == (case.kind, case.tier, case.fact)
    assert diagnosis.seconds <= deadline


def test_a_good_response_that_is_late_is_slow(serve: Callable[..., RawServer]) -> None:
    def late(connection: socket.socket) -> None:
        time.sleep(0.2)
        sends(GOOD)(connection)

    diagnosis = seen(f"http://127.0.0.1:{serve(late).port}/ready", plan=replace(PLAN, slow=0.15))

    assert (diagnosis.kind, diagnosis.tier) == ("slow", "P2")
    assert diagnosis.fact.endswith(" s; the limit is 0.15 s")


def test_a_closed_port_is_down() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    assert seen(f"http://127.0.0.1:{port}/ready").fact == "connecting: connection refused"


@pytest.mark.parametrize("before", [1, 6])
def test_addresses_that_accept_nothing_do_not_keep_the_probe_from_the_next(
    serve: Callable[..., RawServer], monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    with socket.socket() as full, socket.socket() as waiting:
        # Linux drops what comes after the one connection that fits into a backlog of 0.
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting.connect(full.getsockname())
        places = [full.getsockname()] * before + [("127.0.0.1", serve(sends(GOOD)).port)]
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", place) for place in places]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

        diagnosis = seen("http://app.example.com/ready", deadline=2.0)
        alone = seen("http://app.example.com/ready", deadline=DEADLINE) if found.pop() else None

    assert (diagnosis.kind, diagnosis.seconds < 1.9) == ("healthy", True)
    assert alone is not None
    assert alone.fact == "connecting: timed out after 0.4 s"


def test_the_last_reason_is_reported_where_every_address_rejects(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = taken.getsockname()
    nowhere = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", place[1], 0, 0))
    found = [nowhere, (socket.AF_INET, socket.SOCK_STREAM, 6, "", place)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    assert seen("http://app.example.com/ready").fact == "connecting: connection refused"


def test_a_name_that_does_not_exist_is_a_dns_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "canary.example.com")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)

    diagnosis = seen("https://canary.example.com/ready")

    assert (diagnosis.kind, diagnosis.tier, diagnosis.fact) == (
        "dns",
        "P1",
        "looking up the name: the name has no address",
    )


def test_a_resolver_that_hangs_is_a_dns_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(1))

    diagnosis = seen("https://app.example.com/ready", deadline=DEADLINE)

    assert (diagnosis.kind, diagnosis.fact) == ("dns", "looking up the name: timed out after 0.4 s")


AUTHORITY = trustme.CA()
NOW = datetime.now(UTC)


def tls(name: str = "127.0.0.1", days: float = 60, authority: trustme.CA = AUTHORITY) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    end = NOW + timedelta(days=days, hours=1)
    authority.issue_cert(name, not_before=NOW - timedelta(days=99), not_after=end).configure_cert(context)
    return context


@pytest.fixture
def _trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust our authority as an operating system trusts public ones."""
    file = tmp_path / "authority.pem"
    AUTHORITY.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))


@pytest.mark.usefixtures("_trusted")
@pytest.mark.parametrize(
    ("context", "kind", "tier", "fact"),
    [
        pytest.param(tls(), "healthy", "", "200", id="a good certificate is healthy"),
        pytest.param(tls(days=15), "healthy", "", "200", id="15 days are enough"),
        pytest.param(
            tls(days=10),
            "certificate-ending",
            "P3",
            "the certificate expires in 10 days",
            id="10 days are for information",
        ),
        pytest.param(
            tls(days=3), "certificate-urgent", "P2", "the certificate expires in 3 days", id="3 days are urgent"
        ),
        pytest.param(
            tls(days=-1),
            "certificate",
            "P1",
            "TLS handshake: certificate has expired",
            id="an expired certificate is down for everybody",
        ),
        pytest.param(
            tls("other.example.com"),
            "certificate",
            "P1",
            "TLS handshake: IP address mismatch, certificate is not valid for '127.0.0.1'.",
            id="another's certificate is down for everybody",
        ),
        pytest.param(
            tls(authority=trustme.CA()),
            "certificate",
            "P1",
            "TLS handshake: unable to get local issuer certificate",
            id="an unknown authority is down for everybody",
        ),
    ],
)
def test_a_certificate_is_classified_before_it_expires(
    serve: Callable[..., RawServer], context: ssl.SSLContext, kind: str, tier: str, fact: str
) -> None:
    diagnosis = seen(f"https://127.0.0.1:{serve(sends(GOOD), context).port}/ready")

    assert (diagnosis.kind, diagnosis.tier, diagnosis.fact) == (kind, tier, fact)


@pytest.mark.parametrize(
    ("talk", "fact"),
    [
        pytest.param(
            sends(b"HTTP/1.1 400 No\r\n\r\n"), "TLS handshake: TLS failed (wrong version number)", id="no TLS"
        ),
        pytest.param(hangs(), "TLS handshake: timed out after 0.4 s", id="a handshake that hangs"),
        pytest.param(resets(), "TLS handshake: connection reset", id="a handshake that is reset"),
    ],
)
def test_a_failed_tls_handshake_is_down(serve: Callable[..., RawServer], talk: Talk, fact: str) -> None:
    deadline = DEADLINE if "timed out" in fact else PATIENCE
    diagnosis = seen(f"https://127.0.0.1:{serve(talk).port}/ready", deadline=deadline)

    assert (diagnosis.kind, diagnosis.fact) == ("origin-down", fact)


def test_no_failure_and_no_response_shows_the_credentials_that_were_sent(serve: Callable[..., RawServer]) -> None:
    request = Request(url=f"http://127.0.0.1:{serve(resets()).port}/", headers={"CF-Access-Client-Secret": "canary"})
    outcome = fetch(request)

    assert isinstance(outcome, FetchFailure)
    assert "canary" not in repr(request) + repr(outcome)


def test_credentials_do_reach_the_server(serve: Callable[..., RawServer]) -> None:
    received: list[bytes] = []

    def notes(connection: socket.socket) -> None:
        received.append(connection.recv(65_536))
        connection.sendall(GOOD)

    outcome = fetch(Request(url=f"http://127.0.0.1:{serve(notes).port}/a?b=c", headers={"X-Canary": "here"}))

    assert isinstance(outcome, Response)
    assert received[0].startswith(b"GET /a?b=c HTTP/1.1\r\n")
    assert b"X-Canary: here\r\n" in received[0]


@pytest.mark.parametrize("case", [case for case in CASES if case.seed], ids=lambda case: case.rule)
def test_the_seed_plan_s_shell_lines_show_only_a_number(serve: Callable[..., RawServer], case: Case) -> None:
    """`curl -sf … || echo 000` prints the code and then 000; it never shows what is wrong with a body."""
    done = shell("status", serve(case.talk).port)

    assert done.stdout.strip() == case.seed


def test_the_seed_plan_s_shell_lines_call_a_wrong_token_an_outage(serve: Callable[..., RawServer]) -> None:
    done = shell("status", serve(sends(says("302 Found", b"", LOGIN))).port)

    assert done.stdout.strip() != "200"  # and `!= '200'` is its whole condition for "P1: Production Down"


def test_the_seed_plan_s_smoke_test_passes_with_an_empty_database(serve: Callable[..., RawServer]) -> None:
    empty = shell("smoke", serve(sends(findings(0))).port)

    assert (empty.returncode, "0 findings" in empty.stdout) == (0, True)


def test_the_seed_plan_s_smoke_test_ends_the_job_before_the_slack_step(serve: Callable[..., RawServer]) -> None:
    """A failed step skips all later ones whose `if` names no status function, and its Slack step names none."""
    unreadable = shell("smoke", serve(sends(says("200 OK", b"<html>"))).port)

    assert unreadable.returncode != 0
    assert "findings" not in unreadable.stdout


def shell(step: str, port: int) -> subprocess.CompletedProcess[str]:
    # As Actions runs a step: bash -e.
    command = ["bash", "-e", str(SEED), step, f"http://127.0.0.1:{port}"]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
