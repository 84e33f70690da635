"""The reference service meets the telemetry contract; each planted defect is one line of the report."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from prometheus_client import CollectorRegistry, generate_latest

from resilience.cli import main
from resilience.contract.source import LARGEST
from resilience.rehearsal.live.clock import VirtualClock
from resilience.rehearsal.live.metrics_server import MetricsServer, TargetMetrics
from resilience.rehearsal.simulator.api_simulator import ApiSimulator
from resilience.rehearsal.simulator.targets import ApiTarget

TEXT = "text/plain; version=0.0.4"
Respond = Callable[[BaseHTTPRequestHandler], None]


def run(source: str, *options: str) -> Result:
    result = CliRunner().invoke(main, ["contract", source, *options])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture(scope="module")
def good() -> str:
    """The metrics of the reference service as text, in which tests plant defects."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(TargetMetrics(ApiTarget(ApiSimulator("production", ()), ()), VirtualClock(1)))
    return generate_latest(registry).decode()


@pytest.fixture
def found_lines(tmp_path: Path) -> Callable[[str], tuple[int, list[str]]]:
    """Exit code and problems of a text, without the file's name."""

    def check(text: str) -> tuple[int, list[str]]:
        file = tmp_path / "metrics.txt"
        file.write_text(text, encoding="utf-8")
        result = run(str(file))
        return result.exit_code, [line.removeprefix(f"{file}: ") for line in result.stderr.splitlines()]

    return check


