"""Runbooks name what exists: queries of the telemetry contract, commands of this repository, real silences.

The catalogue's numbers stand in their generated block alone: prose that repeats one is found.
"""

import math
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from resilience.cli import main
from resilience.core.durations import in_words, seconds, spelt
from resilience.docgen.runbooks import block, end, facts, leaks, resolved, route_of
from resilience.model.alert import Alert, Threshold, Where
from resilience.model.catalogue import ROOT, Catalogue
from resilience.model.dated import clock
from resilience.model.telemetry import series_labels
from resilience.promql import placeholders as promql
from resilience.promql.logql import streams
from resilience.tools.binaries import find
from tests.docs.command_lines import blocks

CATALOGUE = Catalogue.load()
ALERTS = {alert.id: alert for alert in CATALOGUE.alerts}
PAGES = {path.stem: path.read_text("utf-8") for path in sorted((ROOT / "runbooks").glob("*.md"))}
TARGETS = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
SERIES = series_labels(CATALOGUE.metrics)
LANGUAGES = {"sh", "promql", "logql", "yaml"}
LOG_LABELS = {"environment", "service", "container", "stream", "level"}
"""What deploy/alloy gives a log line."""
QUERIES = [
    pytest.param(query, id=f"{name}-{number}")
    for name, text in PAGES.items()
    for number, query in enumerate(blocks(text, "promql"))
]
# Code in the prose that has a selector with a name.
INLINE = [
    pytest.param(code, id=f"{name}-inline-{number}")
    for name, text in PAGES.items()
    for number, code in enumerate(re.findall(r"`([^`\n]*\b[a-z]\w+\{\w+[=!][^`\n]*)`", text))
]
LOG_QUERIES = [
    pytest.param(query, id=f"{name}-logs-{number}")
    for name, text in PAGES.items()
    for number, query in enumerate([*blocks(text, "logql"), *re.findall(r"`(\{\w+=[^`\n]*)`", text)])
]


def wrong(query: str) -> list[tuple[str, str]]:
    """What is wrong with a query of PromQL."""
    return promql.problems(query) or promql.unknown_series(query, SERIES)


def unknown_log_labels(query: str) -> set[str]:
    """Labels that no log line has."""
    return {one.name for stream in streams(query) for one in stream.matchers.matchers} - LOG_LABELS


@pytest.mark.parametrize("query", [*QUERIES, *INLINE])
def test_a_query_is_promql_of_the_telemetry_contract(query: str) -> None:
    assert wrong(query) == []


@pytest.mark.parametrize(
    "query",
    [
        pytest.param('up{pod="api"}', id="a label"),
        pytest.param('sv0_http_request_count{environment="production"}', id="a series"),
        pytest.param("rate(sv0_http_requests_total)", id="a range that is forgotten"),
        pytest.param("sum by (route (sv0_queue_depth)", id="a bracket"),
        pytest.param("rate(sv0_http_requests_total[$window])", id="a number that was not filled in"),
    ],
)
def test_a_query_outside_the_contract_is_found(query: str) -> None:
    assert wrong(query) != []


def test_queries_are_found_in_blocks_and_in_prose() -> None:
    assert len(QUERIES) >= 25
    assert len(INLINE) >= 3
    assert len(LOG_QUERIES) >= 3


