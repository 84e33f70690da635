"""A week of runs: late and missing ones, outages, short failures, and Slack and GitHub failing meanwhile."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from probe.__main__ import run
from probe.fetch import Request, Response
from probe.probing import ProbeResult, probe_all
from probe.targets import Plan
from tests.probe.plan import PLAN

# A run an hour, as an outside scheduler or a larger plan would start it.
HOURLY = replace(PLAN, longest_gap=timedelta(hours=2).total_seconds())

TOKEN = "the probe's token is wrong. This says nothing about the platform"
MONDAY = datetime(2026, 11, 30, tzinfo=UTC)
GOOD = {"ready": b'{"status":"ready"}', "findings": b'{"meta":{"total_count":7}}'}
TUNNEL = (530, b"error code: 1033")
BROKEN = (500, b"")
EMPTY = (200, b'{"meta":{"total_count":0}}')
REJECTED = (403, b"Cloudflare Access")

# Part of the address, days after Monday 0:00 UTC, hours from and until, response.
OUTAGES = [
    ("app.", 1, 10.0, 11.5, TUNNEL),  # 90 minutes on Tuesday
    ("findings", 1, 20.0, 36.0, EMPTY),  # Tuesday night until Wednesday noon
    ("dev.", 3, 8.8, 13.0, BROKEN),  # Thursday, GitHub fails as well
    ("app.", 3, 14.9, 17.5, BROKEN),  # Thursday, Slack fails as well
    ("app.", 4, 12.0, 14.0, REJECTED),  # the token expires on Friday
    ("app.", 5, 3.0, 5.0, TUNNEL),  # Saturday night
]
SHORT_FAILURES = [(0, 12), (2, 3), (5, 20)]
"""Runs (day, hour) in which the first two tries of production fail."""
DROPPED = [
    *((0, hour) for hour in range(17, 22)),
    *((1, hour) for hour in range(2, 6)),
    *((6, hour) for hour in range(2, 7)),
]
SLACK_DOWN = (3, 14.0, 16.0)
GITHUB_DOWN = (3, 9.0, 11.0)


def within(hours: float, span: tuple[int, float, float]) -> bool:
    day, begins, ends = span
    return day * 24 + begins <= hours < day * 24 + ends


def failing(status: int, *, down: bool) -> Callable[..., tuple[int, dict[str, str], str] | None]:
    return lambda *_: (status, {}, "<html>") if down else None


class WeekSimulator:
    """The platform's responses at an hour of the week."""

    def __init__(self, hours: float, *, first_tries_fail: bool) -> None:
        self.hours, self.first_tries_fail, self.tries = hours, first_tries_fail, Counter[str]()

    def fetch(self, request: Request) -> Response:
        """Respond to one try."""
        self.tries[request.url] += 1
        status, body = 200, GOOD["findings" if "findings" in request.url else "ready"]
        for part, day, begins, ends, answer in OUTAGES:
            if part in request.url and within(self.hours, (day, begins, ends)):
                status, body = answer
        if self.first_tries_fail and "app." in request.url and self.tries[request.url] < 3:
            status, body = BROKEN
        return Response(status, {}, body, True, 0.1)  # noqa: FBT003  # all of the body

    def prober(self, plan: Plan, _: object) -> list[ProbeResult] | None:
        """Probe as the program does, without its pauses."""
        return probe_all(plan, {}, self.fetch, lambda _seconds: None)


@pytest.fixture(name="week")
def _week(env: dict[str, str], at: Callable[..., datetime], github: Any, slack: Any) -> list[tuple[datetime, int]]:
    """Run through the week; time and exit code of every run."""
    github.page = 30
    codes: list[tuple[datetime, int]] = []
    for number, (day, hour) in enumerate((day, hour) for day in range(7) for hour in range(24)):
        if (day, hour) in DROPPED:
            continue
        # Late by 0 to 16 minutes, as GitHub's cron is.
        now = at(day, hour, 23 + number * 7 % 17)
        hours = (now - MONDAY) / timedelta(hours=1)
        slack.override = failing(503, down=within(hours, SLACK_DOWN))
        github.override = failing(502, down=within(hours, GITHUB_DOWN))
        simulator = WeekSimulator(hours, first_tries_fail=(day, hour) in SHORT_FAILURES)
        code, _ = run(HOURLY, env | {"GITHUB_RUN_ID": str(number)}, now, simulator.prober, lambda _: None)
        codes.append((now, code))
    return codes


DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def hours_of(slack: Any, channel: str) -> list[tuple[str, str]]:
    """Day and hour of each message, and its headline without formatting."""
    return [
        (f"{DAYS[now.weekday()]} {now:%H}", text.splitlines()[0].split(" <")[0].partition(": ")[2].strip("*"))
        for now, where, text in slack.posted
        if where == channel
    ]


def test_in_a_week_each_incident_is_posted_once_and_resolved_once_and_a_run_that_cannot_notify_fails(
    week: list[tuple[datetime, int]], github: Any, slack: Any
) -> None:
    """One test, because the week takes two seconds; the functions below are its rules."""
    assert len(week) > 150
    incidents_and_no_short_failures(github, slack)
    gaps_at_most_daily_and_dev_not_in_alerts(slack)
    failures_exactly_when_not_notified(week)
    clock_with_every_gap(github)


def incidents_and_no_short_failures(github: Any, slack: Any) -> None:
    assert hours_of(slack, "alerts") == [
        ("Tue 10", "P1: production cannot be reached through the Cloudflare tunnel"),
        ("Tue 11", "production-ready: production is healthy again after 1 h 7 min."),
        # Empty since Tuesday, 20:00; business hours begin at 9:00 in Berlin.
        ("Wed 08", "P2: production answers, but has no findings for the probe's tenant"),
        ("Wed 12", "production-data: production is healthy again after 16 h 10 min."),
        # Seen at 15:26, but Slack accepted nothing before 16:00.
        ("Thu 16", "P1: production is down"),
        ("Thu 17", "production-ready: production is healthy again after 1 h 57 min."),
        ("Fri 12", f"P2: production rejects the probe: {TOKEN}"),
        ("Fri 14", "production-ready: production is healthy again after 1 h 57 min."),
        ("Sat 03", "P1: production cannot be reached through the Cloudflare tunnel"),
        ("Sat 05", "production-ready: production is healthy again after 1 h 57 min."),
    ]
    assert github.open() == []


def gaps_at_most_daily_and_dev_not_in_alerts(slack: Any) -> None:
    assert [(hour, what.partition(";")[0]) for hour, what in hours_of(slack, "deploys")] == [
        ("Mon 22", "P3: the outside probe did not run for 5 h 51 min"),  # that of Tuesday is not posted: at most daily
        ("Thu 11", "P3: dev is down"),
        ("Thu 11", "P3: the outside probe did not run for 2 h 47 min"),
        ("Thu 13", "dev-ready: dev is healthy again after 1 h 57 min."),
        ("Sun 07", "P3: the outside probe did not run for 5 h 51 min"),
    ]


def failures_exactly_when_not_notified(week: list[tuple[datetime, int]]) -> None:
    failed = [f"{DAYS[now.weekday()]} {now:%H}" for now, code in week if code]

    assert failed == ["Thu 09", "Thu 10", "Thu 15"]


def clock_with_every_gap(github: Any) -> None:
    (issue,) = github.open("probe-clock")

    # The first run and the two without GitHub add no gap.
    assert issue["body"].startswith("The probe keeps this issue; do not close it. ")
    assert "the longest 5 h 51 min: an outage may have been seen that late. The limit is 2 h." in issue["body"]
