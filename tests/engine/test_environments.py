"""More and fewer environments, renames, and what one stack reads of another, on the real engine."""

import re
import shlex

from resilience.core.conventions import CHECKS_TOKEN
from resilience.manifest import types
from resilience.review.previews import PreviewStep
from tests.engine.applied import AppliedStacks
from tests.engine.doubled import DoubledProject


def switch(applied: AppliedStacks, stack: str, *, outside: bool) -> None:
    """Turn the outside checks of a stack on or off, and apply it."""
    uptime = applied.project.settings(stack).uptime.model_dump(mode="json", exclude_none=True)
    applied.project.settle(stack, uptime=uptime | {"outside": outside})
    applied.up(stack, "--refresh")


def changed(steps: tuple[PreviewStep, ...]) -> set[tuple[str, str]]:
    return {(step.op, step.name) for step in steps}


def test_an_environment_is_added_with_one_file_and_removed_again(applied: AppliedStacks) -> None:
    before, project = applied.jobs(), applied.project
    project.add_environment("staging")
    applied.start("staging")
    applied.up("staging")
    assert applied.jobs() == {*before, "sv0-staging-ready"}
    assert project.plan("staging", "--refresh") == ()

    project.good("destroy", "--yes", "--refresh", "--stack", "staging")
    project.good("stack", "rm", "--yes", "staging")
    assert applied.jobs() == before
    for stack in ("production", "dev"):
        assert project.plan(stack, "--refresh") == ()


def test_outside_checks_are_turned_off_and_on_in_either_order(applied: AppliedStacks) -> None:
    before = applied.jobs()
    switch(applied, "production", outside=False)
    assert applied.project.plan("dev", "--refresh") == ()
    switch(applied, "dev", outside=False)
    assert applied.jobs() == set()

    switch(applied, "dev", outside=True)
    switch(applied, "production", outside=True)
    assert applied.jobs() == before


def test_before_production_is_applied_dev_says_what_to_run(applied: AppliedStacks) -> None:
    applied.project.restore(applied.initialised)
    applied.start("dev")

    done = applied.project.pulumi("preview", "--stack", "dev")
    assert done.code != 0
    assert f"production has no output {CHECKS_TOKEN} yet: run `make up STACK=production`" in done.out + done.err


def test_another_stack_follows_a_new_token_of_production(doubled_project: DoubledProject) -> None:
    (installation,) = doubled_project.services.of_type(types.INSTALLATION)
    installation.computed["smAccessToken"] = "CANARY-of-a-new-installation"
    (remedy,) = {problem.instead for problem in doubled_project.preview("dev", "--refresh").problems}
    refresh, *ups = re.findall(r"`([^`]+)`", remedy)
    assert ups == [f"make up STACK={stack} PULUMI_FLAGS=--refresh=false" for stack in ("production", "dev")]
    doubled_project.good(*shlex.split(refresh)[1:], "--yes")
    doubled_project.up("production")

    assert {step.type for step in doubled_project.plan("dev")} == {"pulumi:providers:grafana"}
    assert doubled_project.up("dev") == []
    assert doubled_project.plan("dev", "--refresh") == ()
    assert "CANARY-of-a-new-installation" not in doubled_project.everything_written()


def test_an_alert_in_another_file_changes_nothing(applied: AppliedStacks) -> None:
    alerts = applied.project.folder / "catalogue/alerts"
    moved, head = (alerts / "worker.yaml").read_text(encoding="utf-8"), "alerts:\n"
    (alerts / "worker.yaml").unlink()
    into = alerts / "availability.yaml"
    into.write_text(into.read_text(encoding="utf-8") + moved.partition(head)[2], encoding="utf-8")

    assert applied.project.plan("dev") == ()


def test_a_renamed_alert_touches_no_other_rule(applied: AppliedStacks) -> None:
    runbooks = applied.project.folder / "runbooks"
    (runbooks / "queue-backing-up.md").rename(runbooks / "queue-growing.md")
    applied.project.rewrite("catalogue/alerts/worker.yaml", "id: queue-backing-up", "id: queue-growing")

    wanted = {("create", "alert-rules-queue-growing"), ("delete", "alert-rules-queue-backing-up")}
    assert changed(applied.project.plan("dev")) == wanted
    applied.up("dev")
    assert applied.project.plan("dev", "--refresh") == ()


def test_an_owner_under_another_key_stays_the_same_member(applied: AppliedStacks) -> None:
    key = applied.project.settings("production").team[0].member
    for files in ("catalogue/*.yaml", "catalogue/alerts/*.yaml", "Pulumi.production.yaml"):
        applied.project.rewrite(files, rf"((?:^  |owner: |member: )){key}\b", r"\1somebody")

    allowed = {types.MUTE_TIMING, types.MESSAGE_TEMPLATE, types.NOTIFICATION_POLICY, types.RULE_GROUP}
    assert {step.type for step in applied.project.plan("production")} <= allowed
    applied.up("production")
    assert applied.project.plan("production", "--refresh") == ()
