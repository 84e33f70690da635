"""Which declared rules look right but would not work? One check a module; code, test and doc share its id.

Lints read what the program declares (the manifest), not the catalogue, so that they also find the
mistakes of components. Every problem ends with the id of its lint in brackets.
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
    access_token_unwatched,
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
    access_token_unwatched.LINT,
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

__all__ = ["LINTS", "Context", "Lint", "problems"]


def problems(context: Context, lints: Iterable[Lint] = LINTS) -> list[Problem]:
    """Problems that these lints find, sorted by place; the same problem of several stacks is reported once."""
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for lint in lints:
        for problem in lint.problems(context):
            # A component makes the same mistake in every stack; files are reported one by one.
            place = STACKS if problem.file.startswith(STACKS) else problem.file
            found[place, problem.path, problem.what, f"{problem.instead} [{lint.id}]"].append(problem.file)
    return sorted(Problem(", ".join(dict.fromkeys(files)), *rest) for (_, *rest), files in found.items())
