"""What a history's API may answer, and what becomes of it: waits, smaller parts, an error, never a secret."""

import base64
import gzip
import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from resilience.backtest.answers import MOST_POINTS, AskedRule, KeptAnswers, UnanswerableError, parts_of
from resilience.backtest.api import LARGEST, HistoryAddress, HistoryApi, Limits
from resilience.core.conventions import DataSource
from resilience.core.problems import UserError
from resilience.grafana import Failure
from resilience.rehearsal.virtual.answers import Ticks
from tests.backtest.answering import AnsweringApi, Given, answering

CANARY = "glc_canary0123456789canary0123456789"
EMPTY = json.dumps({"status": "success", "data": {"resultType": "matrix", "result": []}}).encode()
TICKS = Ticks(60_000.0, 64)


def asked(api: AnsweringApi, folder: Path, seconds: float = 60) -> AskedRule:
    place = HistoryAddress.of(api.url, DataSource.METRICS, f"42:{CANARY}")
    history = HistoryApi(place, Limits(time.monotonic() + seconds), api.waited.append)
    return AskedRule(history, KeptAnswers(folder), "up")


def matrix(start: float, count: int, value: str = "1") -> bytes:
    values = [[start + 60 * index, value] for index in range(count)]
    data = {"resultType": "matrix", "result": [{"metric": {"job": "api"}, "values": values}]}
    return json.dumps({"status": "success", "data": data}).encode()


def error(status: int, kind: str, text: str) -> Given:
    return status, {}, json.dumps({"status": "error", "errorType": kind, "error": text}).encode()


def test_a_packed_answer_is_asked_for_and_read_and_the_credential_is_in_the_header_alone(tmp_path: Path) -> None:
    def answer(_: dict[str, str], __: int) -> Given:
        return 200, {"Content-Encoding": "gzip"}, gzip.compress(matrix(60_000, 2))

    with answering(answer) as api:
        found = asked(api, tmp_path).answers(Ticks(60_000.0, 3))

    path, headers = api.asked[0]
    assert found == [[({"job": "api"}, 1.0)], [({"job": "api"}, 1.0)], ()]
    assert path == "/api/v1/query_range?query=up&start=60000&end=60120&step=60"
    assert headers["Authorization"] == f"Basic {base64.b64encode(f'42:{CANARY}'.encode()).decode()}"
    kept = [file.read_text() + file.name for file in tmp_path.iterdir()]
    assert len(kept) == 1
    assert CANARY not in str(kept)


def test_a_busy_api_is_asked_again_after_the_time_that_it_names_and_no_longer_than_a_minute(tmp_path: Path) -> None:
    answers: list[Given] = [(429, {"Retry-After": "7"}, b""), (503, {"Retry-After": "86400"}, b""), (500, {}, b"")]

    with answering(lambda _, number: answers[number - 1] if number < 4 else (200, {}, EMPTY)) as api:
        assert asked(api, tmp_path, seconds=600).answers(TICKS) == [()] * 64

    assert api.waited[:2] == [7.0, 60.0]
    assert 4 <= api.waited[2] < 8


def test_an_api_that_stays_away_ends_the_backtest_with_its_address(tmp_path: Path) -> None:
    with (
        answering(lambda *_: (502, {}, CANARY.encode())) as api,
        pytest.raises(UserError, match=r"^http://127.0.0.1:\d+ answers 502, 5 times in a row$"),
    ):
        asked(api, tmp_path, seconds=600).answers(TICKS)

    assert len(api.asked) == 5


