"""The map of the README and the walks of docs/parts.md name what exists; the pictures hold their texts."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from resilience.model.catalogue import ROOT

README = (ROOT / "README.md").read_text("utf-8")
PARTS = (ROOT / "docs/parts.md").read_text("utf-8")
PATHS = sorted(set(re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", PARTS)))
NAMES = sorted(set(re.findall(r"`([A-Za-z_.]+)` in `([\w./]+\.py)`", PARTS)))
PICTURES = ("line.svg", "rooms.svg")
SVG = "{http://www.w3.org/2000/svg}"
# Measured in Chromium with DejaVu Sans, a wide font: the widest text has 0.637 em a letter (2026-11-27).
EMS_PER_LETTER = 0.64


def rooms() -> set[str]:
    """Every folder of the library, as the map spells it."""
    return {f"resilience/{path.parent.name}/" for path in (ROOT / "resilience").glob("*/__init__.py")}


def test_the_map_names_every_room_once() -> None:
    named = re.findall(r"^\| `([\w./-]+/)` \|", README, re.MULTILINE)

    assert {name for name in named if name.startswith("resilience/")} == rooms()
    assert len(named) == len(set(named))
    assert [name for name in named if not (ROOT / name).is_dir()] == []


@pytest.mark.parametrize("path", PATHS)
def test_every_path_of_the_walks_exists(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize(("name", "path"), NAMES)
def test_every_name_of_the_walks_is_in_its_file(name: str, path: str) -> None:
    last = re.escape(name.rpartition(".")[2])

    assert re.search(rf"^ *(def|class) {last}\b|^{last} = ", (ROOT / path).read_text("utf-8"), re.MULTILINE)


def overflowing(picture: Path) -> list[str]:
    """Texts that are wider than their box."""
    found = []
    for group in ET.parse(picture).iter(f"{SVG}g"):  # noqa: S314  # our own file
        (box,) = group.iter(f"{SVG}rect")
        for text in group.iter(f"{SVG}text"):
            size = 12 if text.get("class") == "small" else 14
            if len(text.text or "") * size * EMS_PER_LETTER > float(box.attrib["width"]):
                found.append(text.text or "")
    return found


@pytest.mark.parametrize("name", PICTURES)
def test_no_text_of_a_picture_is_wider_than_its_box(name: str) -> None:
    assert overflowing(ROOT / "docs" / name) == []


def test_a_text_that_is_too_wide_is_found(tmp_path: Path) -> None:
    picture = tmp_path / "wide.svg"
    text = (ROOT / "docs/line.svg").read_text("utf-8").replace(">settings, secrets<", f">{'settings, ' * 4}<")
    picture.write_text(text, "utf-8")

    assert overflowing(picture) == ["settings, " * 4]
