"""Whatever a command is given, it ends with a sentence and a documented code: no traceback, no secret, no half file."""

import json
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain, product
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from resilience.cli import main
from resilience.core.yaml_files import read_own
from resilience.manifest import Manifest, types
from resilience.model.catalogue import ROOT
from resilience.model.dated.maintenance import FILE
from resilience.model.stack_file import file_of
from tests.cli import hostile_values as hostile
from tests.stack_files import own, settings_of, stack_text

CODES = (0, 1, 2)
SECONDS = 10
_ENV = {
    "environment": "production",
    "loki_url": "https://logs.example.net/loki/api/v1/push",
    "loki_user": "700002",
    "prometheus_url": "https://prometheus.example.net/api/prom/push",
    "prometheus_user": "700003",
    "telemetry_token": hostile.CANARY,
}
_BUDGET = [{"limit": "rules", "unit": "rules", "used": 1, "allowed": 2.5}]


class TooLongError(BaseException):
    """No `except Exception` of the command catches it."""


class Runs:
    """Runs the command in a checkout and remembers what went wrong, so that one run lists all of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.wrong: list[str] = []
        self.count = 0

    def __call__(self, *arguments: str, text: bytes | None = None) -> None:
        """Run the command once."""
        before, self.count = _listing(self.root.parent), self.count + 1
        with _alarm():
            result = CliRunner().invoke(main, ["-C", str(self.root), *arguments], input=text)
        shown = f"{[argument[:80] for argument in arguments]} gave {result.exit_code}: {result.output[-300:]!r}"
        if result.exit_code not in CODES or not isinstance(result.exception, SystemExit | None):
            self.wrong.append(f"{shown} {result.exception!r}")
        if "Traceback" in result.output or (result.exit_code and not result.output.strip()):
            self.wrong.append(f"{shown} without a sentence")
        if hostile.CANARY in result.output or hostile.PASSWORD in result.output:
            self.wrong.append(f"{shown} shows a secret")
        if left := _listing(self.root.parent) ^ before:
            self.wrong.append(f"{shown} left {left}")

    def each(self, contents: Iterable[bytes], file: Path, *arguments: str) -> None:
        """Run the command once with each content of a file."""
        for content in contents:
            file.write_bytes(content)
            self(*arguments)


def _listing(folder: Path) -> set[tuple[str, int]]:
    """Every file outside the checkout's own folders, with its kind: nothing may come, go or be replaced."""
    return {(str(path), path.lstat().st_mode) for path in folder.iterdir()} | {
        (str(path), path.lstat().st_mode) for path in (folder / "places").glob("*")
    }


@contextmanager
def _alarm() -> Iterator[None]:
    def late(*_: object) -> None:
        raise TooLongError

    previous = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


_resolved = socket.getaddrinfo


def _only_loopback(host: str, *rest: Any, **more: Any) -> Any:
    """No name is looked up: without a network that takes longer than all of these tests."""
    if host != "127.0.0.1":
        raise socket.gaierror(socket.EAI_NONAME, "no such name")
    return _resolved(host, *rest, **more)


@pytest.fixture(name="runs")
def _runs(
    tmp_path: Path, lent_catalogue: Path, monkeypatch: pytest.MonkeyPatch, production: Manifest, dev: Manifest
) -> Iterator[Runs]:
    """A checkout of which every file may be spoilt; the program, which is not the point here, ran before."""
    known = {"production": production, "dev": dev}
    monkeypatch.setattr("resilience.manifest.program.record", lambda name, *_: known[name])
    monkeypatch.setattr(socket, "getaddrinfo", _only_loopback)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("GRAFANA_TOKEN", hostile.CANARY)
    monkeypatch.setenv("GRAFANA_CLOUD_ACCESS_POLICY_TOKEN", hostile.CANARY)
    monkeypatch.setenv("GITHUB_TOKEN", hostile.CANARY)
    root = tmp_path / "checkout"
    root.mkdir()
    (root / "catalogue").symlink_to(lent_catalogue)
    for name in (".github", "runbooks", "__main__.py"):
        (root / name).symlink_to(ROOT / name)
    for stack in known:
        (root / file_of(stack)).write_text(stack_text(settings_of(stack)), encoding="utf-8")
    (tmp_path / "places").mkdir()
    runs = Runs(root)
    yield runs
    assert runs.wrong == []


def documents(good: Any, count: int, name: str) -> Iterator[bytes]:
    """Texts that are none, then spoilt documents."""
    return chain(hostile.TEXTS, map(hostile.as_json, hostile.spoilt(good, count, hostile.seeded(name))))


def some_of(manifest: Manifest) -> list[dict[str, Any]]:
    """One resource of each type that is read in a way of its own."""
    wanted = (types.RULE_GROUP, types.NOTIFICATION_POLICY, types.FOLDER, types.CONTACT_POINT)
    return [manifest.of_type(one)[0].as_json() for one in wanted if manifest.of_type(one)]


