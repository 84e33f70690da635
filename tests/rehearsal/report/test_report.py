"""The report is one self-contained page, and shows markup in messages as text."""

import base64
import hashlib
import html
import re
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from resilience.core.conventions import Channel
from resilience.core.durations import clock_face
from resilience.core.problems import UserError
from resilience.rehearsal.report import mrkdwn
from resilience.rehearsal.report.comparison import Comparison
from resilience.rehearsal.report.parsed_message import Message, ParsedMessage
from resilience.rehearsal.report.report import render_report, write_report
from resilience.rehearsal.report.results import Result, Results, results_table
from resilience.rehearsal.scenario.scenario import AlertKey, Scenario
from tests import scenarios

KEY = AlertKey("queue-backing-up", "production")


@pytest.fixture
def results(scenario: Callable[..., Scenario]) -> Results:
    attachment = {"title": "P2 <script>", "text": "*50* <https://example.com|Runbook>", "color": "danger"}
    message = Message(500.0, Channel.ALERTS, "slack-alerts", {"attachments": [attachment]})
    arrived = Result(scenario(), Comparison(()), (ParsedMessage(message, KEY, "P2", resolved=False),))
    broken = Result(scenario(id="other", title="A & B"), Comparison(("it did not <arrive>",)))
    return Results((arrived, broken), live=True, speed=60, seconds=12)


def test_the_page_loads_nothing_from_elsewhere(results: Results) -> None:
    page = render_report(results)

    assert re.findall(r"(?:[\s\"]src=|@import|url\()", page) == []
    assert "<link" not in page


def test_the_policy_allows_the_style_and_the_script_of_the_page_alone(results: Results) -> None:
    page = render_report(results)
    found = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert found
    policy = html.unescape(found[1])

    for kind in ("style", "script"):
        (text,) = re.findall(rf"<{kind}>(.*?)</{kind}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none';")
    assert " style=" not in page


def test_messages_are_shown_as_slack_shows_them(results: Results) -> None:
    page = render_report(results)

    assert "#sv0-alerts" in page
    assert '<b>50</b> <a href="https://example.com" rel="noreferrer">Runbook</a>' in page
    assert ".bar-e01e5a { border-color: #e01e5a; }" in page
    assert 'class="attachment bar-e01e5a"' in page
    assert "P2 &lt;script&gt;" in page


def test_what_failed_is_shown(results: Results) -> None:
    page = render_report(results)

    assert "1 of 2 scenarios went as expected" in page
    assert "it did not &lt;arrive&gt;" in page
    assert "A &amp; B" in page


def test_every_scenario_has_a_timeline() -> None:
    found = tuple(Result(scenario, Comparison(())) for scenario in scenarios.ALL)
    page = render_report(Results(found, live=True, speed=60, seconds=1))
    numbers = re.findall(r' (?:x|x1|cx|width)="([^"]+)%"', page)

    assert page.count('class="row axis"') == len(found)
    assert len(numbers) > 5 * len(found)
    assert all(0 <= float(number) <= 100 for number in numbers)


def test_failures_come_first_and_name_what_went_wrong(results: Results) -> None:
    page = render_report(results)
    rows = re.findall(r'<tr data-section="scenario-(.+?)" data-state="(.+?)">', page)
    (failures,) = re.findall(r'id="failures">(.*?)</div>', page, re.DOTALL)

    assert rows == [("other", "bad"), ("queue", "good")]
    assert 'href="#scenario-other"' in failures
    assert "live: it did not &lt;arrive&gt;" in failures


def test_without_a_failure_there_is_no_list_of_them(results: Results) -> None:
    page = render_report(replace(results, results=results.results[:1]))

    assert 'id="failures"' not in page


def test_a_scenario_played_in_both_ways_has_one_section_with_both(results: Results) -> None:
    played = results.results[0].scenario
    virtual = Result(played, Comparison(("too late",)), detected={KEY: 480.0}, live=False)
    page = render_report([results, Results((virtual,), live=False, speed=1, seconds=1)])

    assert page.count('<section id="scenario-queue">') == 1
    assert "0 of 2 scenarios went as expected" in page
    assert "virtual time: too late" in page
    assert "<div>6m20s</div><div>6m00s (rule fired)</div>" in page
    assert "Slack · live" in page
    assert "firing rules · virtual time" in page
    assert "Fires in virtual time: queue-backing-up (production) at 8m00s" in page


@pytest.mark.parametrize(
    ("detected", "shown"),
    [({}, "-"), ({KEY: 480.0}, "6m00s (rule fired)"), ({KEY: 60.0}, "already firing (rule fired)")],
)
def test_a_result_without_a_message_adds_nothing_to_another_one(
    scenario: Callable[..., Scenario], detected: dict[AlertKey, float], shown: str
) -> None:
    silent = Result(scenario(), Comparison(()))
    virtual = Result(scenario(), Comparison(()), detected=detected, live=False)
    page = render_report(Results((silent, virtual), live=True, speed=60, seconds=1))

    assert f'data-label="first message after"><div>{shown}</div></td>' in page


def test_the_page_says_how_much_ran_live_and_how_much_in_virtual_time(results: Results) -> None:
    virtual = Result(results.results[0].scenario, Comparison(()), live=False)
    page = render_report([results, Results((virtual,), live=False, speed=1, seconds=8)])

    assert "2 on real programs at 60 " in page
    assert "1 in virtual time" in page
    assert " 20 s · " in page


