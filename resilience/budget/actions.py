"""GitHub Actions minutes a month; GitHub rounds each job of each run up to a whole minute.

Every condition (`if:`, path filters) is assumed true, so the figure is an upper bound.
"""

from collections.abc import Iterable, Iterator, Sequence

from resilience.budget.counts import Contribution
from resilience.budget.inputs import BudgetInput
from resilience.budget.runners import price
from resilience.budget.workflows import Workflow
from resilience.core.problems import BadInputError, Problem
from resilience.model.usage import USAGE, ActionsUsage

_LEVELS = 4


def actions_minutes(inputs: BudgetInput) -> list[Contribution]:
    """By workflow, and the assumed use of the account's other repositories.

    Raises:
        BadInputError: workflows, jobs or events without an assumption, or assumptions without them.
    """
    usage = inputs.usage.actions
    found = [*_missing(inputs.workflows, usage), *_left_over(inputs.workflows, usage)]
    for workflow in inputs.workflows:
        found += _unpriced(workflow, usage, inputs.workflows)
    if found:
        raise BadInputError(found)
    stacks = len(inputs.settings)
    used = [
        Contribution(workflow.name, _minutes(workflow, usage, stacks, inputs.workflows))
        for workflow in inputs.workflows
    ]
    return [*used, Contribution("other repositories", usage.other_repositories)]


def _minutes(workflow: Workflow, usage: ActionsUsage, stacks: int, every: Sequence[Workflow]) -> int:
    """GitHub rounds first, and multiplies then."""
    runs = workflow.scheduled + sum(usage.events[event] for event in workflow.events)
    minutes = {job: usage.minutes[workflow.name][job].of(stacks) for job in workflow.jobs}
    return runs * sum(minutes[job] * sum(_prices(machines, usage, every)) for job, machines in workflow.jobs.items())


def _prices(machines: Iterable[str], usage: ActionsUsage, every: Sequence[Workflow], depth: int = 0) -> list[int]:
    """Of each machine; a job that calls one of our workflows has the price of that one's dearest job."""
    found = []
    for machine in machines:
        called = next((one for one in every if machine == f"./{one.file}"), None)
        # GitHub allows four levels.
        inner = [each for jobs in called.jobs.values() for each in jobs] if called and depth < _LEVELS else []
        found.append(max(_prices(inner, usage, every, depth + 1)) if inner else price(machine, usage.runners))
    return found


def _unpriced(workflow: Workflow, usage: ActionsUsage, every: Sequence[Workflow]) -> Iterator[Problem]:
    for job, machines in workflow.jobs.items():
        try:
            _prices(machines, usage, every)
        except ValueError as error:
            what, _, instead = str(error).partition("; ")
            yield Problem(workflow.file, f"jobs.{job}.runs-on", what, instead)


def _missing(workflows: Sequence[Workflow], usage: ActionsUsage) -> Iterator[Problem]:
    for workflow in workflows:
        for job in workflow.jobs:
            if job not in usage.minutes.get(workflow.name, {}):
                where = f"actions.minutes.{workflow.name}.{job}"
                yield Problem(USAGE, where, f"is missing for {workflow.file}", "write the minutes of one run")
        for event in workflow.events:
            if event not in usage.events:
                where = f"actions.events.{event}"
                yield Problem(USAGE, where, f"is missing for {workflow.file}", "write how many runs it starts a month")


def _left_over(workflows: Sequence[Workflow], usage: ActionsUsage) -> Iterator[Problem]:
    jobs = {workflow.name: workflow.jobs for workflow in workflows}
    for workflow, minutes in usage.minutes.items():
        for job in minutes:
            if job not in jobs.get(workflow, {}):
                where = f"actions.minutes.{workflow}.{job}"
                yield Problem(USAGE, where, "no workflow has this job", "remove it, or correct its spelling")
