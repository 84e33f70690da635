"""The report in a real browser: it works from a file, without a network, and on a telephone."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from resilience.backtest import report as backtest_report
from resilience.backtest.run import Backtest
from resilience.core.durations import HOUR
from resilience.rehearsal.report.parsed_message import title_of
from resilience.rehearsal.report.report import render_messages, write_report
from resilience.rehearsal.scenario.scenario import Scenario
from tests import scenarios
from tests.backtest.test_firings import BEGIN, HIGH, LOW, RULE, evaluated
from tests.browser.binary import ADVICE, find
from tests.browser.devtools import BrowserPage
from tests.golden.page import reviewed
from tests.rehearsal.report.pages import played

DEMAND = "TEST_BROWSER"
COMMAND = find(os.environ)
if not COMMAND and os.environ.get(DEMAND) != "1":
    pytest.skip(f"the report was not opened in a browser: {ADVICE}", allow_module_level=True)
TELEPHONE, DESK = 390, 1280
SHOWN = "[...document.querySelectorAll('tr[data-section]')].filter((row) => row.checkVisibility())"
EVERY = scenarios.ALL
SOME = EVERY[::6]
BAD = sum(not result.good for results in played(SOME) for result in results.results)
LATER = """new Promise((failed) => {
  const script = document.createElement("script");
  script.textContent = "window.ran = 1";
  document.body.append(script);
  document.body.insertAdjacentHTML("beforeend", `<img src="https://evil.example/x" onerror="window.ran = 1">
    <style>main { display: none }</style><p style="color: red" id="styled">x</p>`);
  document.querySelector("img").addEventListener("error", () => failed(true));
})"""
"""Puts a script, an image and styles into the page; done when the image has failed."""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserPage]:
    """One browser for all tests."""
    if not COMMAND:
        pytest.fail(f"{DEMAND}=1, but {ADVICE}", pytrace=False)
    with BrowserPage(COMMAND, tmp_path_factory.mktemp("browser")) as page:
        yield page


@pytest.fixture(scope="module")
def write(tmp_path_factory: pytest.TempPathFactory) -> Callable[[tuple[Scenario, ...]], str]:
    """Writes the report of these scenarios, and returns its address."""

    def written(scenarios: tuple[Scenario, ...]) -> str:
        path = tmp_path_factory.mktemp("report") / "rehearsal.html"
        promised = {wanted.alert_id: 24 * HOUR for scenario in scenarios for wanted in scenario.expect}
        write_report(played(scenarios), path, promised)
        return path.as_uri()

    return written


@pytest.fixture(scope="module")
def url(write: Callable[[tuple[Scenario, ...]], str]) -> str:
    """The report of some scenarios: it opens in a fraction of the time that all of them take."""
    return write(SOME)


@pytest.fixture(scope="module")
def large(write: Callable[[tuple[Scenario, ...]], str]) -> str:
    """The report of all scenarios."""
    return write(EVERY)


@pytest.fixture
def report(browser: BrowserPage, url: str) -> BrowserPage:
    """The report, freshly opened on a wide screen."""
    browser.open(url, DESK)
    return browser


def enter(page: BrowserPage, words: str) -> None:
    page.value(f"search.value = {words!r}; search.dispatchEvent(new Event('input', {{bubbles: true}}))")


def test_it_opens_without_an_error_and_asks_for_nothing_else(report: BrowserPage, url: str) -> None:
    assert report.problems == []
    assert report.requested == [url]


@pytest.mark.parametrize("width", [TELEPHONE, DESK])
def test_nothing_is_wider_than_its_place_or_too_small_to_read(browser: BrowserPage, large: str, width: int) -> None:
    browser.open(large, width)

    assert browser.value("document.documentElement.scrollWidth") <= width
    assert browser.value("document.documentElement.clientWidth") > width - 20  # of a scroll bar
    texts = "[...document.querySelectorAll('main *')].filter((one) => !(one instanceof SVGElement))"
    assert browser.value(f"{texts}.filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 1)"
                         ".map((one) => one.outerHTML.slice(0, 200))") == []  # fmt: skip
    sizes = "[...document.querySelectorAll('main *')].map((one) => parseFloat(getComputedStyle(one).fontSize))"
    assert browser.value(f"Math.min(...{sizes})") >= 11


@pytest.mark.parametrize("width", [TELEPHONE, DESK])
def test_the_page_of_messages_opens_without_an_error_and_fits(browser: BrowserPage, tmp_path: Path, width: int) -> None:
    messages = reviewed()
    page = tmp_path / "messages.html"
    page.write_text(render_messages(messages), "utf-8")

    browser.open(page.as_uri(), width)

    assert browser.problems == []
    assert browser.requested == [page.as_uri()]
    assert browser.value("document.documentElement.scrollWidth") <= width
    assert browser.value("[...document.querySelectorAll('.push')].map((one) => one.textContent)") == [
        f"#sv0-{one.channel}{unescape(title_of(one))}" for one in messages.values()
    ]
    beside = browser.value("new Set([...document.querySelectorAll('section')].map((one) => one.offsetLeft)).size")
    assert (beside > 1) == (width == DESK)


@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_from_what_is_behind_it(browser: BrowserPage, url: str, *, dark: bool) -> None:
    browser.open(url, DESK, dark=dark)
    ground = light(browser, "section", "backgroundColor")

    assert (ground < 0.05) == dark
    for selector in ("section", ".why", "section a", ".differences"):
        lighter, darker = sorted((light(browser, selector, "color"), ground), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, selector


def light(page: BrowserPage, selector: str, of: str) -> float:
    """The relative luminance of a colour, as WCAG 2 defines it."""
    style = page.value(f"getComputedStyle(document.querySelector({selector!r})).{of}")
    parts = (int(part) / 255 for part in style.removeprefix("rgb(").removesuffix(")").split(","))
    linear = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return sum(weight * one for weight, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize(("state", "count"), [("bad", BAD), ("good", len(SOME) - BAD), ("all", len(SOME))])
@pytest.mark.parametrize("width", [TELEPHONE, DESK])
def test_the_filter_leaves_rows_and_sections_of_one_state(
    report: BrowserPage, state: str, count: int, width: int
) -> None:
    report.resize(width)
    report.value(f"document.getElementById('state-{state}').click()")

    assert report.value(f"{SHOWN}.length") == count > 0
    states = set(report.value(f"{SHOWN}.map((row) => row.dataset.state)"))
    assert states == ({state} if state != "all" else {"good", "bad"})
    assert (
        report.value("[...document.querySelectorAll('section')].filter((one) => one.checkVisibility()).length") == count
    )
    assert report.value("document.getElementById('count').value") == f"{count} of {len(SOME)} shown"


def test_the_search_finds_all_of_its_words_wherever_they_stand(report: BrowserPage) -> None:
    scenario = next(one for one in SOME if one.live and one.expect)
    enter(report, f"14 JOBS explore {scenario.id} {scenario.title}")

    assert report.value(f"{SHOWN}.map((row) => row.dataset.section)") == [f"scenario-{scenario.id}"]
    enter(report, f"14 jobs {scenario.id} nowhere-at-all")
    assert report.value(f"{SHOWN}.length") == 0
    enter(report, "")
    assert report.value(f"{SHOWN}.length") == len(SOME)


def test_search_and_state_work_together(report: BrowserPage) -> None:
    enter(report, "did not <arrive>")

    assert report.value(f"{SHOWN}.length") == BAD
    report.value("document.getElementById('state-good').click()")
    assert report.value(f"{SHOWN}.length") == 0


def test_every_link_within_the_page_has_its_place(report: BrowserPage) -> None:
    links = "[...document.querySelectorAll('a[href^=\"#\"]')].map((link) => link.hash.slice(1))"

    assert report.value(f"{links}.length") > 2 * len(SOME)
    assert report.value(f"{links}.filter((id) => document.getElementById(id) === null)") == []


def landed(page: BrowserPage) -> bool:
    top: float = page.value("document.querySelector('section:target').getBoundingClientRect().top")
    return page.value("document.querySelector('section:target').checkVisibility()") and 0 <= top < 450


def test_a_link_of_the_table_lands_on_the_section(report: BrowserPage) -> None:
    report.value(f"{SHOWN}.at(-2).querySelector('a').click()")

    assert landed(report)


def test_a_link_to_what_the_filter_hides_shows_it_each_time(report: BrowserPage) -> None:
    for _ in range(2):
        report.value("document.getElementById('state-good').click()")
        enter(report, "queue")
        report.value("document.querySelector('#failures a').click()")

        assert landed(report)
        assert report.value(f"{SHOWN}.length") == len(SOME)


def test_an_address_of_what_the_filter_hides_shows_it_too(report: BrowserPage) -> None:
    enter(report, "nowhere-at-all")
    report.value(
        "new Promise((done) => { addEventListener('hashchange', () => done(1));"
        f" location.hash = 'scenario-{SOME[5].id}'; }})"
    )

    assert landed(report)


def test_what_a_message_brings_along_is_text(report: BrowserPage) -> None:
    assert report.value("document.querySelectorAll('img').length") == 0
    assert report.value("document.scripts.length") == 1
    assert "onerror=alert(1)" in report.value("document.querySelector('.attachment').textContent")
    assert report.value("document.querySelector('.attachment .mention').textContent") == "@channel"


def test_the_bar_of_a_message_has_its_colour(report: BrowserPage) -> None:
    bars = "[...document.querySelectorAll('.attachment')].map((one) => getComputedStyle(one).borderLeftColor)"

    colours = {"rgb(224, 30, 90)", "rgb(46, 182, 125)", "rgb(67, 159, 224)", "rgb(141, 141, 141)"}
    assert set(report.value(bars)) == colours


def test_the_policy_stops_whatever_was_not_in_the_page_when_it_was_written(report: BrowserPage) -> None:
    report.value(LATER)

    assert report.value("window.ran ?? null") is None
    assert report.value("getComputedStyle(document.querySelector('main')).display") == "block"
    assert report.value("getComputedStyle(document.getElementById('styled')).color") != "rgb(255, 0, 0)"
    for directive in ("script-src", "style-src", "img-src"):
        assert any(directive in problem for problem in report.problems), directive


@pytest.mark.parametrize("width", [TELEPHONE, DESK])
def test_the_report_of_a_backtest_opens_as_well(browser: BrowserPage, tmp_path: Path, width: int) -> None:
    hostile = replace(RULE, uid="q-1", title="<img src=x onerror='window.ran = 1'>" + "x" * 200)
    before, after = (
        Backtest(BEGIN, BEGIN + 30 * 60, (evaluated(one, [LOW, *[HIGH] * count, *[LOW] * 20]),), (), ())
        for one, count in ((hostile, 3), (hostile, 9))
    )
    backtest_report.write_report(after, before, tmp_path / "backtest.html")
    browser.open((tmp_path / "backtest.html").as_uri(), width)

    assert browser.problems == []
    assert browser.requested == [(tmp_path / "backtest.html").as_uri()]
    assert browser.value("window.ran ?? 0") == 0
    assert browser.value("document.documentElement.scrollWidth") <= width
    bars = "[...document.querySelectorAll('section rect.fault')].map((one) => one.getBoundingClientRect().width)"
    first, second = browser.value(bars)
    assert second > 3 * first > 0
