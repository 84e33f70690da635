"""What goes wrong by hand or by chance, and the commands of docs/bootstrap.md that repair it, on the real engine."""

import re
import shlex

from resilience.manifest import types
from tests.engine.applied import AppliedStacks
from tests.engine.conftest import BY_HAND, Life
from tests.engine.doubled import DoubledProject


def test_without_its_own_account_nothing_is_seen_until_it_is_made_again(applied: AppliedStacks) -> None:
    applied.remove_account("dev")
    problems = applied.project.preview("dev", "--refresh").problems

    (remedy,) = {problem.instead for problem in problems}
    refresh, up = re.findall(r"`([^`]+)`", remedy)
    applied.project.good(*shlex.split(refresh)[1:], "--yes")
    assert up == "make up STACK=dev PULUMI_FLAGS=--refresh=false"
    applied.up("dev", "--refresh", "--refresh=false")
    assert applied.project.plan("dev", "--refresh") == ()


def test_a_member_who_was_removed_is_added_again_as_one_who_has_not_joined(applied: AppliedStacks) -> None:
    project = applied.project
    team = [one.model_dump() for one in project.settings("production").team]
    applied.remove_member()
    (problem,) = project.preview("production", "--refresh").problems
    assert "write `joined: false` for the member under `team:` in Pulumi.production.yaml" in problem.instead

    project.settle("production", team=[one | {"joined": False} for one in team])
    applied.up("production", "--refresh")
    project.settle("production", team=team)
    assert project.plan("production", "--refresh") == ()


def test_a_contact_point_cannot_be_replaced_by_command_and_nothing_is_lost(doubled_project: DoubledProject) -> None:
    before, replaced = doubled_project.plain(), "--replace=**::contact-points-alerts"

    done = doubled_project.pulumi("up", "--yes", "--skip-preview", "--stack", "production", replaced)
    assert done.code != 0
    assert "409: slack-alerts is used by the policy tree" in done.out + done.err
    assert doubled_project.plain() == before


def test_after_a_lost_answer_what_exists_but_is_not_known_must_be_deleted_by_hand(applied: AppliedStacks) -> None:
    applied.project.restore(applied.initialised)
    applied.lose_the_folder()
    assert applied.project.pulumi("up", "--yes", "--skip-preview", "--stack", "production").code != 0

    again = applied.project.pulumi("up", "--yes", "--skip-preview", "--refresh", "--stack", "production")
    assert again.code != 0
    assert "alert-rules-folder" in again.out + again.err

    applied.remove_folder("sv0-production")
    applied.up("production", "--refresh")


def test_a_contact_point_that_exists_already_is_taken_over(life: Life) -> None:
    before, after = (
        one.held[types.CONTACT_POINT, "0:slack-alerts"].plain() for one in (life.initialised, life.applied)
    )

    assert before["slacks"] == BY_HAND["slacks"]
    assert after["slacks"][0]["title"] != "by hand"