@pytest.mark.parametrize(("promised", "css"), [(600.0, "time"), (300.0, "time late")])
def test_the_slowest_first_message_stands_beside_what_was_promised(results: Results, promised: float, css: str) -> None:
    page = render_report(results, {"queue-backing-up": promised})

    assert f'<td class="{css}" data-label="slowest">6m20s</td>' in page
    assert f'data-label="promised">{clock_face(promised)}</td>' in page


def test_an_error_of_the_run_is_shown(results: Results) -> None:
    broken = Result(results.results[0].scenario, Comparison(()), error="prometheus ended with 2")
    page = render_report(Results((broken,), live=True, speed=60, seconds=1))

    assert "<li>live: prometheus ended with 2</li>" in page


@pytest.mark.parametrize(
    ("colour", "shown"),
    [("warning", "ecb22e"), ("#439FE0", "439fe0"), ("#zzzzzz", "8d8d8d"), ("red; }", "8d8d8d"), ("", "8d8d8d")],
)
def test_a_bar_has_its_colour_or_is_grey(results: Results, colour: str, shown: str) -> None:
    attachment = {"title": "P2", "color": colour}
    message = Message(1.0, Channel.ALERTS, "slack-alerts", {"attachments": [attachment]})
    parsed = ParsedMessage(message, KEY, "P2", resolved=False)
    page = render_report(replace(results, results=(replace(results.results[0], received=(parsed,)),)))

    assert re.findall(r"\.bar-.+? \{.*\}", page) == [f".bar-{shown} {{ border-color: #{shown}; }}"]


def test_a_message_without_an_attachment_shows_its_text_as_the_headline_alone(results: Results) -> None:
    message = Message(1.0, Channel.ALERTS, "slack-alerts", {"text": "only this"})
    parsed = ParsedMessage(message, KEY, "P1", resolved=False)
    page = render_report(replace(results, results=(replace(results.results[0], received=(parsed,)),)))

    assert page.count("only this") == 1


def test_text_above_the_bar_is_shown_once(results: Results) -> None:
    attachment = {"title": "P1", "pretext": "before", "text": "body"}
    message = Message(1.0, Channel.ALERTS, "slack-alerts", {"text": "<!here> own", "attachments": [attachment]})
    parsed = ParsedMessage(message, KEY, "P1", resolved=False)
    page = render_report(replace(results, results=(replace(results.results[0], received=(parsed,)),)))

    assert page.count('<div><span class="mention">@here</span> own<br>before</div>') == 1


def test_the_report_is_written_whole(results: Results, tmp_path: Path) -> None:
    path = tmp_path / "new" / "report.html"
    write_report(results, path)

    assert path.read_text("utf-8").endswith("</html>")
    assert [entry.name for entry in path.parent.iterdir()] == ["report.html"]


def test_a_file_that_cannot_be_written_is_reported(results: Results, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(UserError, match="cannot be written"):
        write_report(results, tmp_path / "file" / "report.html")


def test_the_table_shows_message_expectation_and_result(results: Results) -> None:
    shown = Console(width=160, record=True, file=StringIO())
    shown.print(results_table(results))
    text = shown.export_text()

    assert "6m20s" in text
    assert "queue-backing-up (production) in #sv0-alerts within 8m00s" in text
    assert ("good" in text, "bad" in text) == (True, True)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*bold* 2*3*4", "<b>bold</b> 2*3*4"),
        ("`a<b`", "<code>a&lt;b</code>"),
        ("<https://x.y/?a=1&amp;b=2|Go>", '<a href="https://x.y/?a=1&amp;b=2" rel="noreferrer">Go</a>'),
        ("<https://x.y>", '<a href="https://x.y" rel="noreferrer">https://x.y</a>'),
        ("<javascript:alert(1)|Go>", "&lt;javascript:alert(1)|Go&gt;"),
        ('<https://x.y/"onclick=|Go>', "&lt;https://x.y/&quot;onclick=|Go&gt;"),
        ("<https://x.y/*a*|*Go*>", '<a href="https://x.y/*a*" rel="noreferrer">*Go*</a>'),
        ("<b>no</b>", "&lt;b&gt;no&lt;/b&gt;"),
        ("a\nb", "a<br>b"),
        ("<!channel> *x*", '<span class="mention">@channel</span> <b>x</b>'),
        ("<@U123> <!subteam^S1|@ops>", '<span class="mention">@U123</span> <span class="mention">@ops</span>'),
        ('<!here|a"b>', '<span class="mention">@a&quot;b</span>'),
        ("&lt;!channel&gt; <!other>", "&lt;!channel&gt; &lt;!other&gt;"),
        (":rotating_light: :other:", "\N{POLICE CARS REVOLVING LIGHT} :other:"),
    ],
)
def test_mrkdwn_becomes_safe_html(text: str, shown: str) -> None:
    assert str(mrkdwn.render(text)) == shown


LONG = f"<https://x.example/{'a' * 700}|Explore>"


@pytest.mark.parametrize(
    ("text", "shown", "folded"),
    [
        ("1\n2\n3\n4\n5", "1\n2\n3\n4\n5", ""),
        ("1\n2\n3\n4\n5\n6", "1\n2\n3\n4\n5", "6"),
        (f"1\n2 {LONG} 3", "1\n2", f"{LONG} 3"),
        ("x" * 699, "x" * 699, ""),
        ("x" * 701, "x" * 700, "x"),
    ],
)
def test_what_slack_folds_away_begins_after_a_line_or_before_a_link(text: str, shown: str, folded: str) -> None:
    assert mrkdwn.fold(text) == (shown, folded)
