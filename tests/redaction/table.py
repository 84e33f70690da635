"""The lines on which every user of the list is tried, and how to read them."""

import re
from dataclasses import dataclass
from typing import Any

from resilience.core.yaml_files import read_own
from resilience.model.catalogue import ROOT

FILE = ROOT / "tests" / "redaction" / "lines.yaml"
_READ: dict[str, Any] = read_own(FILE.read_text(encoding="utf-8"))
_MARKED = re.compile(r"⟦.*?(?:⟧|$)", re.DOTALL)
_UNSEEN = "·"


@dataclass(frozen=True)
class MarkedLine:
    """A line whose secret parts are marked."""

    marked: str

    @property
    def line(self) -> str:
        """As software logs it."""
        return self.marked.replace("⟦", "").replace("⟧", "")

    @property
    def secrets(self) -> list[str]:
        """The marked parts."""
        return [found.strip("⟦⟧") for found in _MARKED.findall(self.marked)]

    def clean(self, mark: str) -> str:
        """As it may be sent, with the mark for each secret part."""
        return _MARKED.sub(mark, self.marked)


BECOMES = tuple(MarkedLine(text.replace(_UNSEEN, "")) for text in _READ["becomes"])
STAYS: tuple[str, ...] = tuple(_READ["stays"])