def plan(manifest: Manifest) -> dict[str, Any]:
    """What the engine would write about some resources."""
    steps = [
        {
            "op": "update",
            "urn": f"urn:pulumi:production::sv0-resilience::{one['type']}::{one['name']}",
            "oldState": {"inputs": one["inputs"], "outputs": {"expiresAt": "2027-01-01T00:00:00Z"}},
            "newState": {"inputs": one["inputs"], "propertyDependencies": {"value": []}},
            "detailedDiff": {"name": {"kind": "update"}},
        }
        for one in some_of(manifest)
    ]
    errors = [{"severity": "error", "message": f"error: {hostile.CANARY}", "urn": steps[0]["urn"]}]
    return {"steps": steps, "diagnostics": errors, "changeSummary": {"update": len(steps)}}


def test_manifests_and_budgets(runs: Runs, production: Manifest) -> None:
    good, bad = runs.root / "good.json", runs.root / "bad.json"
    found = some_of(production)
    good.write_bytes(hostile.as_json(found))

    runs.each(documents(found, 20, "before"), bad, "diff", str(bad), str(good))
    runs.each(documents(found, 20, "after"), bad, "diff", str(good), str(bad))
    runs.each(documents(_BUDGET, 20, "budget"), bad, "diff", str(good), str(good), "--budget", str(bad), str(bad))


def test_plans(runs: Runs, production: Manifest) -> None:
    drift, comment = runs.root / "drift-production.json", runs.root / "plan-production.json"
    found = plan(production)

    runs.each(documents(found, 20, "drift"), drift, "drift", str(drift))
    runs.each(documents(found, 15, "rotation"), drift, "drift", "--subject", "rotation", str(drift))
    runs.each(documents(found, 20, "comment"), comment, "comment", str(runs.root))
    found.pop("diagnostics")
    message = str(runs.root / "message.json")
    runs.each(documents(found, 20, "message"), drift, "drift", "--message", message, str(drift))


def test_outputs_of_a_stack(runs: Runs) -> None:
    for content in documents(_ENV, 25, "env"):
        runs("env", "--stack", "production", "--from", "-", "--out", str(runs.root / "prod.env"), text=content)


def test_settings(runs: Runs) -> None:
    file = runs.root / file_of("production")
    good = read_own(file.read_text(encoding="utf-8"))

    runs.each(documents(good, 50, "settings"), file, "manifest", "--stack", "production")


@pytest.mark.parametrize("name", ["alerts/api.yaml", "owners.yaml", "limits.yaml", "telemetry.yaml"])
def test_catalogues(runs: Runs, name: str) -> None:
    file = own(runs.root, f"catalogue/{name}")
    good = read_own(file.read_text(encoding="utf-8"))

    runs.each(map(hostile.as_json, hostile.spoilt(good, 5, hostile.seeded(name))), file, "alerts")
    runs.each(hostile.seeded(name).sample(hostile.TEXTS, 3), file, "alerts")


def test_maintenance(runs: Runs) -> None:
    moments = {"begins": "2027-03-01T22:00:00Z", "ends": "2027-03-02T00:30:00Z"}
    work = {"name": "disk", **moments, "environments": ["dev"], "alerts": ["api-down"], "reason": "A disk"}
    good = {"version": 1, "windows": [work]}
    file = own(runs.root, FILE)

    runs.each(map(hostile.as_json, hostile.spoilt(good, 15, hostile.seeded(FILE))), file, "alerts")


@pytest.mark.parametrize("name", ["catalogue/usage.yaml", ".github/workflows/ci.yml"])
def test_use_and_workflows(runs: Runs, name: str) -> None:
    file = own(runs.root, name)
    good = read_own(file.read_text(encoding="utf-8"))

    runs.each(map(hostile.as_json, hostile.spoilt(good, 5, hostile.seeded(name))), file, "budget")
    runs.each(hostile.seeded(name).sample(hostile.TEXTS, 3), file, "budget")


class Answering(ThreadingHTTPServer):
    """Gives every request the same bytes."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.sends: Callable[[], bytes] = bytes

    def handle_error(self, *_: object) -> None:
        """Say nothing of a client that ends first: it would stand in what the command prints."""

    @property
    def address(self) -> str:
        """Without a slash at the end."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Answer as the test wants."""
        assert isinstance(self.server, Answering)
        self.wfile.write(self.server.sends())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(name="server")
def _server() -> Iterator[Answering]:
    with Answering() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(5)


def answer(body: bytes, head: bytes = b"HTTP/1.1 200 OK", kind: bytes = b"application/json") -> bytes:
    return head + b"\r\nContent-Type: " + kind + b"\r\nConnection: close\r\n\r\n" + body


