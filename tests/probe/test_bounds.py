"""The longest run ends before the workflow's timeout, whatever GitHub and Slack do; the token goes to GitHub alone."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from probe import __main__ as command
from probe import http_client
from probe.__main__ import NOTIFYING, run
from probe.fetch import FetchFailure, Phase, Request, Response, address_problem, fetch
from probe.http_client import TimeBudget
from probe.targets import Plan
from resilience.core.yaml_files import read_own
from resilience.model.catalogue import ROOT
from tests.probe.conftest import MONDAY, LoopbackServer, ServerReply
from tests.probe.plan import PLAN
from tests.probe.test_classifier import RawServer, drips, says
from tests.probe.test_notifier import DEV_DOWN, EMPTY, TUNNEL, At, results

SETUP = 60.0
"""Seconds that the workflow's other steps get: check out, and notify Slack of a run that failed."""


def workflow_seconds() -> float:
    raw = read_own((ROOT / ".github/workflows/platform-health.yml").read_text(encoding="utf-8"))
    return 60.0 * float(raw["jobs"]["probe"]["timeout-minutes"])


class SlowServices:
    """GitHub and Slack as a fake clock: what a call takes and what it answers; `passed` in seconds."""

    def __init__(self, answer: Callable[[int, Request], Response | FetchFailure]) -> None:
        self.passed, self.calls, self._answer = 0.0, 0, answer

    def fetch(self, request: Request) -> Response | FetchFailure:
        """Answer in the time that the answer states."""
        self.calls += 1
        outcome = self._answer(self.calls, request)
        self.passed += outcome.seconds
        return outcome

    def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        assert seconds >= 0
        self.passed += seconds


def said(status: int, content: object, request: Request, **headers: str) -> Response:
    """A response that takes nearly the whole deadline of its request."""
    found = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, found, json.dumps(content).encode(), whole=True, seconds=request.deadline * 0.99)


def issue(number: int) -> dict[str, object]:
    return {"number": number, "created_at": "2026-11-30T00:00:00Z", "user": {"login": "github-actions[bot]"}}


def takes_all_its_time(_: int, request: Request) -> FetchFailure:
    return FetchFailure(Phase.BODY, request.timeout_reason, request.deadline)


def limits(number: int, request: Request) -> Response:
    """Two of three calls are asked to wait as long as the probe accepts."""
    if number % 3:
        return said(429, {}, request, retry_after="15")
    return said(200, [] if request.method == "GET" else issue(number), request)


def limits_at_once(number: int, request: Request) -> Response:
    answer = limits(number, request)
    return Response(answer.status, answer.headers, answer.body, whole=True, seconds=0.0)


def never_ends(number: int, request: Request) -> Response:
    """Pages without end, each just in time."""
    if request.method != "GET":
        return said(200, issue(number), request)
    return said(200, [issue(number)] * 100, request, link=f'<{request.url}>; rel="next"')


def fails(number: int, request: Request) -> Response:
    return said(500 + number % 5, {}, request)


@pytest.mark.parametrize("answer", [takes_all_its_time, limits, limits_at_once, never_ends, fails])
def test_the_longest_run_ends_before_the_workflow_s_timeout(
    env: dict[str, str], monkeypatch: pytest.MonkeyPatch, answer: Callable[[int, Request], Response | FetchFailure]
) -> None:
    services = SlowServices(answer)
    monkeypatch.setattr(http_client, "fetch", services.fetch)
    run(PLAN, env, MONDAY, lambda *_: results(TUNNEL, EMPTY, DEV_DOWN), services.sleep)

    assert services.calls > 0
    assert services.passed <= NOTIFYING
    for plan in (PLAN, Plan.load()):
        assert plan.slowest + services.passed + SETUP <= workflow_seconds()


def test_a_step_that_takes_its_whole_share_leaves_the_others_theirs_and_what_it_saves_is_theirs() -> None:
    budget = TimeBudget(100.0)
    shares = []
    for steps, spent in ((4, 99.0), (3, 5.0), (2, 0.0), (1, 0.0)):
        budget.begin(steps)
        shares.append(budget.left)
        budget.spend(spent)

    assert shares == [25.0, 25.0, 35.0, 70.0]


