"""The client of every API: a deadline for all of a request, and no way for the token to leave by."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from resilience.account.http import ApiClient, UnreachableError, opener
from resilience.contract import problems
from resilience.core.problems import BadInputError
from resilience.model.catalogue import ROOT

TOKEN = "glsa_CANARY"
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"


@pytest.fixture(name="dripping")
def _dripping() -> Iterator[Callable[[bytes, bytes], str]]:
    """Sends the first bytes at once, then one byte of the others every 0.05 s, for as long as anybody listens."""
    stop, listening = threading.Event(), socket.create_server(("127.0.0.1", 0))

    def serve(first: bytes, then: bytes) -> None:
        listening.settimeout(0.1)
        while not stop.is_set():
            try:
                connection, _ = listening.accept()
            except TimeoutError:
                continue
            with connection:
                send(connection, first, then)

    def send(connection: socket.socket, first: bytes, then: bytes) -> None:
        try:
            connection.sendall(first)
            while not stop.wait(0.05):
                connection.sendall(then)
        except OSError:
            return

    threads: list[threading.Thread] = []

    def start(first: bytes, then: bytes) -> str:
        threads.append(threading.Thread(target=serve, args=(first, then)))
        threads[-1].start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}"

    yield start
    stop.set()
    for thread in threads:
        thread.join(5)
    listening.close()


@pytest.mark.parametrize(
    ("first", "then"),
    [
        pytest.param(b"", b"H", id="the status line"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: ", b"x", id="a header"),
        pytest.param(
            b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", id="answers before the answer"
        ),
        pytest.param(_HEAD, b" ", id="the body"),
    ],
)
def test_an_answer_that_drips_is_given_up_at_the_deadline(
    dripping: Callable[[bytes, bytes], str], first: bytes, then: bytes
) -> None:
    address, began = dripping(first, then), time.monotonic()

    with pytest.raises(UnreachableError, match="gives no answer"):
        ApiClient(address, TOKEN, seconds=0.4).send("/x")

    assert time.monotonic() - began < 5


def test_a_contract_whose_headers_drip_is_given_up_at_the_deadline(dripping: Callable[[bytes, bytes], str]) -> None:
    address, began = dripping(b"HTTP/1.1 200 OK\r\nX: ", b"x"), time.monotonic()

    (found,) = problems(address, ROOT, 0.4)

    assert "no whole answer within 0.4 s" in found.what
    assert time.monotonic() - began < 5


def test_all_requests_of_a_client_have_one_end() -> None:
    client = ApiClient("http://127.0.0.1:1", TOKEN, ends=time.monotonic())

    with pytest.raises(UnreachableError, match=r"gives no answer \(TimeoutError\)"):
        client.send("/x")


@pytest.mark.parametrize("address", ["http://a.example", "https://u:PASSWORD@a.example", "http://[", "file:///x"])
def test_the_token_goes_to_no_unsafe_address(address: str) -> None:
    with pytest.raises(BadInputError) as rejected:
        ApiClient(address, TOKEN)

    assert "PASSWORD" not in str(rejected.value)
    assert TOKEN not in repr(ApiClient("https://a.example", TOKEN))


def test_a_proxy_that_could_read_the_token_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    opener.cache_clear()

    handlers = vars(opener())["handlers"]
    proxies = [handler.proxies for handler in handlers if hasattr(handler, "proxies")]
    opener.cache_clear()

    assert proxies == [{"https": "http://127.0.0.1:9"}]
