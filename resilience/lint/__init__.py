"""Mistakes that look right: one check a module, one id across code, test and doc.

The lints judge what the program declares (the manifest), not the catalogue, so that a component's
mistake is seen too. Every finding ends with the id of its lint in brackets.
"""

from collections import defaultdict
from collections.abc import Iterable

from resilience.lint import (
    absent_without_for,
    duration_spelling,
    environment_unmatched,
    event_gauge_unguarded,
    label_aggregated_away,
    outside_contract,
    range_too_short,
    ratio_not_aggregated,
    runbook_incomplete,
    state_not_stated,
    too_many_rules,
    uid_not_pinned,
    unrouted,
    value_in_label,
)
from resilience.lint.declared import STACKS, Declared, DeclaredRule, Lint
from resilience.model.faults import Fault

LINTS: tuple[Lint, ...] = (
    absent_without_for.LINT,
    duration_spelling.LINT,
    environment_unmatched.LINT,
    event_gauge_unguarded.LINT,
    label_aggregated_away.LINT,
    outside_contract.LINT,
    range_too_short.LINT,
    ratio_not_aggregated.LINT,
    runbook_incomplete.LINT,
    state_not_stated.LINT,
    too_many_rules.LINT,
    uid_not_pinned.LINT,
    unrouted.LINT,
    value_in_label.LINT,
)

__all__ = ["LINTS", "Declared", "DeclaredRule", "Lint", "findings"]


def findings(declared: Declared, lints: Iterable[Lint] = LINTS) -> list[Fault]:
    """What these lints find, sorted by place; the same fault of several stacks is told once."""
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for lint in lints:
        for fault in lint.faults(declared):
            # Files stay apart; what a component does wrong it does in every stack.
            place = STACKS if fault.file.startswith(STACKS) else fault.file
            found[place, fault.path, fault.problem, f"{fault.instead} [{lint.id}]"].append(fault.file)
    return sorted(Fault(", ".join(dict.fromkeys(files)), *rest) for (_, *rest), files in found.items())
