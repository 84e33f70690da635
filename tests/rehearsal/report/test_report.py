"""The report is one self-contained page, and shows markup in messages as text."""

import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from resilience.core.conventions import Channel
from resilience.rehearsal.report import mrkdwn
from resilience.rehearsal.report.comparison import Comparison
from resilience.rehearsal.report.parsed_message import Message, ParsedMessage
from resilience.rehearsal.report.report import render_report, write_report
from resilience.rehearsal.report.results import Result, Results, results_table
from resilience.rehearsal.scenario.scenario import AlertKey, Scenario, load_scenarios
from resilience.tools.errors import RehearsalError

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

    assert re.findall(r"(?:src|@import|url\()", page) == []
    assert "<script" not in page
    assert "<link" not in page


def test_messages_are_shown_as_slack_shows_them(results: Results) -> None:
    page = render_report(results)

    assert "#sv0-alerts" in page
    assert '<b>50</b> <a href="https://example.com" rel="noreferrer">Runbook</a>' in page
    assert "border-color: #e01e5a" in page
    assert "P2 &lt;script&gt;" in page


def test_what_failed_is_shown(results: Results) -> None:
    page = render_report(results)

    assert "1 of 2 scenarios went as expected" in page
    assert "it did not &lt;arrive&gt;" in page
    assert "A &amp; B" in page


def test_every_scenario_has_a_timeline() -> None:
    found = tuple(Result(scenario, Comparison(())) for scenario in load_scenarios())
    page = render_report(Results(found, live=True, speed=60, seconds=1))

    assert page.count("<svg") == len(found)
    assert "nan" not in page
    assert "inf" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL).replace("info", "")


def test_the_page_says_what_ran_live_and_what_in_virtual_time(results: Results) -> None:
    virtual = Result(results.results[0].scenario, Comparison(()), detected={KEY: 480.0}, live=False)
    page = render_report(Results((*results.results, virtual), live=True, speed=60, seconds=1))

    assert "2 on real Prometheus and Alertmanager at 60" in page
    assert "1 in virtual time with promtool" in page
    assert "6m00s (rule fired)" in page


def test_the_report_is_written_whole(results: Results, tmp_path: Path) -> None:
    path = tmp_path / "new" / "report.html"
    write_report(results, path)

    assert path.read_text("utf-8").endswith("</html>")
    assert [entry.name for entry in path.parent.iterdir()] == ["report.html"]


def test_a_file_that_cannot_be_written_is_reported(results: Results, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(RehearsalError, match="the report cannot be written"):
        write_report(results, tmp_path / "file" / "report.html")


def test_the_table_shows_message_expectation_and_result(results: Results) -> None:
    shown = Console(width=160, record=True, file=StringIO())
    shown.print(results_table(results))
    text = shown.export_text()

    assert "6m20s" in text
    assert "queue-backing-up (production) in #sv0-alerts within 8m00s" in text
    assert ("good" in text, "bad" in text) == (True, True)


@pytest.mark.parametrize(
    ("text", "html"),
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
        (":rotating_light: :other:", "\N{POLICE CARS REVOLVING LIGHT} :other:"),
    ],
)
def test_mrkdwn_becomes_safe_html(text: str, html: str) -> None:
    assert str(mrkdwn.render(text)) == html
