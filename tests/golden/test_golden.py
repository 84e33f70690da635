"""What is declared and exported, byte by byte: a change shows here, and is reviewed line by line."""

import difflib

import pytest

from resilience.manifest import Manifest
from resilience.model.stack_file import stacks
from tests.golden.rewrite import GOLDEN, golden

FILES = [
    "alertmanager.yml",
    "loki-rules.yml",
    *sorted(f"manifest.{stack}.json" for stack in stacks()),
    "rules.yml",
    "sv0.tmpl",
]


@pytest.fixture(scope="module")
def actual(every_stack: list[Manifest]) -> dict[str, str]:
    return golden(every_stack)


def difference(name: str, actual: str) -> str:
    """Nothing, or the lines that differ and what to do."""
    expected = (GOLDEN / name).read_bytes().decode()
    if expected == actual:
        return ""
    before, now = (text.splitlines(keepends=True) for text in (expected, actual))
    lines = difflib.unified_diff(before, now, f"golden/{name}", "declared now")
    return "".join(lines) + "\nIf this is what you want, run make golden."


@pytest.mark.parametrize("name", FILES)
def test_is_what_was_reviewed(actual: dict[str, str], name: str) -> None:
    if found := difference(name, actual[name]):
        pytest.fail(found, pytrace=False)


def test_a_difference_says_what_and_how_to_accept_it() -> None:
    text = (GOLDEN / "loki-rules.yml").read_text(encoding="utf-8")

    found = difference("loki-rules.yml", text + "more\n")

    assert "+more\n" in found
    assert found.endswith("run make golden.")


def test_there_is_a_golden_file_for_each_text_and_none_besides(actual: dict[str, str]) -> None:
    kept = sorted(path.name for path in GOLDEN.iterdir() if path.suffix not in (".py", ""))

    assert (sorted(actual), kept) == (FILES, FILES)
