"""More and fewer environments, renames, and what one stack reads of another, on the real engine."""

import re
import shlex

from resilience.core.conventions import CHECKS_TOKEN
from resilience.manifest import types
from tests.engine.applied import AppliedStacks
from tests.engine.doubled import DoubledProject
from tests.engine.project import settings

REPOSITORY = settings("production").github.repositories[0]


def switch(applied: AppliedStacks, stack: str, *, outside: bool) -> None:
    """Turn the outside checks of a stack on or off, and apply it."""
    uptime = applied.project.settings(stack).uptime.model_dump(mode="json", exclude_none=True)
    applied.project.settle(stack, uptime=uptime | {"outside": outside})
    applied.up(stack, "--refresh")


def test_an_environment_is_added_with_one_file_and_removed_again(applied: AppliedStacks) -> None:
    before, project = applied.jobs(), applied.project
    project.add_environment("staging")
    applied.start("staging")
    applied.up("staging")
    assert applied.jobs() == {*before, "sv0-staging-ready"}

    project.good("destroy", "--yes", "--refresh", "--stack", "staging")
    project.good("stack", "rm", "--yes", "staging")
    assert applied.jobs() == before


def test_outside_checks_are_turned_off_and_on_in_either_order(applied: AppliedStacks) -> None:
    before = applied.jobs()
    switch(applied, "production", outside=False)
    assert applied.jobs() == {"sv0-dev-ready"}
    # Its refresh reads what is there with the token that production's checks have left.
    switch(applied, "dev", outside=False)
    assert applied.jobs() == set()

    switch(applied, "dev", outside=True)
    switch(applied, "production", outside=True)
    assert applied.jobs() == before


def test_before_production_is_applied_dev_says_what_to_run(applied: AppliedStacks) -> None:
    applied.project.restore(applied.initialised)

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

    assert doubled_project.up("dev") == []
    # With the old token this would be 401.
    assert doubled_project.plan("dev", "--refresh") == ()
    assert "CANARY-of-a-new-installation" not in doubled_project.everything_written()


def test_a_renamed_alert_touches_nothing_else_and_its_file_and_the_name_of_a_component_with_an_alias_do_not_matter(
    applied: AppliedStacks,
) -> None:
    folder = applied.project.folder
    (folder / "runbooks/queue-backing-up.md").rename(folder / "runbooks/queue-growing.md")
    applied.project.rewrite("catalogue/alerts/worker.yaml", "id: queue-backing-up", "id: queue-growing")
    moved, into = folder / "catalogue/alerts/worker.yaml", folder / "catalogue/alerts/availability.yaml"
    into.write_text(into.read_text("utf-8") + moved.read_text("utf-8").partition("alerts:\n")[2], encoding="utf-8")
    moved.unlink()
    alias = 'pulumi.ResourceOptions(aliases=[pulumi.Alias(name="github-secrets")])'
    applied.project.rewrite(
        "__main__.py", r'GitHubSecrets\("github-secrets"(.*)\)$', rf'GitHubSecrets("renamed"\1, {alias})'
    )

    assert {(change.name, change.done) for change in applied.up("dev")} == {
        ("alert-rules-queue-growing", "created"),
        ("alert-rules-queue-backing-up", "deleted"),
    }


def test_an_owner_under_another_key_stays_the_same_member_and_what_is_replaced_by_command_is_still_there(
    applied: AppliedStacks,
) -> None:
    key = applied.project.settings("production").team[0].member
    for files in ("catalogue/*.yaml", "catalogue/alerts/*.yaml", "Pulumi.production.yaml"):
        applied.project.rewrite(files, rf"((?:^  |owner: |member: )){key}\b", r"\1somebody")
    secrets = (f"github-secrets-{REPOSITORY}-{name}" for name in ("SLACK_WEBHOOK_ALERTS", "GRAFANA_CLOUD_LOKI_TOKEN"))
    names = {"notification-policy-tree", "alert-rules-api-down", *secrets}

    changed = applied.up("production", *(f"--replace=**::{name}" for name in names))
    assert names <= {change.name for change in changed if change.done == "replaced"}
    allowed = (types.MUTE_TIMING, types.MESSAGE_TEMPLATE, types.NOTIFICATION_POLICY, types.RULE_GROUP)
    others = {change.type.rpartition(":")[2] for change in changed if change.name not in names}
    assert others <= {type_.rpartition(":")[2] for type_ in allowed}
    # Grafana's default tree, a group without rules, or a secret that is gone would be a difference.
    assert applied.project.plan("production", "--refresh") == ()