def test_the_clock_is_recorded_although_every_call_about_an_incident_takes_all_its_time(
    env: dict[str, str], monkeypatch: pytest.MonkeyPatch, github: Any
) -> None:

    def slow_about_incidents(request: Request) -> Response | FetchFailure:
        slow = re.search(r"/services/|/comments|labels=incident$", request.url) or b'"incident"' in (
            request.body or b""
        )
        return takes_all_its_time(0, request) if slow else fetch(request)

    monkeypatch.setattr(http_client, "fetch", slow_about_incidents)
    code, lines = run(PLAN, env, MONDAY, lambda *_: results(TUNNEL, EMPTY, DEV_DOWN), lambda _: None)

    assert (code, len(github.open("probe-clock"))) == (1, 1)
    assert [line.partition(":")[0] for line in lines[3:]] == ["production-ready", "dev-ready", lines[-1]]


def test_a_service_that_answers_byte_by_byte_is_given_up_at_the_deadline_of_the_whole_call(
    env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_client, "_DEADLINE", 0.2)
    begun = time.monotonic()
    with closing(RawServer(drips(says("200 OK", b"[]" * 200)))) as server:
        url = f"http://127.0.0.1:{server.port}"
        _, lines = run(PLAN, env | {"GITHUB_API_URL": url}, MONDAY, lambda *_: results(TUNNEL), lambda _: None)

    assert lines[-1].startswith("Nobody was notified: GitHub (127.0.0.1): GET failed: ")
    assert lines[-1].endswith(": timed out after 0.2 s")
    assert time.monotonic() - begun < 5.0  # three tries, on a busy machine


class OtherServer(LoopbackServer):
    """Notes what it gets."""

    def answer(self, _method: str, _path: str, _body: Any, headers: Any) -> ServerReply:
        """As a server would that collects tokens."""
        self.asked.append(("token", str(headers.get("Authorization"))))
        return 200, {}, []


@pytest.fixture
def other() -> Iterator[OtherServer]:
    """A server that is neither GitHub nor Slack."""
    server = OtherServer()
    yield server
    server.stop()


@pytest.mark.parametrize(
    "link",
    ["http://127.0.0.1:{port}/x", "//127.0.0.1:{port}/x", "http://[", "https://127.0.0.1:{own}/x", "http://a@[::1/"],
)
def test_a_next_page_on_another_server_gets_no_token(
    env: dict[str, str], at: At, github: Any, other: OtherServer, link: str
) -> None:
    header = f'<{link.format(port=other.port, own=github.port)}>; rel="next"'
    github.override = lambda method, _: (200, {"Link": header}, []) if method == "GET" else None

    code, lines = run(PLAN, env, at(), lambda *_: results(TUNNEL), lambda _: None)

    assert (code, other.asked) == (1, [])
    assert lines[-1] == (
        "Nobody was notified: GitHub: the next page is on another server, which does not get the token"
    )


BAD_WEBHOOKS = {
    "http://[::1/canary": "is no URL; write https://HOST/PATH",
    "https://hooks.slack.com:port/canary": "is no URL; write https://HOST/PATH",
    "https://hooks.slack.com:99999/canary": "is no URL; write https://HOST/PATH",
    "hooks.slack.com/services/canary": "is no URL of a server; write https://HOST/PATH",
    "https:///services/canary": "is no URL of a server; write https://HOST/PATH",
    "file:///canary": "is no URL of a server; write https://HOST/PATH",
    "canary": "is no URL of a server; write https://HOST/PATH",
    "http://hooks.slack.com/services/canary": "is not encrypted; write https://",
    "https://user:canary@hooks.slack.com/": "has a user or a password in it; leave it out",
    "https://hooks.slack.com/a canary": "has a character that no URL has; write it again",
}


@pytest.mark.parametrize(("webhook", "problem"), BAD_WEBHOOKS.items())
def test_a_webhook_that_is_no_url_is_a_sentence_without_the_webhook(
    env: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], webhook: str, problem: str
) -> None:
    bad = env | {"SLACK_WEBHOOK_ALERTS": webhook}
    _, lines = run(PLAN, bad, MONDAY, lambda *_: results(TUNNEL), lambda _: None)
    for name, value in bad.items():
        monkeypatch.setenv(name, value)

    assert command.main([]) == 2
    assert capsys.readouterr() == ("", f"environment: SLACK_WEBHOOK_ALERTS: {problem}\n")
    assert f"production-ready: not notified: Slack: the address {problem}" in lines
    assert "canary" not in "".join(lines)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.slack.com/services/T0/B0/x",
        "http://127.0.0.1:8080",
        "http://localhost:1/",
        "https://[::1]:8443/a?b=c",
    ],
)
def test_a_good_address_has_no_problem(url: str) -> None:
    assert address_problem(url) == ""
