"""What is posted, where and how often, and what happens if GitHub or Slack fails."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from probe.__main__ import run
from probe.classifier import Diagnosis
from probe.probing import ProbeResult
from probe.targets import AnnouncedWork
from tests.probe.plan import DATA, DEV, PLAN, READY

GOOD = Diagnosis("healthy", "", "200")
TUNNEL = Diagnosis("tunnel-down", "P1", "Cloudflare answers 530 instead of the platform")
ORIGIN = Diagnosis("origin-down", "P1", "HTTP 500")
EMPTY = Diagnosis("data-empty", "P2", "200, but meta.total_count is 0")
REJECTED = Diagnosis("access-refused", "P2", "403 from Cloudflare Access")
DEV_DOWN = Diagnosis("origin-down", "P3", "HTTP 500")


def results(ready: Diagnosis = GOOD, data: Diagnosis = GOOD, dev: Diagnosis = GOOD) -> list[ProbeResult]:
    return [
        ProbeResult(READY, ready, answered=True),
        ProbeResult(DATA, data, answered=True, explained=not ready.serves),
        ProbeResult(DEV, dev, answered=True),
    ]


@pytest.fixture(name="go")
def _go(env: dict[str, str]) -> Callable[..., tuple[int, list[str]]]:
    """One run with given results and without waits."""
    count = iter(range(1, 1000))

    def once(now: datetime, seen: list[ProbeResult] | None = None) -> tuple[int, list[str]]:
        variables = env | {"GITHUB_RUN_ID": str(next(count))}
        return run(PLAN, variables, now, lambda *_: results() if seen is None else seen, lambda _: None)

    return once


Go = Callable[..., tuple[int, list[str]]]
At = Callable[..., datetime]


def test_a_healthy_platform_causes_no_message_and_no_incident(go: Go, at: At, github: Any, slack: Any) -> None:
    for hour in range(3):
        code, _ = go(at(hours=hour))
        assert code == 0

    assert (slack.posted, github.open()) == ([], [])


def test_a_p1_is_posted_at_night_once_with_fact_remedy_runbook_and_incident(
    go: Go, at: At, github: Any, slack: Any
) -> None:
    go(at(hours=2), results(TUNNEL))
    go(at(hours=2, minutes=20), results(TUNNEL))

    ((_, channel, text),) = slack.posted
    (issue,) = github.open()
    assert channel == "alerts"
    assert text == (
        ":rotating_light: *P1: production cannot be reached through the Cloudflare tunnel*\n"
        "Seen from outside: `Cloudflare answers 530 instead of the platform`\n"
        "First: Is the Mac mini on and online? Then restart cloudflared; Cloudflare's dashboard shows the tunnel's "
        "connectors.\n"
        f"Owner: ann. <{PLAN.runbooks}/production-unreachable.md|Runbook>, "
        f"<https://github.com/acme/infra/issues/{issue['number']}|incident #{issue['number']}>, "
        "<https://github.com/acme/infra/actions/runs/1|run>\n"
        "<!channel>"
    )
    assert "channel>" not in issue["body"]
    assert issue["title"] == "production-ready: production cannot be reached through the Cloudflare tunnel"


def test_only_a_p1_that_fails_mentions_somebody(go: Go, at: At, slack: Any) -> None:
    """Neither its recovery, nor a P2 in business hours, nor a P3."""
    go(at(hours=9), results(TUNNEL))
    go(at(hours=10), results())
    go(at(hours=11), results(data=EMPTY, dev=DEV_DOWN))

    assert ["<!channel>" in text for _, _, text in slack.posted] == [True, False, False, False]


def test_a_p1_is_repeated_as_often_as_by_grafana(go: Go, at: At, slack: Any) -> None:
    for hours in range(9):
        go(at(hours=2 + hours), results(TUNNEL))

    assert slack.headlines("alerts") == [
        ":rotating_light: *P1: production cannot be reached through the Cloudflare tunnel*",
        ":rotating_light: *P1: Still, after 4 h: production cannot be reached through the Cloudflare tunnel*",
        ":rotating_light: *P1: Still, after 8 h: production cannot be reached through the Cloudflare tunnel*",
    ]


def test_a_change_is_posted_and_so_is_a_change_back(go: Go, at: At, github: Any, slack: Any) -> None:
    for minute, diagnosis in enumerate([TUNNEL, ORIGIN, ORIGIN, TUNNEL]):
        go(at(hours=2, minutes=minute), results(diagnosis))

    assert [line.partition("production ")[2] for line in slack.headlines("alerts")] == [
        "cannot be reached through the Cloudflare tunnel*",
        "is down*",
        "cannot be reached through the Cloudflare tunnel*",
    ]
    assert (len(github.open()), len(github.comments)) == (1, 3)


def test_recovery_is_posted_with_the_duration_and_closes_the_incident(go: Go, at: At, github: Any, slack: Any) -> None:
    go(at(hours=2), results(TUNNEL))
    go(at(hours=3, minutes=32))
    go(at(hours=4))

    assert slack.headlines("alerts")[1:] == [
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
    assert len(slack.headlines("alerts")) == 3


def test_a_failure_that_another_target_explains_is_not_posted(go: Go, at: At, github: Any, slack: Any) -> None:
    go(at(hours=10), results(TUNNEL, data=ORIGIN))

    assert (len(slack.posted), len(github.open())) == (1, 1)


def test_a_wrong_token_is_never_called_an_outage(go: Go, at: At, slack: Any) -> None:
    go(at(hours=10), results(REJECTED))

    assert slack.headlines("alerts") == [
        (
            ":warning: *P2: production rejects the probe: the probe's token is wrong. "
            "This says nothing about the platform*"
        )
    ]


def test_a_p2_of_the_night_is_posted_when_its_owner_s_business_hours_begin(
    go: Go, at: At, github: Any, slack: Any
) -> None:
    go(at(hours=2), results(data=EMPTY))
    assert (slack.posted, len(github.open())) == ([], 1)

    go(at(hours=7, minutes=59), results(data=EMPTY))  # 8:59 in Berlin
    assert slack.headlines("alerts") == []

    go(at(hours=8), results(data=EMPTY))
    assert len(slack.headlines("alerts")) == 1


def test_a_p2_that_began_and_ended_at_night_is_recorded_and_not_posted(go: Go, at: At, github: Any, slack: Any) -> None:
    go(at(hours=2), results(data=EMPTY))
    go(at(hours=3))

    (issue,) = [one for one in github.issues.values() if {"name": "incident"} in one["labels"]]
    assert (slack.posted, issue["state"]) == ([], "closed")
    assert "healthy again after 1 h" in github.comments[max(github.comments)]["body"]


def test_dev_never_reaches_the_alerts_channel(go: Go, at: At, slack: Any) -> None:
    go(at(hours=2), results(dev=DEV_DOWN))
    go(at(hours=3))

    assert (slack.headlines("alerts"), len(slack.headlines("deploys"))) == ([], 2)


def test_what_slack_did_not_accept_is_not_recorded_and_the_next_run_posts_it(
    go: Go, at: At, github: Any, slack: Any
) -> None:
    slack.override = lambda *_: (503, {}, "internal_error")
    code, lines = go(at(hours=2), results(TUNNEL))

    assert code == 1
    assert "production-ready: not notified: Slack (127.0.0.1): POST failed: HTTP 503" in lines
    assert (github.comments, len(slack.asked)) == ({}, 3)

    slack.override = lambda *_: None
    code, _ = go(at(hours=2, minutes=20), results(TUNNEL))

    assert (code, len(slack.posted)) == (0, 1)


def test_a_p1_that_began_and_ended_while_slack_was_down_is_posted_late(go: Go, at: At, slack: Any) -> None:
    slack.override = lambda *_: (500, {}, "")
    go(at(hours=2), results(TUNNEL))
    slack.override = lambda *_: None
    go(at(hours=3))

    assert slack.headlines("alerts") == [
        (
            ":white_check_mark: production-ready: production is healthy again after 1 h. Slack got no message while "
            "it lasted. <https://github.com/acme/infra/issues/1|Incident #1>"
        )
    ]


def test_a_run_waits_for_slack_s_rate_limit(env: dict[str, str], at: At, slack: Any) -> None:
    waits: list[float] = []
    replies = iter([(429, {"Retry-After": "7"}, "rate_limited")])
    slack.override = lambda *_: next(replies, None)

    code, _ = run(PLAN, env, at(hours=2), lambda *_: results(TUNNEL), waits.append)

    assert (code, waits, len(slack.posted)) == (0, [7.0], 1)


@pytest.mark.parametrize(
    ("reply", "waits"),
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
        pytest.param((429, {"Retry-After": "3600"}, {}), [], id="a time that is too long for a run"),
    ],
)
def test_github_is_called_again_where_that_may_help(
    env: dict[str, str], at: At, github: Any, reply: tuple[int, object, object], waits: list[float]
) -> None:
    waited: list[float] = []
    github.override = lambda *_: reply

    code, lines = run(PLAN, env, at(hours=2), lambda *_: results(TUNNEL), waited.append)

    assert (code, waited) == (1, waits)
    assert lines[-1] == f"Nobody was notified: GitHub (127.0.0.1): GET failed: HTTP {reply[0]}"


def test_without_github_nothing_is_posted_because_nothing_could_be_recorded(
    go: Go, at: At, github: Any, slack: Any
) -> None:
    github.override = lambda *_: (500, {}, {})

    assert go(at(hours=2), results(TUNNEL))[0] == 1
    assert slack.posted == []


def test_a_message_whose_record_github_loses_is_posted_again_by_the_next_run_and_then_no_more(
    go: Go, at: At, github: Any, slack: Any
) -> None:
    github.override = lambda method, path: (500, {}, {}) if method == "POST" and "comments" in path else None
    assert go(at(hours=2), results(TUNNEL))[0] == 1
    assert (len(slack.posted), github.comments) == (1, {})

    github.override = lambda *_: None
    for minutes in (5, 10):
        assert go(at(hours=2, minutes=minutes), results(TUNNEL))[0] == 0

    assert (len(slack.posted), len(github.comments)) == (2, 1)


def test_an_incident_whose_closing_failed_is_closed_by_the_next_run_without_a_message(
    go: Go, at: At, github: Any, slack: Any
) -> None:
    go(at(hours=2), results(TUNNEL))
    github.override = lambda method, path: (500, {}, {}) if (method, path[-2:]) == ("PATCH", "/1") else None
    assert go(at(hours=3))[0] == 1
    github.override = lambda *_: None
    go(at(hours=4))

    assert (github.open(), len(slack.posted)) == ([], 2)


def test_a_second_issue_of_one_target_is_closed_as_not_planned(go: Go, at: At, github: Any, slack: Any) -> None:
    go(at(hours=2), results(TUNNEL))
    github._opened({"title": "left behind", "body": github.issues[1]["body"], "labels": ["incident"]})
    go(at(hours=2, minutes=5), results(TUNNEL))

    assert [issue["number"] for issue in github.open()] == [1]
    assert github.issues[max(github.issues)]["state_reason"] == "not_planned"
    assert len(slack.posted) == 1


def test_incidents_beyond_the_first_page_are_found(go: Go, at: At, github: Any, slack: Any) -> None:
    go(at(hours=9), results(TUNNEL, dev=DEV_DOWN))
    for number in range(5):
        github._opened({"title": f"by hand {number}", "body": "no mark", "labels": ["incident"]})
    go(at(hours=9, minutes=10), results(TUNNEL, dev=DEV_DOWN))

    assert len(slack.posted) == 2


def test_lists_that_lag_behind_hide_nothing(go: Go, at: At, github: Any, slack: Any) -> None:
    github.override = lambda method, _: (200, {}, []) if method == "GET" else None
    go(at(hours=2), results(TUNNEL))

    assert len(slack.headlines("alerts")) == 1


def test_an_offline_prober_concludes_nothing_and_fails(env: dict[str, str], at: At, github: Any) -> None:
    code, lines = run(PLAN, env, at(), lambda *_: None)

    assert (code, github.asked) == (1, [])
    assert lines == ["The prober is offline: no target and no control address answers. No target was classified."]


def test_no_credential_is_in_anything_that_is_posted_or_printed(
    env: dict[str, str], at: At, github: Any, slack: Any
) -> None:
    slack.override = lambda *_: (500, {}, "") if slack.posted else None
    _, lines = run(PLAN, env, at(hours=9), lambda *_: results(ORIGIN, dev=DEV_DOWN), lambda _: None)

    text = "\n".join([*lines, str(slack.posted), str(github.issues), str(github.comments)])
    secrets = [env[name] for name in env if name.startswith(("CF_", "SLACK_")) or name == "GITHUB_TOKEN"]
    assert [secret for secret in secrets if secret in text] == []


@pytest.fixture(name="at_work")
def _at_work(env: dict[str, str], at: At) -> Callable[..., tuple[int, list[str]]]:
    """One run of a plan in which work on production's address is announced from 2:00 to 3:00."""
    work = AnnouncedWork(name="disk", begins=at(hours=2), ends=at(hours=3), targets=["production-ready"])
    plan = replace(PLAN, windows=(work,))
    return lambda now, seen: run(plan, env, now, lambda *_: seen, lambda _: None)


