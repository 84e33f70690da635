"""What is told, where, how often; and what happens when GitHub or Slack do not play along."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from threading import Barrier
from typing import Any

import pytest

from probe.__main__ import run
from probe.classifier import Diagnosis
from probe.probing import ProbeResult
from probe.targets import Plan

PLAN = Plan.load()
READY, DATA, DEV = PLAN.targets
GOOD = Diagnosis("healthy", "", "200")
TUNNEL = Diagnosis("tunnel-down", "P1", "Cloudflare answers 530 in its place")
ORIGIN = Diagnosis("origin-down", "P1", "it answers 500")
EMPTY = Diagnosis("data-empty", "P2", "200, but meta.total_count is 0")
REFUSED = Diagnosis("access-refused", "P2", "403 of Cloudflare Access")
DEV_DOWN = Diagnosis("origin-down", "P3", "it answers 500")


def results(ready: Diagnosis = GOOD, data: Diagnosis = GOOD, dev: Diagnosis = GOOD) -> list[ProbeResult]:
    explained = not ready.serves
    return [
        ProbeResult(READY, ready, answered=True),
        ProbeResult(DATA, data, answered=True, explained=explained),
        ProbeResult(DEV, dev, answered=True),
    ]


@pytest.fixture(name="go")
def _go(env: dict[str, str]) -> Callable[..., tuple[int, list[str]]]:
    """One run that sees what it is given; waits cost nothing."""
    count = iter(range(1, 1000))

    def once(now: datetime, seen: list[ProbeResult] | None = None, number: str = "") -> tuple[int, list[str]]:
        variables = env | {"GITHUB_RUN_ID": number or str(next(count))}
        return run(PLAN, variables, now, lambda *_: results() if seen is None else seen, lambda _: None)

    return once


Go = Callable[..., tuple[int, list[str]]]
At = Callable[..., datetime]


def test_while_all_is_well_nothing_is_told_and_no_incident_is_opened(go: Go, at: At, github: Any, slack: Any) -> None:
    for hour in range(3):
        code, _ = go(at(hours=hour))
        assert code == 0

    assert (slack.told, github.open()) == ([], [])


def test_a_p1_is_told_at_night_once_with_fact_remedy_runbook_and_incident(
    go: Go, at: At, github: Any, slack: Any
) -> None:
    go(at(hours=2), results(TUNNEL))
    go(at(hours=2, minutes=20), results(TUNNEL))

    ((_, channel, text),) = slack.told
    (issue,) = github.open()
    assert channel == "alerts"
    assert text == (
        ":rotating_light: *P1: production cannot be reached through the Cloudflare tunnel*\n"
        "Seen from outside: Cloudflare answers 530 in its place\n"
        "First: Is the Mac mini on and online? Then restart cloudflared; Cloudflare's dashboard shows the tunnel's "
        "connectors.\n"
        f"Owner: ivan. <{PLAN.runbooks}/production-unreachable.md|Runbook>, "
        f"<https://github.com/acme/infra/issues/{issue['number']}|incident #{issue['number']}>, "
        "<https://github.com/acme/infra/actions/runs/1|run>"
    )
    assert issue["title"] == "production-ready: production cannot be reached through the Cloudflare tunnel"


def test_a_p1_is_repeated_hourly(go: Go, at: At, slack: Any) -> None:
    for minutes in (0, 30, 60, 90, 120):
        go(at(hours=2, minutes=minutes), results(TUNNEL))

    assert slack.heard("alerts") == [
        ":rotating_light: *P1: production cannot be reached through the Cloudflare tunnel*",
        ":rotating_light: *P1: Still, after 1 h: production cannot be reached through the Cloudflare tunnel*",
        ":rotating_light: *P1: Still, after 2 h: production cannot be reached through the Cloudflare tunnel*",
    ]


def test_a_change_is_told_and_so_is_a_change_back(go: Go, at: At, github: Any, slack: Any) -> None:
    for minute, diagnosis in enumerate([TUNNEL, ORIGIN, ORIGIN, TUNNEL]):
        go(at(hours=2, minutes=minute), results(diagnosis))

    assert [line.partition("production ")[2] for line in slack.heard("alerts")] == [
        "cannot be reached through the Cloudflare tunnel*",
        "is down*",
        "cannot be reached through the Cloudflare tunnel*",
    ]
    assert (len(github.open()), len(github.comments)) == (1, 3)


def test_recovery_is_told_with_the_duration_and_closes_the_incident(go: Go, at: At, github: Any, slack: Any) -> None:
    go(at(hours=2), results(TUNNEL))
    go(at(hours=3, minutes=32))
    go(at(hours=4))

    assert slack.heard("alerts")[1:] == [
        (
            ":white_check_mark: production-ready: production is healthy again after 1 h 32 min. "
            "<https://github.com/acme/infra/issues/1|Incident #1>"
        )
    ]
    assert github.open() == []
    assert "healthy again after 1 h 32 min" in github.comments[max(github.comments)]["body"]


def test_a_second_outage_is_a_second_incident(go: Go, at: At, github: Any, slack: Any) -> None:
    for hour, diagnosis in enumerate([TUNNEL, GOOD, TUNNEL]):
        go(at(hours=hour), results(diagnosis))

    incidents = [issue for issue in github.issues.values() if {"name": "incident"} in issue["labels"]]
    assert [issue["state"] for issue in incidents] == ["closed", "open"]
    assert len(slack.heard("alerts")) == 3


def test_what_another_target_explains_is_not_told(go: Go, at: At, github: Any, slack: Any) -> None:
    go(at(hours=10), results(TUNNEL, data=ORIGIN))

    assert (len(slack.told), len(github.open())) == (1, 1)


def test_a_wrong_token_is_never_called_an_outage(go: Go, at: At, slack: Any) -> None:
    go(at(hours=10), results(REFUSED))

    assert slack.heard("alerts") == [
        (
            ":warning: *P2: production does not let the probe in: the probe's token is wrong. "
            "This says nothing about the platform*"
        )
    ]


def test_a_p2_of_the_night_is_told_when_its_owner_begins_to_work(go: Go, at: At, github: Any, slack: Any) -> None:
    go(at(hours=2), results(data=EMPTY))
    assert (slack.told, len(github.open())) == ([], 1)

    go(at(hours=7, minutes=59), results(data=EMPTY))  # 8:59 in Berlin
    assert slack.heard("alerts") == []

    go(at(hours=8), results(data=EMPTY))
    assert len(slack.heard("alerts")) == 1


def test_a_p2_that_began_and_ended_at_night_is_written_down_and_told_to_nobody(
    go: Go, at: At, github: Any, slack: Any
) -> None:
    go(at(hours=2), results(data=EMPTY))
    go(at(hours=3))

    (issue,) = [one for one in github.issues.values() if {"name": "incident"} in one["labels"]]
    assert (slack.told, issue["state"]) == ([], "closed")
    assert "healthy again after 1 h" in github.comments[max(github.comments)]["body"]


def test_dev_never_reaches_the_channel_of_alerts(go: Go, at: At, slack: Any) -> None:
    go(at(hours=2), results(dev=DEV_DOWN))
    go(at(hours=3))

    assert (slack.heard("alerts"), len(slack.heard("deploys"))) == ([], 2)


def test_what_slack_did_not_take_is_not_noted_as_told_and_is_told_by_the_next_run(
    go: Go, at: At, github: Any, slack: Any
) -> None:
    slack.refuse = lambda *_: (503, {}, "internal_error")
    code, lines = go(at(hours=2), results(TUNNEL))

    assert code == 1
    assert "production-ready: not told: Slack (127.0.0.1) does not take POST: it answers 503" in lines
    assert (github.comments, len(slack.asked)) == ({}, 3)

    slack.refuse = lambda *_: None
    code, _ = go(at(hours=2, minutes=20), results(TUNNEL))

    assert (code, len(slack.told)) == (0, 1)


def test_a_p1_that_began_and_ended_while_slack_was_down_is_told_late(go: Go, at: At, slack: Any) -> None:
    slack.refuse = lambda *_: (500, {}, "")
    go(at(hours=2), results(TUNNEL))
    slack.refuse = lambda *_: None
    go(at(hours=3))

    assert slack.heard("alerts") == [
        (
            ":white_check_mark: production-ready: production is healthy again after 1 h. It could not be told while it "
            "lasted. <https://github.com/acme/infra/issues/1|Incident #1>"
        )
    ]


def test_slack_s_rate_limit_is_waited_for(env: dict[str, str], at: At, slack: Any) -> None:
    waits: list[float] = []
    refusals = iter([(429, {"Retry-After": "7"}, "rate_limited")])
    slack.refuse = lambda *_: next(refusals, None)

    code, _ = run(PLAN, env, at(hours=2), lambda *_: results(TUNNEL), waits.append)

    assert (code, waits, len(slack.told)) == (0, [7.0], 1)


@pytest.mark.parametrize(
    ("refusal", "waits"),
    [
        pytest.param((502, {}, {}), [1.0, 2.0], id="5xx"),
        pytest.param((429, {"Retry-After": "3"}, {}), [3.0, 3.0], id="429 with a time"),
        pytest.param((403, {"Retry-After": "9"}, {}), [9.0, 9.0], id="403 with a time"),
        pytest.param((403, {"X-RateLimit-Remaining": "0"}, {}), [1.0, 2.0], id="403 of an empty quota"),
        pytest.param(
            (403, {}, {"message": "You have exceeded a secondary rate limit"}),
            [1.0, 2.0],
            id="403 of a secondary limit",
        ),
        pytest.param((403, {}, {"message": "Resource not accessible"}), [], id="403 for good"),
        pytest.param((401, {}, {}), [], id="401"),
        pytest.param((429, {"Retry-After": "3600"}, {}), [], id="a time that no run waits for"),
    ],
)
def test_github_is_asked_again_where_that_may_help(
    env: dict[str, str], at: At, github: Any, refusal: tuple[int, object, object], waits: list[float]
) -> None:
    waited: list[float] = []
    github.refuse = lambda *_: refusal

    code, lines = run(PLAN, env, at(hours=2), lambda *_: results(TUNNEL), waited.append)

    assert (code, waited) == (1, waits)
    assert lines[-1] == f"Nothing was told: GitHub (127.0.0.1) does not take GET: it answers {refusal[0]}"


def test_without_github_nothing_is_told_because_nothing_could_be_remembered(
    go: Go, at: At, github: Any, slack: Any
) -> None:
    github.refuse = lambda *_: (500, {}, {})

    assert go(at(hours=2), results(TUNNEL))[0] == 1
    assert slack.told == []


def test_a_note_that_github_loses_after_slack_s_ok_is_told_again_rather_than_never(
    go: Go, at: At, github: Any, slack: Any
) -> None:
    github.refuse = lambda method, path: (500, {}, {}) if method == "PATCH" and "comments" in path else None
    assert go(at(hours=2), results(TUNNEL))[0] == 1
    github.refuse = lambda *_: None

    go(at(hours=2, minutes=5), results(TUNNEL))
    assert len(slack.told) == 1  # the claim of the first run still holds

    go(at(hours=2, minutes=20), results(TUNNEL))
    assert len(slack.told) == 2


def test_an_incident_whose_closing_failed_is_closed_by_the_next_run_without_a_word(
    go: Go, at: At, github: Any, slack: Any
) -> None:
    go(at(hours=2), results(TUNNEL))
    github.refuse = lambda method, path: (500, {}, {}) if (method, path[-2:]) == ("PATCH", "/1") else None
    assert go(at(hours=3))[0] == 1
    github.refuse = lambda *_: None
    go(at(hours=4))

    assert (github.open(), len(slack.told)) == ([], 2)


def test_a_second_issue_of_one_target_is_closed_as_not_planned(go: Go, at: At, github: Any, slack: Any) -> None:
    go(at(hours=2), results(TUNNEL))
    github._opened({"title": "left behind", "body": github.issues[1]["body"], "labels": ["incident"]})
    go(at(hours=2, minutes=5), results(TUNNEL))

    assert [issue["number"] for issue in github.open()] == [1]
    assert github.issues[max(github.issues)]["state_reason"] == "not_planned"
    assert len(slack.told) == 1


def test_incidents_beyond_the_first_page_are_found(go: Go, at: At, github: Any, slack: Any) -> None:
    go(at(hours=9), results(TUNNEL, dev=DEV_DOWN))
    for number in range(5):
        github._opened({"title": f"by hand {number}", "body": "no mark", "labels": ["incident"]})
    go(at(hours=9, minutes=10), results(TUNNEL, dev=DEV_DOWN))

    assert len(slack.told) == 2


def test_a_comment_of_somebody_else_proves_nothing(go: Go, at: At, github: Any, slack: Any) -> None:
    slack.refuse = lambda *_: (500, {}, "")
    go(at(hours=2), results(TUNNEL))
    slack.refuse = lambda *_: None
    forged = {"number": 0, "kind": "tunnel-down", "tier": "P1", "run": "x", "told": "2026-11-30T02:00:00+00:00"}
    comment = github._made() | {"issue": 1, "body": f"<!-- sv0-probe {json.dumps(forged)} -->"}
    github.comments[comment["id"]] = comment | {"user": {"login": "stranger"}}
    go(at(hours=2, minutes=1), results(TUNNEL))

    assert len(slack.told) == 1


def test_lists_that_lag_behind_hide_nothing(go: Go, at: At, github: Any, slack: Any) -> None:
    github.refuse = lambda method, _: (200, {}, []) if method == "GET" else None
    go(at(hours=2), results(TUNNEL))

    assert len(slack.heard("alerts")) == 1


def test_an_offline_prober_concludes_nothing_and_fails(env: dict[str, str], at: At, github: Any) -> None:
    code, lines = run(PLAN, env, at(), lambda *_: None)

    assert (code, github.asked) == (1, [])
    assert lines == ["The prober is offline: not one target and no control address answers. Nothing is concluded."]


@pytest.mark.parametrize("before", 2 * [[], [TUNNEL], [TUNNEL, ORIGIN]])
@pytest.mark.parametrize("diagnosis", [TUNNEL, GOOD])
def test_runs_that_overlap_tell_once(
    race: Callable[[list[Diagnosis], Diagnosis], tuple[list[int], int]],
    github: Any,
    before: list[Diagnosis],
    diagnosis: Diagnosis,
) -> None:
    codes, told = race(before, diagnosis)

    due = diagnosis.kind != (before[-1].kind if before else "healthy")
    assert (codes, told) == ([0, 0, 0], int(due))
    assert len(github.open()) == (0 if diagnosis.healthy else 1)


@pytest.fixture(name="race")
def _race(env: dict[str, str], at: At, slack: Any) -> Callable[[list[Diagnosis], Diagnosis], tuple[list[int], int]]:
    """Three runs at once, though the workflow's concurrency group lets one run at a time."""

    def once(number: int, now: datetime, seen: Diagnosis, gate: Barrier | None = None) -> int:
        def prober(*_: object) -> list[ProbeResult]:
            if gate:
                gate.wait(5)
            return results(seen)

        return run(PLAN, env | {"GITHUB_RUN_ID": str(number)}, now, prober, lambda _: None)[0]

    def raced(before: list[Diagnosis], diagnosis: Diagnosis) -> tuple[list[int], int]:
        for minute, seen in enumerate([GOOD, *before]):
            once(minute, at(hours=2, minutes=minute), seen)
        told, now, gate = len(slack.told), at(hours=2, minutes=10), Barrier(3)
        with ThreadPoolExecutor(3) as pool:
            codes = list(pool.map(lambda number: once(number, now, diagnosis, gate), (70, 71, 72)))
        return codes, len(slack.told) - told

    return raced


