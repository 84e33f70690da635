"""Rules of all environments together count against one Grafana."""

from collections.abc import Iterator

from resilience.lint.declared import Declared, Lint
from resilience.model.faults import Fault


def _faults(declared: Declared) -> Iterator[Fault]:
    allowed, count = declared.catalogue.limits["rules"], len(declared.rules)
    if count > allowed.limit:
        problem = f"{count} {allowed.unit}, but the free tier allows {allowed.limit}"
        yield Fault("catalogue/alerts", "(all stacks)", problem, "declare fewer")


LINT = Lint(
    "too-many-rules",
    "All stacks together declare more rules than the plan allows (`rules` in `catalogue/limits.yaml`).",
    "Fewer alerts, or fewer environments for one (`environments:`).",
    _faults,
)
