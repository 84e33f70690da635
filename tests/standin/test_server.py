"""The stand-in itself: faults on demand, drift, the log, and unknown routes."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from resilience.model.catalogue import ROOT
from tests.stack_files import settings_of
from tests.standin.__main__ import options
from tests.standin.client import Client
from tests.standin.server import _bound, merged, running
from tests.standin.state import Options

FOLDER = {"title": "Alerts", "uid": "alerts"}


def test_an_unknown_path_is_404_and_logged(control: Client, gcom: Client) -> None:
    assert gcom("GET", "/v1/nothing").status == 404
    assert [one["path"] for one in control("GET", "/_unknown").body] == ["/api/v1/nothing"]


def test_every_request_is_logged_with_its_answer(control: Client, grafana: Client) -> None:
    grafana("POST", "/folders", FOLDER)
    last = control("GET", "/_requests").body[-1]

    assert (last["surface"], last["method"], last["status"], last["body"]) == ("grafana", "POST", 200, FOLDER)


@pytest.mark.parametrize(("status", "headers"), [(429, {"Retry-After": "1"}), (500, {}), (503, {})])
def test_a_request_fails_as_often_as_wanted(
    control: Client, grafana: Client, status: int, headers: dict[str, str]
) -> None:
    control("POST", "/_faults", {"match": "POST .*/folders", "status": status, "count": 2, "headers": headers})
    answers = [grafana("POST", "/folders", FOLDER) for _ in range(3)]

    assert [answer.status for answer in answers] == [status, status, 200]
    assert headers.items() <= answers[0].headers.items()


def test_a_failure_in_the_middle_lets_the_first_requests_pass(control: Client, grafana: Client) -> None:
    control("POST", "/_faults", {"match": "POST .*/folders", "skip": 1})
    statuses = [grafana("POST", "/folders", FOLDER | {"uid": uid}).status for uid in ("a", "b", "c")]

    assert statuses == [200, 500, 200]
    assert [one["uid"] for one in grafana("GET", "/folders").body] == ["a", "c"]


def test_a_lost_answer_does_not_undo_the_request(control: Client, grafana: Client) -> None:
    control("POST", "/_faults", {"match": "POST .*/folders", "status": 502, "done": True})

    assert grafana("POST", "/folders", FOLDER).status == 502
    assert grafana("GET", "/folders/alerts").status == 200


def test_an_answer_can_be_slow(control: Client, grafana: Client) -> None:
    control("POST", "/_faults", {"match": "GET .*/folders", "delay": 0.2, "done": True, "status": 200})
    begin = time.monotonic()
    grafana("GET", "/folders")

    assert time.monotonic() - begin >= 0.2


def test_faults_are_listed_and_removed(control: Client, grafana: Client) -> None:
    control("POST", "/_faults", {"match": "GET .*/folders"})
    armed = control("GET", "/_faults").body
    control("DELETE", "/_faults")

    assert [one["match"] for one in armed] == ["GET .*/folders"]
    assert grafana("GET", "/folders").status == 200


@pytest.mark.parametrize("wanted", [{"match": "("}, {"when": "now", "match": "x"}, {}])
def test_an_invalid_fault_is_rejected(control: Client, wanted: dict[str, str]) -> None:
    assert control("POST", "/_faults", wanted).status == 400


def test_somebody_else_may_change_everything(control: Client, grafana: Client) -> None:
    grafana("POST", "/folders", FOLDER)
    control("PATCH", "/_state", {"grafana": {"acme": {"folders": {"alerts": {"title": "Changed by hand"}}}}})

    assert grafana("GET", "/folders/alerts").body["title"] == "Changed by hand"


@pytest.mark.parametrize(
    ("target", "patch", "wanted"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": 1}, {"a": None}, {}),
        ({"a": {"b": 1}}, {"a": {"c": 2}}, {"a": {"b": 1, "c": 2}}),
        ({"a": [1]}, {"a": [2]}, {"a": [2]}),
        ({}, {"a": {"b": None}}, {"a": {}}),
    ],
)
def test_a_patch_is_merged_by_the_rfc(target: object, patch: object, wanted: object) -> None:
    assert merged(target, patch) == wanted


def test_the_state_is_kept_in_its_file(tmp_path: Path) -> None:
    kept = Options(stacks=["acme"], stack_tokens=["glsa_given"], state=tmp_path / "state.json")
    for wanted in (200, 412):
        with running(kept) as standin:
            inside = Client(standin, "/stack/acme/api", "glsa_given")
            assert inside("POST", "/folders", FOLDER).status == wanted


def test_its_options_come_from_our_own_settings() -> None:
    settings = settings_of("production")
    owner, repositories = settings["github"]["owner"], settings["github"]["repositories"]

    expected = options(ROOT, None)

    assert (expected.org, expected.stacks) == (settings["grafana"]["org"], [settings["grafana"]["stack"]])
    assert expected.repositories == [f"{owner}/{name}" for name in (*repositories, settings["github"]["workflows"])]
    assert set(expected.members) <= set(expected.users)


def test_as_a_program_it_prints_its_address_and_ends_at_sigterm() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.standin"], cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ
    ) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            with urllib.request.urlopen(f"{address}/_unknown", timeout=10) as answer:  # noqa: S310  # its own address
                assert json.load(answer) == []
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


@pytest.mark.parametrize(
    ("error", "printed"), [(BrokenPipeError(), False), (ConnectionResetError(), False), (ValueError("own"), True)]
)
def test_only_an_error_of_its_own_is_printed(
    capsys: pytest.CaptureFixture[str], error: Exception, printed: bool
) -> None:
    with _bound(0) as server, suppress(type(error)):
        try:
            raise error
        finally:
            server.handle_error(None, ("127.0.0.1", 1))

    assert ("Traceback" in capsys.readouterr().err) is printed