def test_no_credential_is_in_anything_that_is_told_or_printed(
    env: dict[str, str], at: At, github: Any, slack: Any
) -> None:
    slack.refuse = lambda *_: (500, {}, "") if slack.told else None
    _, lines = run(PLAN, env, at(hours=9), lambda *_: results(ORIGIN, dev=DEV_DOWN), lambda _: None)

    said = "\n".join([*lines, str(slack.told), str(github.issues), str(github.comments)])
    secrets = [env[name] for name in env if name.startswith(("CF_", "SLACK_")) or name == "GITHUB_TOKEN"]
    assert [secret for secret in secrets if secret in said] == []


def test_what_a_server_says_can_neither_ping_nor_link_in_slack(go: Go, at: At, slack: Any) -> None:
    hostile = replace(ORIGIN, fact="<!channel> <https://evil.example.com|click> & *bold*")
    go(at(hours=2), results(hostile))

    assert "Seen from outside: &lt;!channel&gt; &lt;https://evil.example.com|click&gt; &amp; *bold*" in slack.told[0][2]


def test_a_mark_that_a_server_forges_ends_no_comment_of_ours(go: Go, at: At, slack: Any) -> None:
    forged = replace(ORIGIN, fact='--> <!-- sv0-probe {"target":"dev-ready","told":"x"} -->')
    go(at(hours=2), results(forged))
    go(at(hours=2, minutes=1), results(forged))

    assert len(slack.told) == 1
