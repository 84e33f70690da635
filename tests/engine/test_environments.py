"""More and fewer environments, and what one stack reads of another, on the real engine with doubles."""

import pytest

from resilience.core.conventions import CHECKS_TOKEN
from resilience.manifest import types
from tests.engine.conftest import Life
from tests.engine.doubled import DoubledProject
from tests.engine.doubles.provider import CREATE, DELETE
from tests.engine.project import settings


def switch(project: DoubledProject, stack: str, *, outside: bool) -> None:
    """Turn the outside checks of a stack on or off, and apply it."""
    uptime = settings(stack).uptime.model_dump(mode="json", exclude_none=True)
    project.settle(stack, uptime=uptime | {"outside": outside})
    project.up(stack, "--refresh")


def jobs(project: DoubledProject) -> set[str]:
    return {one.plain()["job"] for one in project.services.of_type(types.CHECK)}


def test_an_environment_is_added_with_one_file_and_removed_again(doubled_project: DoubledProject) -> None:
    before = doubled_project.plain()
    doubled_project.add_environment("staging")
    doubled_project.start("staging")
    doubled_project.up("staging")

    assert "sv0-staging-ready" in jobs(doubled_project)
    assert doubled_project.plan("staging", "--refresh") == []
    assert before.items() <= doubled_project.plain().items()

    doubled_project.good("destroy", "--yes", "--refresh", "--stack", "staging")
    doubled_project.good("stack", "rm", "--yes", "staging")
    kept = {key: one for key, one in doubled_project.plain().items() if key not in before}
    # GitHub's environment may hold secrets that are not ours.
    assert [type_ for type_, _ in kept] == [types.REPOSITORY_ENVIRONMENT]
    assert before.items() <= doubled_project.plain().items()


@pytest.mark.parametrize("order", [("production", "dev"), ("dev", "production")])
def test_outside_checks_are_turned_off_and_on_in_either_order(
    doubled_project: DoubledProject, order: tuple[str, str]
) -> None:
    (first, second), before = order, jobs(doubled_project)
    switch(doubled_project, first, outside=False)
    assert doubled_project.plan(second, "--refresh") == []

    switch(doubled_project, second, outside=False)
    assert jobs(doubled_project) == set()

    for stack in order:
        switch(doubled_project, stack, outside=True)
    assert jobs(doubled_project) == before


def test_before_production_is_applied_dev_says_what_to_run(life: Life) -> None:
    project = life.project
    project.restore(life.initialised)
    project.start("dev")

    done = project.pulumi("preview", "--stack", "dev")
    assert done.code != 0
    assert f"production has no output {CHECKS_TOKEN} yet: run `make up STACK=production`" in done.out + done.err
    assert "Traceback" not in done.out + done.err


def test_another_stack_follows_a_new_token_of_production(doubled_project: DoubledProject) -> None:
    (installation,) = doubled_project.services.of_type(types.INSTALLATION)
    installation.computed["smAccessToken"] = "CANARY-of-a-new-installation"
    urn = doubled_project.urn("production", "outside-checks-installation")
    doubled_project.good("refresh", "--yes", "--stack", "production", f"--target={urn}")
    doubled_project.up("production")

    assert {step.type for step in doubled_project.plan("dev")} == {"pulumi:providers:grafana"}
    assert doubled_project.up("dev") == []
    assert doubled_project.plan("dev", "--refresh") == []
    assert "CANARY-of-a-new-installation" not in doubled_project.everything_written()


def test_an_alert_in_another_file_changes_nothing(doubled_project: DoubledProject) -> None:
    alerts = doubled_project.folder / "catalogue/alerts"
    moved, head = (alerts / "worker.yaml").read_text(encoding="utf-8"), "alerts:\n"
    (alerts / "worker.yaml").unlink()
    into = alerts / "availability.yaml"
    into.write_text(into.read_text(encoding="utf-8") + moved.partition(head)[2], encoding="utf-8")

    assert doubled_project.plan("dev") == []


def test_a_renamed_alert_touches_no_other_rule(doubled_project: DoubledProject) -> None:
    runbooks = doubled_project.folder / "runbooks"
    (runbooks / "queue-backing-up.md").rename(runbooks / "queue-growing.md")
    doubled_project.rewrite("catalogue/alerts/worker.yaml", "id: queue-backing-up", "id: queue-growing")

    calls = doubled_project.up("dev")
    assert {(call.op, call.name) for call in calls} == {
        (CREATE, "alert-rules-queue-growing"),
        (DELETE, "alert-rules-queue-backing-up"),
    }


def test_an_owner_under_another_key_stays_the_same_member(doubled_project: DoubledProject) -> None:
    (first, *_), members = settings("production").team, doubled_project.services.of_type(types.ORG_MEMBER)
    pattern = rf"((?:^  |owner: |member: )){first.member}\b"
    for files in ("catalogue/*.yaml", "catalogue/alerts/*.yaml", "Pulumi.production.yaml"):
        doubled_project.rewrite(files, pattern, r"\1somebody")

    calls = doubled_project.up("production")
    assert {call.type for call in calls} <= {types.MUTE_TIMING, types.NOTIFICATION_POLICY, types.RULE_GROUP}
    assert doubled_project.services.of_type(types.ORG_MEMBER) == members
