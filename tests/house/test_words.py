"""The former private words of this repository are in no file; the comments say which words to use instead."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from resilience.model.catalogue import ROOT

CONNECTIONS = (
    r"connections? (?:\w+ )?refused|refus(?:e|es|ed|ing) connections?|ECONNREFUSED|ConnectionRefused\w*"
    # Names that are known outside: a kind of the probe, a scenario.
    r"|access-refused|logs-refused"
)
# Each word with its exact exceptions. A word ends where letters end: `told_within` and `test_it_is_told` hold `told`.
WORDS = {
    r"told|tells": None,  # notify, report, say, show, print
    r"judg[a-z]*": r"test-judges",  # check, evaluate, compare, classify; a target of make
    r"refus[a-z]*": CONNECTIONS,  # reject
    r"blind[a-z]*": None,  # cannot be evaluated, has no data
    r"stranger(?:s)?": None,  # unmanaged
    r"stray(?:s)?": None,  # unknown
    r"smuggl[a-z]*": None,  # env_overrides
    r"drill[a-z]*": None,  # live run
    r"surroundings": None,  # targets
    r"mend(?:s|ed|ing)?": None,  # fix
    r"corpus": None,  # scenarios
}
# Types, searched in Python alone: in a sentence most of them are ordinary words.
TYPES = (
    r"World|Surroundings|Drill|Desk|Board|Sight|Wire|Delivery|Fakes|Refusals|TellableError|(?<=class )Look|Look(?=\()"
)
SEARCHED = {word: re.compile(rf"(?<![a-z])(?:{word})(?![a-z])", re.IGNORECASE) for word in WORDS}
# What each must hold, in small letters: looking for a plain text is fifty times faster.
STEMS = {word: re.findall("[a-z]{4,}", word) for word in WORDS}
EXACT = {word: re.compile(exceptions, re.IGNORECASE) for word, exceptions in WORDS.items() if exceptions}
TYPE = re.compile(rf"\b(?:{TYPES})\b")
# Written by others, or generated from what others write.
FOREIGN = ("uv.lock", "*package-lock.json", "*go.sum", "tests/deploy/testdata/compose-spec.*")
OURSELVES = "tests/house/test_words.py"
RENAMED = re.compile(r"^RENAMED = \{.*?^\}", re.MULTILINE | re.DOTALL)


def texts() -> Iterator[tuple[str, str]]:
    """Every tracked text file that is ours: path and content."""
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in tracked.splitlines():
        path = ROOT / name
        if name == OURSELVES or any(Path(name).match(pattern) for pattern in FOREIGN) or not path.exists():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        yield name, RENAMED.sub("", text) if name == "resilience/core/problems.py" else text


def found(text: str, *, python: bool = False) -> list[str]:
    """The private words in a text, in their order in the list."""
    hits, small = [], text.lower()
    for word, pattern in SEARCHED.items():
        if not any(stem in small for stem in STEMS[word]):
            continue
        allowed = EXACT.get(word)
        hits += pattern.findall(allowed.sub("", text) if allowed else text)
    return hits + (TYPE.findall(text) if python else [])


def test_no_file_holds_a_private_word() -> None:
    hits = {name: words for name, text in texts() if (words := found(f"{name}\n{text}", python=name.endswith(".py")))}

    assert hits == {}


@pytest.mark.parametrize(
    "sentence",
    [
        "notify_within was told_within",
        "def test_a_P1_is_told_at_once",
        "Judging by Grafana",
        "it REFUSES",
        "the connection is open, and refused",
        "blindness",
        "a stranger",
        "strays",
        "smuggled",
        "drills",
        "surroundings",
        "Mend it",
        "corpus",
        "class World:",
        "look = Look(1)",
    ],
)
def test_a_private_word_is_found(sentence: str) -> None:
    assert len(found(sentence, python=True)) == 1


@pytest.mark.parametrize(
    "sentence",
    [
        "Connection refused",
        "a connection is refused",
        "it refuses connections",
        "ECONNREFUSED",
        "ConnectionRefusedError",
        "recommended amendments astray",
        "tell",
        "Look at the board",
    ],
)
def test_an_exact_or_ordinary_word_is_none(sentence: str) -> None:
    assert found(sentence, python=True) == []