RAW = (
    b"", b"HTTP/1.1", b"HTTP/1.1 200 OK\r\n", b"HTTP/9.9 999 \xff\r\n\r\n", b"\xff" * 1000, b"HTTP/1.1 99999 x\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}",
    b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n", b"HTTP/1.1 302 Found\r\nLocation: http://[\r\n\r\n",
    b"HTTP/1.1 301 Moved\r\nLocation: http://host.example/\r\n\r\n", b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 401 \r\nWWW-Authenticate: \xff\r\n\r\n", b"HTTP/1.1 500 x\r\nContent-Encoding: gzip\r\n\r\nx",
    b"HTTP/1.1 200 OK\r\n" + b"X" * 70_000 + b"\r\n\r\n",
)  # fmt: skip


def answers(good: Any, count: int, name: str) -> Iterator[bytes]:
    return chain(RAW, map(answer, documents(good, count, name)))


_GRAFANA = {
    "folders": [{"uid": "a", "title": "A"}],
    "alert-rules": [{"uid": "a", "labels": {}}],
    "contact-points": [{"name": hostile.CANARY}],
    "policies": {"routes": [{"object_matchers": [["a", "=", "b"]], "routes": []}]},
}


@pytest.mark.parametrize("path", _GRAFANA)
def test_answers_of_grafana(runs: Runs, server: Answering, path: str) -> None:
    for content in hostile.seeded(path).sample(list(answers(_GRAFANA[path], 10, path)), 22):
        server.sends = lambda content=content: content  # type: ignore[misc]  # mypy knows no default in a lambda
        runs("inventory", server.address)
    for content in hostile.seeded(f"verify {path}").sample(list(answers(_GRAFANA[path], 10, path)), 6):
        server.sends = lambda content=content: content  # type: ignore[misc]  # mypy knows no default in a lambda
        runs("verify", server.address, "--wait", "0")


def test_answers_of_an_api(runs: Runs, server: Answering) -> None:
    for content in chain(RAW, (answer(text, kind=b"text/plain") for text in hostile.TEXTS)):
        server.sends = lambda content=content: content  # type: ignore[misc]  # mypy knows no default in a lambda
        runs("contract", server.address, "--timeout", "2")


def test_answers_of_grafana_com_and_github(runs: Runs, server: Answering) -> None:
    settings = settings_of("dev")
    settings["grafana"]["api_url"] = server.address
    settings["github"]["api_url"] = f"{server.address}/"
    (runs.root / file_of("dev")).write_text(stack_text(settings), encoding="utf-8")
    good = {
        "items": [{"userUsername": "x"}],
        "url": server.address,
        "regionSlug": "x",
        "serviceAccounts": [{"name": "x"}],
    }
    numbers = hostile.seeded("doctor")
    for content in numbers.sample(list(answers(good, 20, "grafana.com")), 9):
        server.sends = lambda content=content: content  # type: ignore[misc]  # mypy knows no default in a lambda
        runs("doctor", "--stack", "dev")


_MATRIX = {"data": {"resultType": "matrix", "result": [{"metric": {"job": "x"}, "values": [[1.5e9, "1"]]}]}}


