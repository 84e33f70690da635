"""The budget, line by line: every limit of `catalogue/limits.yaml`, and what counts against it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from resilience.budget.actions import actions_minutes
from resilience.budget.counts import Contribution, log_gigabytes, rule_instances, rules, series, users
from resilience.budget.executions import executions
from resilience.budget.facts import Facts
from resilience.model.catalogue import Limit
from resilience.model.faults import BadInputError, Fault, collected
from resilience.model.usage import USAGE

LIMITS = "catalogue/limits.yaml"


@dataclass(frozen=True)
class Count:
    """How the use of one limit is told.

    Attributes:
        of: the contributions.
        file: where somebody would begin to use less, and `instead` how.
        each: the limit holds for each contribution, not for their sum.
        linted: a lint tells when it is too much, with its id.
        unit: stands where no limit is known; without it, a limit must be written.
    """

    of: Callable[[Facts], Iterable[Contribution]]
    file: str
    instead: str
    each: bool = False
    unit: str = ""
    linted: bool = False


COUNTS = {
    "rules": Count(rules, "catalogue/alerts", "declare fewer", linted=True),
    "rule_instances": Count(rule_instances, "catalogue/alerts", "aggregate by fewer labels", each=True),
    "series": Count(series, "catalogue/telemetry.yaml", "lower at_most, and hold the platform to it"),
    "log_gigabytes": Count(log_gigabytes, USAGE, "ship fewer lines"),
    "users": Count(users, "Pulumi.production.yaml", "list fewer members"),
    "outside_checks": Count(
        executions,
        "Pulumi.*.yaml",
        "probe less often or from fewer places",
        unit="executions of outside checks a month",
    ),
    "actions_minutes": Count(actions_minutes, ".github/workflows", "run less often"),
}


@dataclass(frozen=True)
class Line:
    """Use of one limit; contributions from the largest to the smallest."""

    key: str
    count: Count
    limit: Limit | None
    contributions: tuple[Contribution, ...]

    @property
    def unit(self) -> str:
        """What is counted."""
        return self.limit.unit if self.limit else self.count.unit

    @property
    def used(self) -> float:
        """The sum, or the largest where the limit holds for each."""
        amounts = [one.amount for one in self.contributions]
        return max(amounts, default=0) if self.count.each else sum(amounts)

    @property
    def share(self) -> float | None:
        """Part of the limit that is used; nothing where none is known."""
        return self.used / self.limit.limit if self.limit else None

    @property
    def largest(self) -> Contribution | None:
        """What costs most."""
        return next((one for one in self.contributions if one.amount), None)

    @property
    def exceeded(self) -> bool:
        """Whether more is used than the free tier allows."""
        return self.share is not None and self.share > 1


def lines(facts: Facts) -> list[Line]:
    """Every line.

    Raises:
        BadInputError: something cannot be counted, a limit is missing, or a limit has no count.
    """
    found: list[Fault] = list(_unpaired(facts))
    parts = {key: collected(found, lambda count=count: _sorted(count.of(facts))) for key, count in COUNTS.items()}  # type: ignore[misc]  # mypy knows no default in a lambda
    if found:
        raise BadInputError(found)
    limits = facts.catalogue.limits
    return [Line(key, COUNTS[key], limits.get(key), part) for key, part in parts.items() if part is not None]


def _sorted(contributions: Iterable[Contribution]) -> tuple[Contribution, ...]:
    return tuple(sorted(contributions, key=lambda one: (-one.amount, one.name)))


def _unpaired(facts: Facts) -> Iterator[Fault]:
    limits = facts.catalogue.limits
    for key in sorted(set(limits) - set(COUNTS)):
        yield Fault(LIMITS, f"limits.{key}", "nothing is counted against it", f"write one of {', '.join(COUNTS)}")
    for key in (key for key, count in COUNTS.items() if key not in limits and not count.unit):
        yield Fault(LIMITS, f"limits.{key}", "is missing", "write what the plan allows, with source and date")


def faults(facts: Facts) -> Iterator[Fault]:
    """What cannot be counted; or one for each limit that is exceeded and no lint tells of."""
    found: list[Fault] = []
    counted = collected(found, lambda: lines(facts))
    yield from found
    for line in counted or ():
        if line.exceeded and line.limit and line.largest and not line.count.linted:
            most = f"{line.largest.name}: {amount(line.largest.amount)}"
            problem = f"{amount(line.used)} {line.unit}, but the free tier allows {line.limit.limit} (most by {most})"
            yield Fault(line.count.file, "(all stacks)", problem, line.count.instead)


def amount(number: float) -> str:
    """A whole number as one, else with one digit after the point."""
    return f"{number:.0f}" if float(number).is_integer() else f"{number:.1f}"
