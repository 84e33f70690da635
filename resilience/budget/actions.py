"""GitHub Actions minutes a month; GitHub rounds each job of each run up to a whole minute.

Every condition (`if:`, path filters) is assumed true, so the figure is an upper bound.
"""

from collections.abc import Iterator, Sequence

from resilience.budget.counts import Contribution
from resilience.budget.inputs import BudgetInput
from resilience.budget.workflows import Workflow
from resilience.core.problems import BadInputError, Problem
from resilience.model.usage import USAGE, ActionsUsage


def actions_minutes(inputs: BudgetInput) -> list[Contribution]:
    """By workflow, and the assumed use of the account's other repositories.

    Raises:
        BadInputError: workflows, jobs or events without an assumption, or assumptions without them.
    """
    usage = inputs.usage.actions
    if found := [*_missing(inputs.workflows, usage), *_left_over(inputs.workflows, usage)]:
        raise BadInputError(found)
    stacks = len(inputs.settings)
    used = [Contribution(workflow.name, _minutes(workflow, usage, stacks)) for workflow in inputs.workflows]
    return [*used, Contribution("other repositories", usage.other_repositories)]


def _minutes(workflow: Workflow, usage: ActionsUsage, stacks: int) -> int:
    runs = workflow.scheduled + sum(usage.events[event] for event in workflow.events)
    return runs * sum(times * usage.minutes[workflow.name][job].of(stacks) for job, times in workflow.jobs.items())


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
