"""The command on two days of a real Prometheus: it finds what is planted and nothing else, and what a change does."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from resilience.cli import main
from resilience.core.durations import DAY
from tests.backtest.conftest import UNTIL, KnownHistory, Run, changed_rule, threshold
from tests.backtest.history import END

QUEUE = "sv0-production-queue-backing-up"


@pytest.fixture(name="found", scope="session")
def _found(history: KnownHistory, whole: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The JSON of all rules over both days."""
    folder = tmp_path_factory.mktemp("found")
    places = ["--url", history.url, "--logs-url", history.logs_url, "--usage-url", history.url]
    span = ["--days", "2", "--until", UNTIL, "--manifest", str(whole)]
    command = ["-C", str(folder), "backtest", *places, *span, "--json", "--report", str(folder / "report.html")]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    return {**json.loads(result.stdout), "folder": folder}


def test_every_planted_incident_is_found_and_nothing_else(history: KnownHistory, found: dict[str, Any]) -> None:
    assert history.planted.differences(found) == []
    assert len(history.planted.incidents) == 5
    assert len(found["rules"]) >= 28
    assert (found["begin"], found["end"]) == (END - 2 * DAY, END)


def test_messages_follow_routes_groups_and_hours(found: dict[str, Any]) -> None:
    """The days are a Saturday and a Sunday: what waits for business hours is never sent, and P1 comes at once."""
    sent = [(one["channel"], tuple(one["rules"]), one["resolved"]) for one in found["messages"]]
    outage = ("sv0-production-api-down", "sv0-production-production-unreachable")

    assert ("#sv0-alerts", outage, False) in sent or ("#sv0-alerts", outage[:1], False) in sent
    assert ("#sv0-alerts", outage, True) in sent
    assert ("#sv0-deploys", ("sv0-production-uncaught-exception",), False) in sent
    assert not [one for one in sent if one[0] == "#sv0-alerts" and QUEUE in one[1]]


def test_a_worse_rule_shows_how_often_it_would_have_fired(
    history: KnownHistory, whole: Path, run: Run, tmp_path: Path
) -> None:
    def spoil(rule: dict[str, Any]) -> None:
        threshold(rule, {"type": "gt", "params": [5]})
        rule["for"] = "0s"

    worse = changed_rule(whole, tmp_path / "worse.json", QUEUE, spoil)
    span = ("--days", "2", "--until", UNTIL)

    result = run("--manifest", worse, "--against", whole, "--changed", *span, url=history.url)
    lines = run("--manifest", worse, "--against", whole, "--changed", "--markdown", *span, url=history.url)

    assert result.exit_code == 0, result.output
    assert "2 days: before 1 firing, after 2." in result.output
    assert lines.output == (
        f"- `{QUEUE}`: 2 days: before 1 firing (10m00s, no data for 8m00s), after 2 (18m00s, no data for 8m00s)\n"
    )


def test_rules_without_an_api_are_named_and_a_rule_that_is_wrong_is_a_finding(
    history: KnownHistory, whole: Path, run: Run, tmp_path: Path
) -> None:
    def spoil(rule: dict[str, Any]) -> None:
        model = json.loads(rule["datas"][0]["model"])
        rule["datas"][0]["model"] = json.dumps({**model, "expr": "sum(("})

    wrong = changed_rule(whole, tmp_path / "wrong.json", QUEUE, spoil)
    span = ("--days", "0.2", "--until", UNTIL)

    plain = run("--manifest", whole, *span, "uncaught-exception", "queue-backing-up", url=history.url)
    spoilt = run("--manifest", wrong, *span, "queue-backing-up", url=history.url)

    assert plain.exit_code == 0, plain.output
    assert "left out: sv0-production-uncaught-exception: it reads logs; give --logs-url" in plain.output
    assert spoilt.exit_code == 1
    assert f"left out: {QUEUE}: the query is rejected: " in spoilt.output


def test_the_report_shows_what_fired_and_loads_nothing(found: dict[str, Any]) -> None:
    page = (found["folder"] / "report.html").read_text("utf-8")

    assert f'id="rule-{QUEUE}"' in page
    assert 'id="rule-sv0-dev-queue-backing-up"' not in page
    assert "default-src &#39;none&#39;" in page
    assert 'src="' not in page


def test_a_second_run_asks_for_nothing_and_finds_the_same(
    history: KnownHistory, whole: Path, run: Run, tmp_path: Path
) -> None:
    command = ("--manifest", whole, "--days", "2", "--until", UNTIL, "--json", "queue-backing-up")

    first, second, third = (json.loads(run(*command, *more, url=history.url).stdout) for more in ((), (), ("--fresh",)))

    assert first["rules"] == second["rules"] == third["rules"]
    assert (second["requests"], second["keptAnswers"]) == (0, first["requests"] - 1)
    assert third["requests"] == first["requests"] > 0
    kept = list((tmp_path / "build/backtest").iterdir())
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}


def test_days_before_the_first_sample_count_as_nothing(history: KnownHistory, whole: Path, run: Run) -> None:
    result = run("--manifest", whole, "--days", "9", "--until", UNTIL, "--json", "telemetry-missing", url=history.url)

    found = json.loads(result.stdout)
    assert abs(found["begin"] - history.planted.begin) < 3600
    assert [one["firingsFound"] for one in found["rules"]] == [[], []]


@pytest.mark.parametrize("option", ["--changed", "--markdown"])
def test_without_something_to_compare_with_there_is_no_change(run: Run, option: str) -> None:
    result = run(option, url="http://127.0.0.1:9")

    assert result.exit_code == 2
    assert "need --against" in result.output
