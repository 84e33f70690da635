"""A run that breaks off goes on where it was, and shows the credential to nobody."""

import json
from pathlib import Path

import pytest

from tests.backtest.answering import Given, answering
from tests.backtest.conftest import UNTIL, Run

CANARY = "glc_canary0123456789canary0123456789"


def one_value(parameters: dict[str, str]) -> Given:
    series = {"metric": {"job": "api"}, "values": [[float(parameters["start"]), "1"]]}
    return 200, {}, json.dumps({"data": {"resultType": "matrix", "result": [series]}}).encode()


def test_a_run_that_broke_off_asks_only_for_the_rest(
    whole: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resilience.backtest.api._ATTEMPTS", 1)
    monkeypatch.setattr("resilience.backtest.run.PARALLEL", 1)
    command = ("--manifest", whole, "--days", "14", "--until", UNTIL, "--json", "api-down", "queue-backing-up")
    given = {"METRICS_CREDENTIAL": f"7:{CANARY}"}

    with answering(lambda parameters, number: one_value(parameters) if number != 8 else (502, {}, b"")) as api:
        broken = run(*command, url=api.url, **given)
        asked = len(api.asked)
        second = run(*command, url=api.url, **given)

    assert (broken.exit_code, asked) == (2, 8)
    assert "answers 502" in broken.output
    assert second.exit_code == 0
    found = json.loads(second.stdout)
    assert (found["keptAnswers"] + 1, found["requests"]) == (7, len(api.asked) - 8)
    assert len({path for path, _ in api.asked}) == len(api.asked) - 1
    left = [path.read_text() + path.name for path in tmp_path.rglob("*") if path.is_file()]
    assert CANARY not in f"{broken.output}{second.output}{left}"