def test_promtool_takes_every_query(tmp_path: Path) -> None:
    rules = [{"record": f"runbook:query{number}", "expr": one.values[0]} for number, one in enumerate(QUERIES + INLINE)]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "runbooks", "rules": rules}]}), "utf-8")

    command = [str(find("promtool")), "check", "rules", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert f"SUCCESS: {len(rules)} rules found" in done.stdout, done.stderr


@pytest.mark.parametrize("query", LOG_QUERIES)
def test_a_log_query_names_labels_that_a_log_line_has(query: str) -> None:
    assert unknown_log_labels(query) == set()


def test_a_label_that_no_log_line_has_is_found() -> None:
    alloy = "".join(path.read_text("utf-8") for path in (ROOT / "deploy/alloy").glob("*.alloy"))

    assert unknown_log_labels('{environment="dev",app="api"} |= "x"') == {"app"}
    assert {label for label in LOG_LABELS if not re.search(rf'\b{label}\b *=|"{label}"', alloy)} == set()


@pytest.mark.parametrize("name", PAGES)
def test_a_block_names_its_language(name: str) -> None:
    """Else nothing here would check it."""
    opened = re.findall(r"^ *```(.*)$", PAGES[name], re.MULTILINE)[::2]

    assert set(opened) <= LANGUAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_make_target_or_a_command_of_ours_exists(name: str) -> None:
    assert set(re.findall(r"\bmake ([a-z-]+)(?= STACK|`|\n)", PAGES[name])) - TARGETS == set()
    assert set(re.findall(r"\bresilience ([a-z]+)", PAGES[name])) - set(main.commands) == set()


@pytest.mark.parametrize("name", PAGES)
def test_the_silence_is_that_of_the_alert(name: str) -> None:
    environment = "dev" if ALERTS[name].environments is Where.OTHERS else "production"
    silence = PAGES[name].partition("## How to silence")[2].partition("\n## ")[0]

    assert f"`alert_id={name}` and `environment={environment}`" in " ".join(silence.split())


@pytest.mark.parametrize("name", PAGES)
def test_a_sentence_and_the_block_of_its_own_alert_come_first(name: str) -> None:
    title, sentence, generated = PAGES[name].split("\n\n", 2)
    begin = f'<!-- [[[cog from resilience.docgen.runbooks import facts; cog.outl(facts("{name}")) ]]] -->\n'

    assert title.startswith("# ")
    assert re.fullmatch(r"[A-Z][^.]+\.", sentence)
    current = f"{begin}{facts(name)}\n<!-- [[[end]]] -->\n"
    assert generated[: len(current)] == current, f"runbooks/{name}.md is out of date: run `make golden`"
    assert facts(name).startswith("Fires when ")
    assert f". Tier {ALERTS[name].tier}: " in facts(name)


@pytest.mark.parametrize("name", PAGES)
def test_the_first_three_commands_are_three(name: str) -> None:
    section = PAGES[name].partition("## First three commands")[2].partition("\n## ")[0]

    assert re.findall(r"^(\d)\. ", section, re.MULTILINE) == ["1", "2", "3"]
    assert section.count("```") >= 6


_BLOCK = re.compile(r"<!-- \[\[\[cog .*?\[\[\[end\]\]\] -->|^ *```.*?^ *```$|`[^`]*`", re.MULTILINE | re.DOTALL)
_WORDS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
_WORDS |= {"nine": 9, "ten": 10}
_NUMBER = r"(?<![\w.])\d+(?:\.\d+)?"
_UNIT = {"s": 1, "sec": 1, "min": 60, "m": 60, "h": 3600, "d": 86400}
_UNIT |= {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_DURATION = re.compile(rf"({_NUMBER})[ -]?({'|'.join(sorted(_UNIT, reverse=True))})s?\b")
_PERCENT = re.compile(rf"({_NUMBER}) ?%")
_HTTP_STATUS = re.compile(r"[1-5]\d\d")
UNRELATED = {
    # When the telemetry token is replaced: components/telemetry_access.py, whatever the alert's threshold.
    "credential-expiring": {"30 days"},
}


def prose(page: str) -> str:
    """A page without generated blocks and code, its numbers in digits."""
    text = (
        " ".join(_BLOCK.sub(" ", page).split()).replace("half an hour", "30 minutes").replace("half hour", "30 minute")
    )
    return re.sub(r"\b[a-z]+\b", lambda word: str(_WORDS.get(word[0], word[0])), text)


def numbers(text: str) -> set[str]:
    """Durations, shares, and bare numbers of two digits or with a fraction, each in one spelling."""
    spans = [[float(number) * _UNIT[unit] for number, unit in _DURATION.findall(run[0])] for run in _runs(text)]
    durations = {spelt(one) for span in spans for one in (*span, sum(span))}
    shares = {f"{float(number) / 100:.12g}" for number in _PERCENT.findall(text)}
    bare = re.findall(_NUMBER + r"\b", _PERCENT.sub(" ", _DURATION.sub(" ", text)))
    return durations | shares | {one for one in bare if len(one) > 1 and not _HTTP_STATUS.fullmatch(one)}


def _runs(text: str) -> Iterator[re.Match[str]]:
    """Durations with those that follow at once: `1 hour 30 minutes`."""
    return re.finditer(rf"{_DURATION.pattern}(?:(?: and)? {_DURATION.pattern})*", text)


def of_the_catalogue(alert: Alert, catalogue: Catalogue) -> set[str]:
    """Its numbers as `numbers` spells them; when it repeats is left out, since advice often says "a day" too."""
    values = [*(alert.text(f"${name}") for name in alert.values), alert.text(alert.fires_when)]
    return numbers("; ".join(values)) - {"0s"} | {alert.notify_within, route_of(alert, catalogue).group_wait}


def repeated(page: str, alert: Alert, catalogue: Catalogue = CATALOGUE) -> set[str]:
    """What of the catalogue's numbers the prose writes out."""
    text = prose(page)
    for phrase in UNRELATED.get(alert.id, ()):
        text = text.replace(phrase, "")
    return numbers(text) & of_the_catalogue(alert, catalogue)


@pytest.mark.parametrize("name", PAGES)
def test_prose_writes_out_no_number_that_the_catalogue_holds(name: str) -> None:
    assert repeated(PAGES[name], ALERTS[name]) == set()
    assert {phrase for phrase in UNRELATED.get(name, ()) if phrase not in prose(PAGES[name])} == set()


_WAIT = re.compile(rf"\b(?:within|after|at most|up to)(?: about)? {_DURATION.pattern}")


def waits_by_hand(page: str) -> list[str]:
    """Sentences of the prose that say how long a message takes: their times come from the catalogue."""
    sentences = re.split(r"(?<=[.:]) ", prose(page))
    return [one for one in sentences if re.search(r"\b(Slack|messages?)\b", one) and _WAIT.search(one)]


@pytest.mark.parametrize("name", PAGES)
def test_prose_says_of_no_message_how_long_it_takes(name: str) -> None:
    assert waits_by_hand(PAGES[name]) == []


def test_a_wait_of_a_message_that_is_written_by_hand_is_found() -> None:
    page = "All is well. Slack\nhas it within ten seconds. Wait 10 s."

    assert waits_by_hand(page) == ["Slack has it within 10 seconds."]


EXAMPLE = ALERTS["error-budget-burn"].model_copy(
    update={
        "threshold": Threshold(gt=0.05),
        "for_": "5m",
        "notify_within": "3h30m",
        "parameters": {"requests": 10, "window": "1d", "slot": "30m"},
        "fires_when": "more than $threshold_percent in $slot_x3, and it ends in $requests days",
    }
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("Look at the last 6 hours; 429 in the log.", set(), id="advice is quiet"),
        pytest.param("`[5m]`\n```sh\nlogs --since 5m\n```\n", set(), id="code is quiet"),
        pytest.param("Exactly 10 is quiet.", {"10"}, id="a bare number"),
        pytest.param("So is a peak shorter than five\nminutes.", {"5m"}, id="in words, over two lines"),
        pytest.param("5 min pending", {"5m"}, id="abbreviated"),
        pytest.param("Slack has it after 210 minutes.", {"3h30m"}, id="in another unit"),
        pytest.param("Slack has it after 3 hours and 30 minutes.", {"3h30m", "30m"}, id="two units"),
        pytest.param("It counts half hours.", {"30m"}, id="half hours"),
        pytest.param("Older than a day, or 24 h, or 1440 minutes.", {"1d"}, id="a day"),
        pytest.param("It is below 0.05.", {"0.05"}, id="a fraction"),
        pytest.param("More than 5 % fail.", {"0.05"}, id="a percentage"),
        pytest.param("Wait 90 minutes.", {"1h30m"}, id="a multiple that fires_when shows"),
        pytest.param("10 days before it ends.", {"10d"}, id="a number with the unit that fires_when gives it"),
    ],
)
def test_a_number_that_is_written_out_is_found(text: str, found: set[str]) -> None:
    assert repeated(text, EXAMPLE) == found


@pytest.mark.parametrize("name", PAGES)
def test_prose_explains_each_parameter_of_the_block(name: str) -> None:
    text = re.sub(r"<!-- \[\[\[cog .*?\[\[\[end\]\]\] -->", "", PAGES[name], flags=re.DOTALL)

    assert {parameter for parameter in ALERTS[name].parameters if f"`{parameter}`" not in text} == set()


def test_another_threshold_in_the_catalogue_makes_block_and_prose_wrong(tmp_path: Path) -> None:
    for folder in ("catalogue", "runbooks"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    file = tmp_path / "catalogue/alerts/worker.yaml"
    file.write_text(re.sub(r"threshold: \{gt: \d+\}", "threshold: {gt: 4321}", file.read_text("utf-8")), "utf-8")
    catalogue = Catalogue.load(tmp_path)
    alert = next(one for one in catalogue.alerts if one.id == "queue-backing-up")
    page = PAGES[alert.id]

    assert block(ALERTS[alert.id], CATALOGUE) in page
    assert block(alert, catalogue) not in page
    assert repeated(f"{page}\nAt 4321 jobs it is quiet.\n", alert, catalogue) == {"4321"}


def changed(alert: Alert) -> Iterator[tuple[str, Alert]]:
    """The alert with one number doubled at a time."""
    for name in ("for_", "notify_within"):
        yield name, alert.model_copy(update={name: _doubled(getattr(alert, name))})
    higher = alert.threshold.model_copy(
        update={alert.threshold.evaluator: 2 * alert.threshold.value + 1},
    )
    yield "threshold", alert.model_copy(update={"threshold": higher})
    if alert.escalation:
        yield (
            "escalation",
            alert.model_copy(update={"escalation": alert.escalation.model_copy(update={"threshold": higher})}),
        )
    for name, value in alert.parameters.items():
        other = _doubled(value) if isinstance(value, str) else 2 * value
        yield name, alert.model_copy(update={"parameters": alert.parameters | {name: other}})


def _doubled(duration: str) -> str:
    return spelt(2 * seconds(duration) + 60)


@pytest.mark.parametrize("name", PAGES)
def test_the_block_shows_each_number_of_the_alert(name: str) -> None:
    assert [at for at, alert in changed(ALERTS[name]) if block(alert, CATALOGUE) in PAGES[name]] == []


@pytest.mark.parametrize("key", ["group_wait", "repeat_interval"])
@pytest.mark.parametrize("name", PAGES)
def test_the_block_shows_each_wait_of_its_route(name: str, key: str) -> None:
    route = route_of(ALERTS[name], CATALOGUE)
    other = route.model_copy(update={key: _doubled(getattr(route, key))})
    routing = CATALOGUE.routing.model_copy(
        update={
            "tiers": dict.fromkeys(CATALOGUE.routing.tiers, other),
            "other_environments": other,
            "watchdog": other,
        }
    )

    assert block(ALERTS[name], CATALOGUE.model_copy(update={"routing": routing})) not in PAGES[name]


@pytest.mark.parametrize("name", [name for name, text in PAGES.items() if 'Slack says "Resolved"' in text])
def test_the_section_on_recovery_says_when_slack_does(name: str) -> None:
    section = PAGES[name].partition("## How to verify recovery")[2].partition("\n## ")[0]
    begin = f'<!-- [[[cog from resilience.docgen.runbooks import resolved; cog.outl(resolved("{name}")) ]]] -->'

    assert f"{begin}\n   {resolved(name)}\n" in section


def test_the_end_is_announced_as_its_route_says() -> None:
    plain = {one.id: one for one in CATALOGUE.at(clock.NOTHING_ANNOUNCED).alerts}
    at_once, waits = (end(plain[name], CATALOGUE) for name in ("api-down", "queue-backing-up"))
    tiers = {
        tier: route.model_copy(update={"group_interval": "13m"}) for tier, route in CATALOGUE.routing.tiers.items()
    }
    slower = CATALOGUE.model_copy(update={"routing": CATALOGUE.routing.model_copy(update={"tiers": tiers})})
    held = ALERTS["api-down"].model_copy(update={"keep_firing_for": "30m"})

    assert at_once.endswith("good again.")
    assert waits.endswith("good again, in business hours. What ends outside them is not announced: look yourself.")
    assert end(ALERTS["api-down"], slower).startswith("At most 15 minutes after")
    assert end(held, slower).startswith("At most 45 minutes after")


def test_the_table_of_leaks_agrees_with_what_the_rule_did_in_its_scenario() -> None:
    row = re.search(
        r"`errors-slow-leak`: 2 % of all requests .*? \| (\w+) \|", (ROOT / "docs/scenarios.md").read_text("utf-8")
    )

    assert row
    # The table is in steps of 5 minutes.
    assert f"| 2 % | about {in_words(300 * math.ceil(seconds(row[1]) / 300))} |" in leaks()
