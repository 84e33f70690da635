"""Compares two states of the same facts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from resilience.review import facts
from resilience.review.facts import Facts
from resilience.review.reading import JsonObject


@dataclass(frozen=True)
class Change:
    """One thing that is new, gone or different.

    Attributes:
        kind: `new`, `gone` or `changed`.
        details: field, before and after; only if it is `changed`.
    """

    section: str
    subject: str
    kind: str
    details: tuple[tuple[str, str, str], ...] = ()


def compared(
    before: Sequence[JsonObject],
    after: Sequence[JsonObject],
    budgets: tuple[Sequence[JsonObject], Sequence[JsonObject]] = ((), ()),
) -> list[Change]:
    """All changes, by section and subject; without budgets, limits are left out."""
    sections: dict[str, tuple[Facts, Facts]] = {
        "Alerts": (facts.alerts(before), facts.alerts(after)),
        "Routes": (facts.routes(before), facts.routes(after)),
        "Budget": (facts.budget(budgets[0]), facts.budget(budgets[1])),
        "Other resources": (facts.resources(before), facts.resources(after)),
    }
    return [change for section, (old, new) in sections.items() for change in _between(section, old, new)]


def removed_stacks(before: Sequence[JsonObject], after: Sequence[JsonObject]) -> list[str]:
    """Stacks that are no longer declared: what they own continues to exist."""
    return sorted({one["stack"] for one in before} - {one["stack"] for one in after})


def _between(section: str, old: Facts, new: Facts) -> Iterator[Change]:
    for subject in sorted(old.keys() | new.keys()):
        if subject not in old:
            yield Change(section, subject, "new")
        elif subject not in new:
            yield Change(section, subject, "gone")
        elif details := tuple(_details(old[subject], new[subject])):
            yield Change(section, subject, "changed", details)


def _details(old: dict[str, str], new: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            yield key, old.get(key, ""), new.get(key, "")