def test_no_wait_is_longer_than_what_is_left(tmp_path: Path) -> None:
    with (
        answering(lambda *_: (429, {"Retry-After": "30"}, b"")) as api,
        pytest.raises(
            UserError, match="answers 429, and --within allows no more; run it again: what was answered is kept"
        ),
    ):
        asked(api, tmp_path, seconds=20).answers(TICKS)

    assert len(api.asked) == 1


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((401, {}, b""), "does not know the credential (401)"),
        ((403, {}, b""), "does not allow the credential to read this (403)"),
        ((404, {}, b""), "answers 404 to /api/v1/query_range; it has no such history"),
        ((302, {"Location": "https://evil.example/"}, b""), "answers 302 to /api/v1/query_range"),
        ((200, {}, b"<html>"), "the answer is none to a range query"),
        ((200, {}, b"[" * 100_000), "the answer is none to a range query"),
        ((200, {}, b'{"data": {"resultType": "vector", "result": []}}'), "the answer is none to a range query"),
        ((200, {}, b'{"data": {"resultType": "matrix", "result": [7]}}'), "the answer is none to a range query"),
        ((200, {}, matrix(60_000, 1, "many")), "the answer is none to a range query"),
        ((200, {"Content-Encoding": "gzip"}, b"\x1f\x8b no gzip"), "the answer is none to a range query"),
    ],
)
def test_an_answer_that_is_none_ends_the_backtest_and_is_not_kept(tmp_path: Path, answer: Given, said: str) -> None:
    with answering(lambda *_: answer) as api, pytest.raises(UserError) as raised:
        asked(api, tmp_path).answers(TICKS)

    assert said in str(raised.value)
    assert CANARY not in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def longer_than(minutes: int, answer: Given) -> Callable[[dict[str, str], int], Given]:
    """Answers like that to what is longer, and to everything else with nothing."""

    def answered(parameters: dict[str, str], _: int) -> Given:
        length = (float(parameters["end"]) - float(parameters["start"])) / 60
        return answer if length > minutes else (200, {}, EMPTY)

    return answered


@pytest.mark.parametrize(
    "answer",
    [
        error(422, "execution", "query processing would load too many samples into memory"),
        error(400, "bad_data", "the total query time range exceeds the limit"),
        error(503, "timeout", "query timed out in expression evaluation"),
        (504, {}, b"upstream request timeout"),
        (413, {}, b""),
        None,
    ],
)
def test_what_is_too_much_at_once_is_asked_in_parts(tmp_path: Path, answer: Given | None) -> None:
    answer = answer or (200, {"Content-Encoding": "gzip"}, gzip.compress(b" " * (LARGEST + 1)))
    with answering(longer_than(20, answer)) as api:
        assert asked(api, tmp_path).answers(TICKS) == [()] * 64

    assert len(api.asked) == 7


def test_a_query_that_fails_at_one_moment_is_an_error_at_that_moment(tmp_path: Path) -> None:
    failing = TICKS.first + 17 * 60

    def answer(parameters: dict[str, str], _: int) -> Given:
        fails = float(parameters["start"]) <= failing <= float(parameters["end"])
        return error(422, "execution", "found duplicate series") if fails else (200, {}, EMPTY)

    with answering(answer) as api:
        found = asked(api, tmp_path).answers(TICKS)

    assert found == [Failure("found duplicate series") if at == 17 else () for at in range(64)]


def test_a_query_that_always_fails_costs_a_bounded_number_of_requests(tmp_path: Path) -> None:
    with answering(lambda *_: error(422, "execution", "found duplicate series")) as api:
        found = asked(api, tmp_path).answers(Ticks(60_000.0, 2_000))

    assert found == [Failure("found duplicate series")] * 2_000
    assert len(api.asked) < 300


def test_a_wrong_query_is_rejected_at_once_and_a_credential_in_the_reason_is_hidden(tmp_path: Path) -> None:
    with (
        answering(lambda *_: error(400, "bad_data", f"parse error: unexpected {CANARY}")) as api,
        pytest.raises(UnanswerableError, match=r"parse error: unexpected \[hidden\]"),
    ):
        asked(api, tmp_path).answers(TICKS)

    assert len(api.asked) == 1


def test_spoilt_kept_answers_are_asked_for_again(tmp_path: Path) -> None:
    with answering(lambda *_: (200, {}, EMPTY)) as api:
        asked(api, tmp_path).answers(TICKS)
        for path in tmp_path.iterdir():
            path.write_text("{")
        assert asked(api, tmp_path).answers(TICKS) == [()] * 64

    assert len(api.asked) == 2


