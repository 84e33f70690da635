"""Runbooks name what exists: queries of the telemetry contract, commands of this repository, real silences."""

import re

import pytest

from resilience.cli import main
from resilience.model.catalogue import ROOT, Catalogue, Where
from resilience.model.telemetry import series_labels
from resilience.promql import placeholders as promql

CATALOGUE = Catalogue.load()
ALERTS = {alert.id: alert for alert in CATALOGUE.alerts}
PAGES = {path.stem: path.read_text("utf-8") for path in sorted((ROOT / "runbooks").glob("*.md"))}
TARGETS = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
SERIES = series_labels(CATALOGUE.metrics)
QUERIES = [
    pytest.param(query, id=f"{name}-{number}")
    for name, text in PAGES.items()
    for number, query in enumerate(re.findall(r"^ *```promql\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL))
]
INLINE = [
    pytest.param(code, id=f"{name}-inline-{number}")
    for name, text in PAGES.items()
    for number, code in enumerate(re.findall(r"`([^`\n]*\b(?:sv0_\w+|process_\w+|up)\{[^`\n]*)`", text))
]


@pytest.mark.parametrize("query", [*QUERIES, *INLINE])
def test_a_query_is_promql_of_the_telemetry_contract(query: str) -> None:
    assert promql.problems(query) == []
    assert promql.unknown_series(query, SERIES) == []


def test_a_query_outside_the_contract_is_found() -> None:
    assert len(QUERIES) >= 25
    assert len(INLINE) >= 5
    assert promql.unknown_series('up{pod="api"}', SERIES) != []


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
def test_the_first_paragraph_says_what_fires_and_its_tier(name: str) -> None:
    first = PAGES[name].split("\n\n")[1]

    assert "; fires " in first
    assert ALERTS[name].tier in first


@pytest.mark.parametrize("name", PAGES)
def test_the_first_three_commands_are_three(name: str) -> None:
    section = PAGES[name].partition("## First three commands")[2].partition("\n## ")[0]

    assert re.findall(r"^(\d)\. ", section, re.MULTILINE) == ["1", "2", "3"]
    assert section.count("```") >= 6