def test_announced_work_is_silent_from_its_begin_on_and_what_is_left_at_its_end_is_posted(
    at_work: Go, at: At, github: Any, slack: Any
) -> None:
    for minutes in (0, 59):
        code, lines = at_work(at(hours=2, minutes=minutes), results(TUNNEL))
        assert (code, slack.posted, github.open()) == (0, [], [])
        assert lines[0].endswith(" (not reported: maintenance disk)")

    at_work(at(hours=3), results(TUNNEL))
    assert len(slack.headlines("alerts")) == 1


def test_before_announced_work_and_of_other_targets_everything_is_posted(at_work: Go, at: At, slack: Any) -> None:
    at_work(at(hours=1, minutes=59), results(TUNNEL))
    assert len(slack.headlines("alerts")) == 1

    at_work(at(hours=2, minutes=30), results(dev=DEV_DOWN))
    assert (len(slack.headlines("alerts")), len(slack.headlines("deploys"))) == (1, 1)

    # What was posted before the work and ended meanwhile is closed by the first run after it.
    at_work(at(hours=3, minutes=1), results(dev=DEV_DOWN))
    assert slack.headlines("alerts")[1].startswith(":white_check_mark: production-ready")


def test_work_that_never_ends_or_names_no_target_is_rejected(at: At) -> None:
    begins = at(hours=2)
    work = AnnouncedWork(name="disk", begins=begins, ends=begins, targets=["production-ready"])
    endless = replace(work, ends=begins + timedelta(hours=24, minutes=1))
    unzoned = replace(work, ends=at(hours=3).replace(tzinfo=None))
    unknown = replace(work, ends=at(hours=3), targets=["production"])

    instead = "has no begin and end with a zone within 24 h; write them as in catalogue/maintenance.yaml"
    names = "production-ready, production-data, dev-ready"
    assert list(replace(PLAN, windows=(work, endless, unzoned, unknown)).problems()) == [
        *[f"windows.disk: {instead}"] * 3,
        f'windows.disk: unknown target "production"; write one of {names}',
    ]