def test_another_user_of_the_same_address_has_answers_of_its_own(tmp_path: Path) -> None:
    """At Grafana Cloud the user says whose history it is."""
    with answering(lambda *_: (200, {}, EMPTY)) as api:
        for credential in ("1:token", "2:token", "2:other"):
            address = HistoryAddress.of(api.url, DataSource.METRICS, credential)
            limits = Limits(time.monotonic() + 60)
            AskedRule(HistoryApi(address, limits), KeptAnswers(tmp_path), "up").answers(TICKS)

    assert len(api.asked) == 2


def test_rules_that_share_a_query_ask_once_whenever_they_come(tmp_path: Path) -> None:
    def answer(_: dict[str, str], __: int) -> Given:
        time.sleep(0.1)
        return 200, {}, EMPTY

    with answering(answer) as api:
        kept, limits = KeptAnswers(tmp_path), Limits(time.monotonic() + 60)
        history = HistoryApi(HistoryAddress.of(api.url, DataSource.METRICS), limits)
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda _: AskedRule(history, kept, "up").answers(TICKS), range(4)))

    assert found == [[()] * 64] * 4
    assert len(api.asked) == 1


def test_what_is_old_or_too_much_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resilience.backtest.answers._KEPT_BYTES", 25)
    now = time.time()
    for name, age in (("new", 10), ("newer", 5), ("third", 20), ("old", 100_000)):
        (tmp_path / f"{name}.json").write_text("x" * 10)
        os.utime(tmp_path / f"{name}.json", (now - age, now - age))

    KeptAnswers(tmp_path).clean()

    assert {path.stem for path in tmp_path.iterdir()} == {"new", "newer"}


def test_a_long_query_is_posted_and_loki_has_a_path_of_its_own(tmp_path: Path) -> None:
    with answering(lambda *_: (200, {}, EMPTY)) as api:
        place = HistoryAddress.of(f"{api.url}/", DataSource.LOGS)
        limits = Limits(time.monotonic() + 60)
        AskedRule(HistoryApi(place, limits), KeptAnswers(tmp_path), "up or " * 1_000 + "up").answers(TICKS)

    assert limits.requests == 1
    assert api.asked[0][0].startswith("/loki/api/v1/query_range?query=up+or+up")
    assert "Authorization" not in api.asked[0][1]


@pytest.mark.parametrize(
    ("url", "credential", "said"),
    [
        ("http://metrics.example.net", "", "would get a credential over plain http"),
        ("https://u:p@metrics.example.net", "", "has a user or a password in it"),
        ("https://metrics.example.net/?token=1", "", "has a query or a fragment"),
        ("ftp://metrics.example.net", "", "is no address of the web"),
        ("https://metrics.example.net", "1:a\nb", "characters that no header may have"),
    ],
)
def test_an_address_or_a_credential_that_is_unsafe_is_rejected(url: str, credential: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        HistoryAddress.of(url, DataSource.METRICS, credential)


@pytest.mark.parametrize("end", ["", "/", "/api/v1", "/api/v1/query_range"])
def test_the_address_may_be_that_of_the_query(end: str) -> None:
    place = HistoryAddress.of(f"https://metrics.example.net/api/prom{end}", DataSource.METRICS, CANARY)

    assert place.address + place.path == "https://metrics.example.net/api/prom/api/v1/query_range"
    assert place.authorization == {"Authorization": f"Bearer {CANARY}"}
    assert CANARY not in repr(place)


def test_parts_have_the_same_edges_whenever_a_run_begins_and_no_more_points_than_an_api_allows() -> None:
    runs = [list(parts_of(Ticks(60_000.0 + 3_600 * later, 14 * 1_440 - 60 * later))) for later in range(3)]

    for parts in runs:
        assert max(part.count for part in parts) <= MOST_POINTS < 11_000
        assert [one.last + 60 for one in parts[:-1]] == [one.first for one in parts[1:]]
    assert runs[0][1:] == runs[1][1:] == runs[2][1:]
