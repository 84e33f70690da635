"""The lines of the budget: each limit of `catalogue/limits.yaml`, and what counts against it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from resilience.budget.actions import actions_minutes
from resilience.budget.counts import (
    Contribution,
    log_gigabytes,
    most_log_gigabytes,
    rule_instances,
    rules,
    series,
    users,
)
from resilience.budget.executions import executions
from resilience.budget.inputs import BudgetInput
from resilience.core.problems import BadInputError, Problem, collected
from resilience.model.catalogue import Limit
from resilience.model.usage import USAGE

LIMITS = "catalogue/limits.yaml"


@dataclass(frozen=True)
class LimitCount:
    """How the use of one limit is counted.

    Attributes:
        of: gives the contributions.
        file: where the use can be reduced, and `instead` how.
        each: the limit applies to each contribution, not to their sum.
        worst_of: this is the worst case of that limit; above it is a warning, not a problem.
    """

    of: Callable[[BudgetInput], Iterable[Contribution]]
    file: str
    instead: str
    each: bool = False
    worst_of: str = ""


COUNTS = {
    "rules": LimitCount(rules, "catalogue/alerts", "declare fewer"),
    "rule_instances": LimitCount(rule_instances, "catalogue/alerts", "aggregate by fewer labels", each=True),
    "series": LimitCount(series, "catalogue/telemetry.yaml", "lower at_most, and change the platform to match"),
    "log_gigabytes": LimitCount(log_gigabytes, USAGE, "ship fewer lines"),
    "most_log_gigabytes": LimitCount(
        most_log_gigabytes, USAGE, "lower the rates of logs.at_most", worst_of="log_gigabytes"
    ),
    "users": LimitCount(users, "Pulumi.production.yaml", "list fewer members"),
    "outside_checks": LimitCount(executions, "Pulumi.*.yaml", "probe less often or from fewer places"),
    "actions_minutes": LimitCount(actions_minutes, ".github/workflows", "run less often"),
}


@dataclass(frozen=True)
class BudgetLine:
    """Use of one limit; contributions from the largest to the smallest."""

    key: str
    count: LimitCount
    limit: Limit
    contributions: tuple[Contribution, ...]

    @property
    def used(self) -> float:
        """The sum, or the largest if the limit applies to each."""
        amounts = [one.amount for one in self.contributions]
        return max(amounts, default=0) if self.count.each else sum(amounts)

    @property
    def share(self) -> float:
        """Used part of the limit; 1 is all of it."""
        return self.used / self.limit.limit

    @property
    def largest(self) -> Contribution | None:
        """What costs most."""
        return next((one for one in self.contributions if one.amount), None)

    @property
    def exceeded(self) -> bool:
        """Whether more is used than the free tier is known to allow."""
        return self.share > 1 and not self.limit.assumed and not self.count.worst_of

    @property
    def doubtful(self) -> bool:
        """Whether more is used than we assume to be allowed, or could be used than is allowed."""
        return self.share > 1 and not self.exceeded

    @property
    def crowded(self) -> bool:
        """Whether more is used than we plan to use, although less than is allowed."""
        return self.limit.planned < 100 * self.share <= 100  # noqa: PLR2004  # percent


def lines(inputs: BudgetInput) -> list[BudgetLine]:
    """All lines.

    Raises:
        BadInputError: something cannot be counted, a limit is missing, or a limit has no count.
    """
    found: list[Problem] = list(_unpaired(inputs))
    parts = {key: collected(found, lambda count=count: _sorted(count.of(inputs))) for key, count in COUNTS.items()}  # type: ignore[misc]  # mypy knows no default in a lambda
    if found:
        raise BadInputError(found)
    limits = inputs.catalogue.limits
    return [BudgetLine(key, COUNTS[key], _limit(key, limits), part) for key, part in parts.items() if part is not None]


def _limit(key: str, limits: Mapping[str, Limit]) -> Limit:
    """The limit of a count; the worst case of one has its own name and the same number."""
    worst_of = COUNTS[key].worst_of
    return (
        limits[worst_of].model_copy(update={"unit": f"{limits[worst_of].unit}, at worst"}) if worst_of else limits[key]
    )


def _sorted(contributions: Iterable[Contribution]) -> tuple[Contribution, ...]:
    return tuple(sorted(contributions, key=lambda one: (-one.amount, one.name)))


def _unpaired(inputs: BudgetInput) -> Iterator[Problem]:
    limits = inputs.catalogue.limits
    counted = [key for key, count in COUNTS.items() if not count.worst_of]
    for key in sorted(set(limits) - set(counted)):
        yield Problem(LIMITS, f"limits.{key}", "nothing counts against it", f"write one of {', '.join(counted)}")
    for key in (key for key in counted if key not in limits):
        yield Problem(LIMITS, f"limits.{key}", "is missing", "write what the plan allows, with source and date")


def problems(inputs: BudgetInput) -> tuple[list[Problem], list[Problem]]:
    """What cannot be counted or exceeds a limit; and, as warnings, what exceeds a limit that is only assumed."""
    found: list[Problem] = []
    counted = collected(found, lambda: lines(inputs)) or []
    found += [_above(line, "the free tier allows") for line in counted if line.exceeded]
    return found, [_above(line, _known(line)) for line in counted if line.doubtful]


def _known(line: BudgetLine) -> str:
    return "we assume that the free tier allows" if line.limit.assumed else "the free tier allows"


def _above(line: BudgetLine, known: str) -> Problem:
    most = f" (most by {line.largest.name}: {amount(line.largest.amount)})" if line.largest else ""
    what = f"{amount(line.used)} {line.limit.unit}, but {known} {line.limit.limit}{most}"
    return Problem(line.count.file, "(all stacks)", what, line.count.instead)


def amount(number: float) -> str:
    """A whole number without a decimal point, another one with one decimal."""
    return f"{number:.0f}" if float(number).is_integer() else f"{number:.1f}"