@pytest.fixture(name="backtest")
def _backtest(runs: Runs, server: Answering, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Runs a backtest of an hour that asks nothing twice."""
    monkeypatch.setattr("resilience.backtest.api._ATTEMPTS", 1)
    monkeypatch.setenv("METRICS_CREDENTIAL", f"1:{hostile.CANARY}")
    server.sends = lambda: answer(hostile.as_json(_MATRIX))
    hour = ("--days", "0.1", "--within", "5", "--until", "2017-07-14T03:00:00Z", "--fresh")
    return lambda *more: runs("backtest", "--url", server.address, "--usage-url", server.address, *hour, *more)


def test_manifests_of_a_backtest(runs: Runs, backtest: Callable[..., None], production: Manifest) -> None:
    good, bad, found = runs.root / "good.json", runs.root / "bad.json", some_of(production)
    good.write_bytes(hostile.as_json(found))
    for content in documents(found, 12, "backtest"):
        bad.write_bytes(content)
        backtest("--manifest", str(bad), "--against", str(good), "--markdown", "--changed")
    for content in hostile.spoilt(found, 6, hostile.seeded("routes")):
        bad.write_bytes(hostile.as_json(content))
        backtest("--manifest", str(bad), "--json")


def test_answers_of_a_history(
    runs: Runs, backtest: Callable[..., None], server: Answering, production: Manifest
) -> None:
    good = runs.root / "good.json"
    good.write_bytes(hostile.as_json(some_of(production)))
    for content in answers(_MATRIX, 20, "history"):
        server.sends = lambda content=content: content  # type: ignore[misc]  # mypy knows no default in a lambda
        backtest("--manifest", str(good), "--json")


def test_a_grafana_whose_folders_have_no_end(runs: Runs, server: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resilience.account.things._MOST_FOLDERS", 20)
    numbers = iter(range(10**9))
    server.sends = lambda: answer(json.dumps([{"uid": f"f{next(numbers)}"}]).encode())

    runs("inventory", server.address)


NOBODY = ("backtest", "--within", "1", "--url", "http://127.0.0.1:9")
ARGUMENTS: tuple[tuple[str, ...], ...] = (
    ("{}",), ("stacks", "{}"), ("manifest", "--stack", "{}"), ("export", "--stack", "{}", "--out", "OUT"),
    ("export", "--out", "OUT", "--target", "{}"), ("diff", "{}", "{}"), ("diff", "{}"), ("drift", "{}"),
    ("drift", "--subject", "{}", "x"), ("drift", "--run", "{}", "x"), ("comment", "{}"), ("env", "--stack", "{}"),
    ("env", "--stack", "dev", "--from", "{}"), ("env", "--stack", "dev", "--format", "{}"), ("contract", "{}"),
    ("contract", "x", "--timeout", "{}"), ("inventory", "{}"), ("verify", "{}"),
    ("verify", "http://127.0.0.1:1", "--stack", "{}"), ("verify", "http://127.0.0.1:1", "--wait", "{}"),
    ("doctor", "--offline", "--stack", "{}"),
    ("expires", "{}"), ("expires", "2027-03-01T00:00:00Z", "--days", "{}"), ("rehearse", "{}"),
    ("rehearse", "--speed", "{}"), ("rehearse", "--live", "{}"), ("-C", "{}", "stacks"), ("-C", "{}", "check"),
    ("alerts", "{}"), ("budget", "{}"), ("check", "{}"), ("backtest", "--url", "{}"), ("backtest", "{}"),
    (*NOBODY, "{}"), (*NOBODY, "--against", "{}"),
    (*NOBODY, "--logs-url", "{}"),
    (*NOBODY, "--manifest", "{}"),
    (*NOBODY, "--days", "{}"), ("backtest", "--url", "x", "--until", "{}"),
)  # fmt: skip


def test_arguments(runs: Runs) -> None:
    numbers, out = hostile.seeded("arguments"), str(runs.root / "out")
    for form in ARGUMENTS:
        # A scenario is looked for in all files of scenarios.
        for word in numbers.sample(hostile.WORDS + hostile.ADDRESSES, 1 if form[0] == "rehearse" else 3):
            runs(*({"{}": word, "OUT": out}.get(one, one) for one in form))
    addressed: tuple[tuple[str, ...], ...] = (
        *(("inventory", "{}"), ("verify", "{}", "--wait", "0")),
        *(("contract", "{}"), ("drift", "--run", "{}", "x")),
    )
    for form, word in product(addressed, hostile.ADDRESSES):
        runs(*(word if one == "{}" else one for one in form))


@pytest.fixture(name="places")
def _places(runs: Runs) -> Iterator[list[Path]]:
    """Where nothing may be written, nor anything there be replaced."""
    folder = runs.root.parent / "places"
    os.mkfifo(folder / "fifo")
    (folder / "folder").mkdir()
    (folder / "to-fifo").symlink_to("fifo")
    (folder / "to-device").symlink_to("/dev/null")  # a mistake of ours would replace the link, and not the device
    (folder / "file").touch()
    with socket.socket(socket.AF_UNIX) as listening:
        # The whole path may be longer than an address of a socket.
        here = Path.cwd()
        os.chdir(folder)
        listening.bind("socket")
        os.chdir(here)
        names = (
            "fifo",
            "folder",
            "to-fifo",
            "to-device",
            "socket",
            "file/x",
            "x" * 300,
            "x/" * 3_000 + "x",
            "\0",
            "a\udcff\0",
        )
        yield [folder / name for name in names]


def test_places(runs: Runs, places: list[Path], production: Manifest) -> None:
    drift = runs.root / "drift-production.json"
    drift.write_bytes(hostile.as_json(plan(production)))
    for place in places:
        for input_ in (
            ("drift", "{}"),
            ("diff", "{}", "{}"),
            ("env", "--stack", "production", "--from", "{}"),
            ("comment", "{}"),
        ):
            runs(*(str(place) if one == "{}" else one for one in input_))
        runs("env", "--stack", "production", "--from", "-", "--out", str(place), text=hostile.as_json(_ENV))
        runs("drift", "--message", str(place), str(drift))
    for place in places[:2]:
        runs("rehearse", "no-such-scenario", "--report", str(place))
        runs("backtest", "--url", "http://127.0.0.1:9", "--report", str(place))
    for place in places:
        if place.name not in {"folder", "x"}:
            runs("export", "--out", str(place))
