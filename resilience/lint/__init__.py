"""Mistakes that look right: one check a module, one id across code, test and doc.

The lints judge what the program declares (the manifest), not the catalogue, so that a component's
mistake is seen too. Every finding ends with the id of its lint in brackets.
"""

from collections import defaultdict
from collections.abc import Iterable

from resilience.core.problems import Problem
from resilience.lint.context import Context, Lint
from resilience.lint.queries import (
    absent_without_for,
    environment_unmatched,
    event_gauge_unguarded,
    label_aggregated_away,
    outside_contract,
    range_too_short,
    ratio_not_aggregated,
)
from resilience.lint.rules import (
    duration_spelling,
    runbook_incomplete,
    state_not_stated,
    uid_not_pinned,
    unrouted,
    value_in_label,
)
from resilience.manifest.rules import STACKS

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
    uid_not_pinned.LINT,
    unrouted.LINT,
    value_in_label.LINT,
)

__all__ = ["LINTS", "Context", "Lint", "findings"]


def findings(context: Context, lints: Iterable[Lint] = LINTS) -> list[Problem]:
    """What these lints find, sorted by place; the same fault of several stacks is told once."""
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for lint in lints:
        for problem in lint.problems(context):
            # Files stay apart; what a component does wrong it does in every stack.
            place = STACKS if problem.file.startswith(STACKS) else problem.file
            found[place, problem.path, problem.what, f"{problem.instead} [{lint.id}]"].append(problem.file)
    return sorted(Problem(", ".join(dict.fromkeys(files)), *rest) for (_, *rest), files in found.items())
