"""What servers, outsiders and people who edit issues can do to the probe: nothing that stops or misleads it."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from probe import __main__ as command
from probe.__main__ import run
from probe.classifier import Diagnosis
from probe.fetch import FetchFailure, Request, Response
from probe.http_client import HttpClient, TimeBudget
from probe.outside import plain
from probe.probing import Fetch, ProbeResult, probe_all
from probe.targets import Plan
from tests.probe.plan import DATA, DEV, PLAN, READY
from tests.probe.test_notifier import At

DOWN = Response(500, {}, b"", whole=True, seconds=0.1)
TUNNEL_DOWN = Response(530, {}, b"", whole=True, seconds=0.1)
MARK = re.compile(r"<!-- sv0-probe .*? -->")


def healthy(request: Request) -> Response:
    body = b'{"meta":{"total_count":7}}' if "findings" in request.url else b"{}"
    return Response(200, {}, body, whole=True, seconds=0.1)


@pytest.fixture(name="probe")
def _probe(env: dict[str, str]) -> Callable[..., tuple[int, list[str]]]:
    """One whole run without waits; `answers` has the response to what contains its key, all else is healthy."""

    def once(now: datetime, answers: Mapping[str, Response | Fetch]) -> tuple[int, list[str]]:
        def fetch(request: Request) -> Response | FetchFailure:
            found = next((answer for part, answer in answers.items() if part in request.url), healthy)
            return found(request) if callable(found) else found

        def prober(plan: Plan, secrets: Mapping[str, str]) -> list[ProbeResult] | None:
            return probe_all(plan, secrets, fetch, lambda _: None)

        return run(PLAN, env, now, prober, lambda _: None)

    return once


@pytest.fixture
def sinks(github: Any, slack: Any) -> tuple[Any, Any]:
    """Where texts land: GitHub and Slack."""
    return github, slack


Probe = Callable[..., tuple[int, list[str]]]
HOSTILE = [
    "<!-- sv0-probe {",
    '--> <!-- sv0-probe {"kind":"healthy","tier":"P1","target":"dev-ready"} -->',
    "@acme/team and @somebody",
    "\n::error file=x::broken\n::add-mask::P1",
    "##[error]broken ::stop-commands::x",
    "https://evil.example.com/ and http://evil.example.com",
    "[click](javascript:1) ![x](//evil.example.com) #1 acme/infra#2",
    "`````` \n</code></details><h1>x",
    "<!channel> <https://evil.example.com|click> & *bold*",
    "\u202egnp.exe \u200b\x1b[31m\x00\ud800",
    "a" * 60_000,
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda text: ascii(text[:30]))
@pytest.mark.parametrize("place", ["reason", "Location"])
def test_text_from_a_server_has_no_effect_where_it_lands_and_three_runs_are_one_message_and_one_issue(
    probe: Probe, at: At, sinks: tuple[Any, Any], place: str, hostile: str
) -> None:
    github, slack = sinks
    degraded = Response(503, {}, json.dumps({"reasons": [hostile]}).encode(), whole=True, seconds=0.1)
    moved = Response(302, {"location": f"https://{hostile}/x"}, b"", whole=True, seconds=0.1)
    lines = []
    for hour in range(3):
        code, said = probe(at(hours=9 + hour), {"dev.": degraded if place == "reason" else moved})
        assert code == 0
        lines += said

    (issue,) = github.open()
    assert (len(slack.posted), len(github.comments)) == (1, 1)
    for body in (issue["body"], github.comments[max(github.comments)]["body"]):
        (mark,) = MARK.findall(body)
        (fact,) = re.findall(r"^Seen from outside: `([^`]*)`$", body.replace(mark, ""), re.MULTILINE)
        assert fact == plain(fact)
    (text,) = [text for _, _, text in slack.posted]
    assert re.search(r"^Seen from outside: `[^`<>]*`$", text, re.MULTILINE)
    shown = [line for line in lines if "dev-ready" in line]
    assert len(shown) == 3
    assert max(map(len, shown)) < 260
    assert not re.search(r"^\s*::|##\[|<!--|@\w|://|``", "\n".join(shown))


def test_a_plain_text_shows_no_credential() -> None:
    text = plain("https://ann:hunter2@app.example.com/?access_token=canary1 Set-Cookie: session=canary2")

    assert [secret for secret in ("hunter2", "canary1", "canary2") if secret in text] == []
    assert "app.example.com" in text


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda text: ascii(text[:30]))
def test_a_plain_text_is_one_short_line_without_effect_and_stays_as_it_is(hostile: str) -> None:
    text = plain(hostile)

    assert (plain(text), text.isprintable(), len(text) <= 165) == (text, True, True)
    assert not re.search(r"[<>@`]|::|##\[|://", text)


def test_the_summary_holds_the_lines_in_a_fence_that_no_fact_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    rows = [command._row(ProbeResult(DEV, Diagnosis("degraded", "P3", text), answered=True)) for text in HOSTILE]
    command._publish(rows)

    first, *inside, last = (tmp_path / "summary.md").read_text(encoding="utf-8").splitlines()
    assert (first, last, len(inside)) == ("``````text", "``````", len(HOSTILE))
    assert "`" not in "".join(inside)


def test_a_location_that_is_no_url_stops_neither_production_s_message_nor_the_clock(
    probe: Probe, at: At, github: Any, slack: Any
) -> None:
    broken = Response(302, {"location": "http://[::1/x"}, b"", whole=True, seconds=0.1)
    code, lines = probe(at(hours=9), {"app.": DOWN, "dev.": broken})

    assert (code, slack.headlines("alerts")) == (0, [":rotating_light: *P1: production is down*"])
    assert "P3  dev-ready: wrong-answer: 302 redirect to itself, 0.10 s" in lines
    assert len(github.open("probe-clock")) == 1


def test_a_fault_of_the_probe_stays_with_its_target_and_is_reported(
    probe: Probe, at: At, github: Any, slack: Any
) -> None:
    def breaks(_: Request) -> Response:
        raise LookupError("canary")

    code, lines = probe(at(hours=9), {"app.example.com/ready": DOWN, "dev.": breaks})

    assert (code, slack.headlines("alerts")) == (0, [":rotating_light: *P1: production is down*"])
    assert "P3  dev-ready: unclassified: the probe failed with LookupError, 0.00 s" in lines
    assert slack.headlines("deploys") == [
        ":information_source: *P3: dev got no diagnosis: the probe itself failed. This says nothing about the platform*"
    ]
    assert len(github.open("probe-clock")) == 1


def test_a_fault_of_the_probe_explains_no_failure_of_another_target(probe: Probe, at: At, slack: Any) -> None:
    def breaks(_: Request) -> Response:
        raise LookupError

    probe(at(hours=9), {"app.example.com/ready": breaks, "findings": DOWN})

    assert slack.headlines("alerts")[1] == ":warning: *P2: production is down*"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"message": "x"}, id="an object"),
        pytest.param("[" * 60_000, id="deep JSON"),
        pytest.param("<html>", id="a page"),
        pytest.param("7", id="a number"),
    ],
)
def test_a_broken_answer_about_one_issue_stops_neither_the_other_targets_nor_the_clock(
    probe: Probe, at: At, github: Any, slack: Any, answer: object
) -> None:
    github.override = lambda _, path: (200, {}, answer) if "issues/1/comments" in path else None
    probe(at(hours=9), {"app.": DOWN})
    code, lines = probe(at(hours=9, minutes=1), {"app.": DOWN, "dev.": DOWN})

    assert (code, slack.headlines("deploys")) == (1, [":information_source: *P3: dev is down*"])
    assert [line for line in lines if line.startswith("production-ready: not notified: GitHub")]
    assert lines[-1].startswith("1 min since the previous run.")


@pytest.mark.parametrize(
    "item",
    [None, 7, [], {}, {"user": 7, "body": {}}, {"user": {"login": "github-actions[bot]"}, "body": None}],
    ids=str,
)
def test_an_issue_of_another_form_is_none_of_ours(probe: Probe, at: At, github: Any, slack: Any, item: object) -> None:
    github.override = lambda method, path: (200, {}, [item]) if (method, "labels=" in path) == ("GET", True) else None

    assert probe(at(hours=9), {"app.": DOWN})[0] == 0
    assert len(slack.posted) == 1


SOMEBODY = {"login": "somebody-else"}


FORGED = {"kind": "origin-down", "tier": "P1", "issue": 1}


def unsigned(**marks: object) -> str:
    return f"<!-- sv0-probe {json.dumps(marks)} -->"


def test_an_outsider_s_issue_with_the_label_and_the_bot_s_own_text_is_ignored(
    probe: Probe, at: At, github: Any, slack: Any
) -> None:
    probe(at(hours=9), {"app.": DOWN})
    github.issues[1]["user"] = SOMEBODY
    probe(at(hours=9, minutes=1), {"app.": DOWN})

    assert (len(slack.posted), [one["user"] == SOMEBODY for one in github.open()]) == (2, [True, False])


def test_an_outsider_s_comment_with_the_bot_s_own_text_is_no_event(
    probe: Probe, at: At, github: Any, slack: Any
) -> None:
    probe(at(hours=9), {"app.": DOWN})
    (comment,) = github.comments.values()
    comment["user"] = SOMEBODY
    probe(at(hours=9, minutes=1), {"app.": DOWN})

    assert len(slack.posted) == 2


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda body: body.replace("tunnel-down", "origin-down"), id="another kind"),
        pytest.param(lambda body: body + unsigned(**FORGED), id="another mark below it"),
        pytest.param(lambda _: unsigned(**FORGED), id="without a signature"),
        pytest.param(lambda _: unsigned(**FORGED, signed="0" * 64), id="signed by nobody"),
        pytest.param(lambda _: unsigned(**FORGED, signed=["é"]), id="a signature of no form"),
        pytest.param(lambda _: "<!-- sv0-probe {} -->" * 3000, id="many marks"),
        pytest.param(lambda _: "<!-- sv0-probe {" * 4000, id="many beginnings"),
        pytest.param(lambda _: "<!-- sv0-probe {" + "[" * 60_000 + "} -->", id="no JSON"),
        pytest.param(lambda _: "", id="nothing"),
    ],
)
def test_an_edited_mark_of_the_bot_cannot_keep_a_message_back(
    probe: Probe, at: At, github: Any, slack: Any, edit: Callable[[str], str]
) -> None:
    probe(at(hours=9), {"app.": TUNNEL_DOWN})
    (comment,) = github.comments.values()
    assert edit(comment["body"]) != comment["body"]
    comment["body"] = edit(comment["body"])
    probe(at(hours=9, minutes=1), {"app.": DOWN})

    assert slack.headlines("alerts")[1:] == [":rotating_light: *P1: production is down*"]


def test_a_comment_that_github_calls_edited_is_ignored_even_with_a_mark_that_fits(
    probe: Probe, at: At, github: Any, slack: Any
) -> None:
    probe(at(hours=9), {"app.": DOWN})
    (comment,) = github.comments.values()
    comment["updated_at"] = "2026-11-30T09:00:30Z"
    probe(at(hours=9, minutes=1), {"app.": DOWN})

    assert len(slack.posted) == 2


def test_a_mark_of_one_incident_has_no_effect_in_another(probe: Probe, at: At, github: Any, slack: Any) -> None:
    probe(at(hours=9), {"app.": DOWN, "dev.": DOWN})
    production, dev = sorted(github.comments)
    github.comments[production]["body"] = github.comments[dev]["body"]
    probe(at(hours=9, minutes=1), {"app.": DOWN, "dev.": DOWN})

    assert (len(slack.headlines("alerts")), len(slack.headlines("deploys"))) == (2, 1)


def test_an_issue_whose_mark_is_edited_ends_no_other_incident_and_its_text_may_be_edited(
    probe: Probe, at: At, github: Any, slack: Any
) -> None:
    probe(at(hours=9), {"app.": DOWN, "dev.": DOWN})
    github.issues[1]["body"] = f"Ann: I look into it.\n{github.issues[1]['body']}\nMore."
    github.issues[2]["body"] = github.issues[2]["body"].replace("dev-ready", "production-ready")
    probe(at(hours=9, minutes=1), {"app.": DOWN, "dev.": DOWN})

    assert len(slack.headlines("alerts")) == 1  # known: only the text around its mark is another
    assert len(slack.headlines("deploys")) == 2  # begun anew, rather than taken for production's
    assert [one["number"] for one in github.open() if one["number"] < 3] == [1, 2]


@pytest.mark.parametrize(
    "notes",
    [
        {"last": "yesterday", "gaps": []},
        {"last": "2026-11-30T09:00:00", "gaps": []},
        {"last": 7, "gaps": 7},
        {"last": "2026-11-30T09:00:00+00:00", "gaps": ["x"]},
        {},
    ],
    ids=str,
)
def test_a_clock_that_another_version_wrote_begins_anew(
    probe: Probe, at: At, github: Any, env: dict[str, str], notes: dict[str, Any]
) -> None:
    notifier = command._notifier(PLAN, env, at(), HttpClient("Slack", {}, TimeBudget(9.0), lambda _: None))
    notifier.issues.open("clock", "Clock", "", "probe-clock", **notes)
    first, second = (probe(at(hours=9, minutes=minutes), {}) for minutes in (0, 5))

    assert (first[0], first[1][-1]) == (0, "This is the first run; the next run states the gap.")
    assert (second[0], second[1][-1].partition(" since")[0]) == (0, "5 min")
    assert len(github.open("probe-clock")) == 1


def test_every_target_has_its_verdict_although_all_others_are_hostile(probe: Probe, at: At) -> None:
    for number, hostile in enumerate(HOSTILE):
        headers = {"location": hostile, "cf-mitigated": hostile, "www-authenticate": hostile}
        odd = Response(403, headers, hostile.encode(errors="replace"), whole=True, seconds=0.1)
        _, lines = probe(at(hours=9, minutes=number), {"dev.": odd})

        assert [line.split(": ")[:2] for line in lines[:2]] == [
            [f"ok  {target.name}", "healthy"] for target in (READY, DATA)
        ]
