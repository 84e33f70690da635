"""More and fewer environments, renames, and what one stack reads of another, on the real engine."""

import re
import shlex

from resilience.core.conventions import CHECKS_TOKEN
from resilience.manifest import types
from resilience.review.previews import PreviewStep
from tests.engine.doubled import DoubledProject
from tests.engine.worlds import World


def switch(world: World, stack: str, *, outside: bool) -> None:
    """Turn the outside checks of a stack on or off, and apply it."""
    uptime = world.project.settings(stack).uptime.model_dump(mode="json", exclude_none=True)
    world.project.settle(stack, uptime=uptime | {"outside": outside})
    world.up(stack, "--refresh")


def changed(steps: tuple[PreviewStep, ...]) -> set[tuple[str, str]]:
    return {(step.op, step.name) for step in steps}


def test_an_environment_is_added_with_one_file_and_removed_again(world: World) -> None:
    before, project = world.jobs(), world.project
    project.add_environment("staging")
    world.start("staging")
    world.up("staging")
    assert world.jobs() == {*before, "sv0-staging-ready"}
    assert project.plan("staging", "--refresh") == ()

    project.good("destroy", "--yes", "--refresh", "--stack", "staging")
    project.good("stack", "rm", "--yes", "staging")
    assert world.jobs() == before
    for stack in ("production", "dev"):
        assert project.plan(stack, "--refresh") == ()


def test_outside_checks_are_turned_off_and_on_in_either_order(world: World) -> None:
    before = world.jobs()
    switch(world, "production", outside=False)
    assert world.project.plan("dev", "--refresh") == ()
    switch(world, "dev", outside=False)
    assert world.jobs() == set()

    switch(world, "dev", outside=True)
    switch(world, "production", outside=True)
    assert world.jobs() == before


def test_before_production_is_applied_dev_says_what_to_run(world: World) -> None:
    world.project.restore(world.initialised)
    world.start("dev")

    done = world.project.pulumi("preview", "--stack", "dev")
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


def test_an_alert_in_another_file_changes_nothing(world: World) -> None:
    alerts = world.project.folder / "catalogue/alerts"
    moved, head = (alerts / "worker.yaml").read_text(encoding="utf-8"), "alerts:\n"
    (alerts / "worker.yaml").unlink()
    into = alerts / "availability.yaml"
    into.write_text(into.read_text(encoding="utf-8") + moved.partition(head)[2], encoding="utf-8")

    assert world.project.plan("dev") == ()


def test_a_renamed_alert_touches_no_other_rule(world: World) -> None:
    runbooks = world.project.folder / "runbooks"
    (runbooks / "queue-backing-up.md").rename(runbooks / "queue-growing.md")
    world.project.rewrite("catalogue/alerts/worker.yaml", "id: queue-backing-up", "id: queue-growing")

    wanted = {("create", "alert-rules-queue-growing"), ("delete", "alert-rules-queue-backing-up")}
    assert changed(world.project.plan("dev")) == wanted
    world.up("dev")
    assert world.project.plan("dev", "--refresh") == ()


def test_an_owner_under_another_key_stays_the_same_member(world: World) -> None:
    key = world.project.settings("production").team[0].member
    for files in ("catalogue/*.yaml", "catalogue/alerts/*.yaml", "Pulumi.production.yaml"):
        world.project.rewrite(files, rf"((?:^  |owner: |member: )){key}\b", r"\1somebody")

    allowed = {types.MUTE_TIMING, types.NOTIFICATION_POLICY, types.RULE_GROUP}
    assert {step.type for step in world.project.plan("production")} <= allowed
    world.up("production")
    assert world.project.plan("production", "--refresh") == ()
