"""The probe's cadence: checks the table in docs/outside-eyes.md and the workflow's cron line."""

import re

import pytest

from probe.targets import Plan
from resilience.budget.cron import runs_a_month
from resilience.budget.workflows import read_workflows
from resilience.core.yaml_files import read_own
from resilience.model.catalogue import ROOT, Catalogue
from resilience.model.stack_file import stacks
from resilience.model.usage import Usage

PAGE = (ROOT / "docs/outside-eyes.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([\w, ]+) \| (\d+|–) \| (\d+) min \| `(.*?)` \| (\d+) \|$", PAGE, re.MULTILINE)  # noqa: RUF001  # as the page writes it
POSSIBLE = (5, 10, 15, 20, 30, 60, 120, 180)
"""Cadences in minutes at which a cron line can divide an hour, or a day, evenly."""
LIMIT = Catalogue.load(ROOT).limits["actions_minutes"]


def others() -> int:
    """Minutes a month without the probe's cron: other workflows, other repositories, runs by hand."""
    usage, number = Usage.load(ROOT).actions, len(stacks(ROOT))
    used = sum(
        usage.minutes[workflow.name][job].of(number)
        * (sum(usage.events[event] for event in workflow.events) + workflow.scheduled)
        for workflow in read_workflows(ROOT)
        for job in workflow.jobs
    )
    probe = next(workflow.scheduled for workflow in read_workflows(ROOT) if workflow.name == "platform-health")
    return used - probe + usage.other_repositories


def test_the_page_states_the_minutes_of_the_others() -> None:
    assert f"(`resilience budget`, {others()} a month)" in PAGE


def test_the_page_lists_the_plans() -> None:
    assert [row[0] for row in ROWS] == ["Free", "Team, Pro", "public repository"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_each_plan_has_the_shortest_cadence_that_it_can_pay_for(row: tuple[str, ...]) -> None:
    _, included, every, cron, price = row

    def affordable(minutes: int) -> bool:
        planned = LIMIT.planned / 100
        return not included.isdecimal() or 31 * 24 * 60 // minutes <= planned * int(included) - others()

    assert runs_a_month(cron) == int(price) == 31 * 24 * 60 // int(every)
    assert int(every) == min(filter(affordable, POSSIBLE))


def test_no_cron_line_runs_at_the_full_hour_when_github_drops_most_runs() -> None:
    assert [row[3] for row in ROWS if re.match(r"^(0|\*)", row[3])] == []


def test_the_workflow_has_the_cadence_of_the_free_plan_and_the_longest_gap_is_twice_that() -> None:
    raw = read_own((ROOT / ".github/workflows/platform-health.yml").read_text(encoding="utf-8"))
    free = ROWS[0]

    assert raw[True]["schedule"] == [{"cron": free[3]}]  # YAML reads `on` as true
    assert int(free[1]) == LIMIT.limit
    assert Plan.load().longest_gap == 2 * 60 * int(free[2])


def test_a_fifth_of_the_minutes_is_left_for_pull_requests_that_nobody_planned() -> None:
    assert LIMIT.planned <= 80
    assert f"we plan to use {LIMIT.planned} % of them" in PAGE
    probe = 31 * 24 * 60 // int(ROWS[0][2])
    assert others() + probe <= 0.8 * LIMIT.limit


def test_the_page_lists_every_kind_with_its_tier() -> None:
    reported = dict(re.findall(r"^\| `([a-z-]+)` \| .* \| (P\d) \|$", PAGE, re.MULTILINE))

    assert reported == {name: kind.tier for name, kind in Plan.load().kinds.items() if kind.tier}