@pytest.fixture
def serve() -> Iterator[Callable[[Respond], str]]:
    """Serves one response on the loopback."""
    servers: list[ThreadingHTTPServer] = []

    def start(respond: Respond) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                respond(self)

            def log_message(self, *_: object) -> None:
                """Print nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads, block_on_close = True, False

            def handle_error(self, *_: object) -> None:
                """Print nothing: in some of these tests the client hangs up."""

        server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}/metrics"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def response(text: str, kind: str = TEXT, status: int = 200, *headers: tuple[str, str]) -> Respond:
    """Sends this body."""

    def respond(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in (("Content-Type", kind), *headers):
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(text.encode())

    return respond


@pytest.mark.parametrize("environment", ["production", "dev"])
def test_the_reference_service_meets_the_contract(environment: str) -> None:
    service = MetricsServer(ApiTarget(ApiSimulator(environment, ()), ()), VirtualClock(1))
    service.up()
    result = run(f"http://{service.address}/metrics")
    service.stop()

    assert (result.exit_code, result.stdout, result.stderr) == (0, "No problems found.\n", "")


def test_metrics_of_the_language_are_ignored(good: str, found_lines: Callable[[str], object]) -> None:
    assert found_lines(good + "# TYPE nodejs_heap_size_used_bytes gauge\nnodejs_heap_size_used_bytes 1\n") == (0, [])


def test_a_metric_without_series_yet_is_not_missing(good: str, found_lines: Callable[[str], object]) -> None:
    text = "".join(line for line in good.splitlines(keepends=True) if not line.startswith("sv0_sync"))

    assert found_lines(text) == (0, [])


SUCCESS = "sv0_sync_last_success_timestamp_seconds"
REQUEST = 'sv0_http_requests_total{method="GET",route="/r"'
DEFECTS: dict[str, tuple[Callable[[str], str], list[str]]] = {
    "a metric is missing": (
        lambda good: "\n".join(line for line in good.splitlines() if "sv0_queue_depth" not in line) + "\n",
        ["sv0_queue_depth: is missing; expose it as a gauge, in jobs"],
    ),
    "a gauge is a counter": (
        lambda good: good.replace("# TYPE sv0_queue_depth gauge", "# TYPE sv0_queue_depth untyped"),
        ["sv0_queue_depth: is a metric without a type; expose it as a gauge"],
    ),
    "a histogram is a summary": (
        lambda good: good.replace("_duration_seconds histogram", "_duration_seconds summary").replace(
            'seconds_bucket{le="+Inf"', 'seconds{quantile="0.9"'
        ),
        ["sv0_http_request_duration_seconds: is a summary; expose it as a histogram"],
    ),
    "a label is unknown": (
        lambda good: good.replace("sv0_queue_depth 0.0", 'sv0_queue_depth{queue="q"} 0.0'),
        ['sv0_queue_depth: has the unknown label "queue"; remove it; known are none'],
    ),
    "a label is the collector's": (
        lambda good: good.replace(
            'sv0_http_requests_total{method="GET"', 'sv0_http_requests_total{environment="production",method="GET"'
        ),
        ['sv0_http_requests_total: has the unknown label "environment"; remove it; the collector adds it'],
    ),
    "a label is missing": (
        lambda good: good.replace(f'{SUCCESS}{{connector_id="entra-id"}}', SUCCESS),
        [f'{SUCCESS}: has series without the label "connector_id"; set it on every series'],
    ),
    "too many series": (
        lambda good: good + "".join(f'{REQUEST[:-1]}{n}",status_code="200"}} 1\n' for n in range(300)),
        [
            (
                "sv0_http_requests_total: has 303 series, more than 300; "
                "drop a label value that grows, such as an id in a route"
            )
        ],
    ),
    "a bucket too many": (
        lambda good: good.replace('le="2.5"', 'le="0.25"'),
        ["sv0_http_request_duration_seconds: has the buckets 0.1, 0.25, 0.5, inf; make them 0.1, 0.5, 2.5, inf"],
    ),
    "a connector is stale": (
        lambda good: re.sub(r'(minutes{connector_id="servicenow"}) .*', r"\1 1441", good),
        [
            (
                'sv0_sync_age_minutes: "servicenow" is 1441 minutes old, more than 1440; '
                "find out why it does not sync: runbooks/connector-stale.md"
            )
        ],
    ),
    "an age is frozen": (
        lambda good: _last_success(good, time.time() - 7200),
        [
            (
                'sv0_sync_age_minutes: "entra-id" shows 17 minutes, but its last success was 120 minutes ago; '
                "compute the age at each scrape, not after each sync"
            )
        ],
    ),
    "a time in milliseconds": (
        lambda good: _last_success(good, time.time() + 6000),
        [f'{SUCCESS}: "entra-id" is 100 minutes in the future; write seconds since 1970, not milliseconds'],
    ),
    "a value that is no number": (
        lambda good: good.replace("sv0_queue_depth 0.0", "sv0_queue_depth NaN"),
        ["sv0_queue_depth: has the value nan; set a finite number that is not negative, or no series"],
    ),
    "a series twice": (
        lambda good: good.replace("sv0_queue_depth 0.0", "sv0_queue_depth 0.0\nsv0_queue_depth 1.0"),
        [
            "sv0_queue_depth: has 1 series twice; register it once",
        ],
    ),
    "an unknown metric": (
        lambda good: good + "# TYPE sv0_cache_hits gauge\nsv0_cache_hits 1\n",
        [
            (
                "sv0_cache_hits: is not in the contract, so the collector drops it; "
                "add it to catalogue/telemetry.yaml, or remove it"
            )
        ],
    ),
    "no metrics at all": (
        lambda _: "<html><body>Sign in</body></html>",
        ["(whole answer): is not the text exposition format; send what prom-client makes"],
    ),
}


def _last_success(good: str, at: float) -> str:
    head, _, tail = good.partition(f'{SUCCESS}{{connector_id="entra-id"}} ')
    return f'{head}{SUCCESS}{{connector_id="entra-id"}} {at}\n{tail.partition(chr(10))[2]}'


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_named(good: str, found_lines: Callable[[str], object], defect: str) -> None:
    spoil, reported = DEFECTS[defect]
    assert spoil(good) != good

    assert found_lines(spoil(good)) == (1, reported)


def test_all_defects_are_named_at_once(found_lines: Callable[[str], tuple[int, list[str]]]) -> None:
    code, reported = found_lines("")

    assert code == 1
    assert [line.split(":")[0] for line in reported] == [
        "process_start_time_seconds",
        "sv0_http_request_duration_seconds",
        "sv0_http_requests_total",
        "sv0_queue_depth",
        "sv0_sync_age_minutes",
        "sv0_sync_last_success_timestamp_seconds",
    ]


def _drips(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Type", TEXT)
    request.end_headers()
    for _ in range(40):
        request.wfile.write(b"# a\n")
        time.sleep(0.05)


def _breaks_off(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Type", TEXT)
    request.send_header("Content-Length", "100000")
    request.end_headers()
    request.wfile.write(b"# half\n")


RESPONSES: dict[str, tuple[Respond, str]] = {
    "a redirect": (
        response("", TEXT, 302, ("Location", "https://login.example.com/?token=CANARY")),
        "answers with status 302 instead of 200; use the API's own address, behind proxy and login",
    ),
    "an error": (response("no", TEXT, 503), "answers with status 503 instead of 200; see the API's log"),
    "a page": (
        response("<html>", "text/html; charset=utf-8"),
        'its content type is "text/html; charset=utf-8"; send text/plain; version=0.0.4',
    ),
    "garbage": (response("\0\1 {{{"), "is not the text exposition format; send what prom-client makes"),
    "too much": (response("#" * (LARGEST + 1)), "is larger than 5,242,880 bytes; expose fewer series"),
    "a drip": (
        _drips,
        "cannot be fetched (no whole answer within 0.5 s); check that the API runs, and from where it can be reached",
    ),
    "silence": (
        lambda _: time.sleep(1),
        "cannot be fetched (no whole answer within 0.5 s); check that the API runs, and from where it can be reached",
    ),
    "half an answer": (
        _breaks_off,
        "cannot be fetched (IncompleteRead); check that the API runs, and from where it can be reached",
    ),
    "a hang-up": (
        lambda request: request.connection.close(),
        "cannot be fetched (RemoteDisconnected); check that the API runs, and from where it can be reached",
    ),
}


@pytest.mark.parametrize("kind", RESPONSES)
def test_a_response_that_cannot_be_used_is_one_problem(serve: Callable[[Respond], str], kind: str) -> None:
    respond, reported = RESPONSES[kind]
    address = serve(respond)

    result = run(f"{address}?token=CANARY", "--timeout", "0.5")

    assert (result.exit_code, result.stderr) == (1, f"{address}: (whole answer): {reported}\n")


def test_an_api_that_is_down_is_a_problem() -> None:
    service = MetricsServer(ApiTarget(ApiSimulator("production", ()), ()), VirtualClock(1))
    result = run(f"http://ann:CANARY@{service.address}/metrics")
    service.stop()

    assert result.exit_code == 1
    assert "CANARY" not in result.stderr


def test_a_missing_file_is_a_usage_error() -> None:
    result = run("no/such/file")

    assert (result.exit_code, result.stderr) == (
        2,
        (
            "no/such/file: (whole file): cannot be read (No such file or directory); "
            "name a file, or an address with http://\n"
        ),
    )
