"""The properties of `tests/program/test_safety.py`, shown on the real engine with doubles of the providers.

Shown in `test_life.py`: secrets in the state, what is kept by `destroy`, tokens that a provider does not
mark; in `test_environments.py` a replaced secret of GitHub, and a renamed component. Not
to be shown here: `disableProvenance` is a matter of Grafana alone, and an ignored change is one that nobody
sees. `additional_secret_outputs` of the tokens cannot be broken alone: the SDK adds the same names; the
token of the installation, which it does not add, is the one that shows the difference.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from resilience.manifest import types
from resilience.model.dated.maintenance import FILE
from resilience.review.previews import PreviewStep
from resilience.review.rotation import only_rotation
from tests.engine.conftest import Life
from tests.engine.doubled import DoubledProject
from tests.engine.doubles.provider import CREATE, DELETE, UPDATE, ProviderCall
from tests.engine.doubles.services import Services
from tests.engine.project import Snapshot, settings

REPOSITORY = settings("production").github.repositories[0]
# By the resource that is changed: another value for a secret, a token that lives longer, a rule that waits longer.
BESIDE = {
    f"github-secrets-{REPOSITORY}-GRAFANA_CLOUD_PROM_TOKEN": (
        "components/github_secrets.py",
        r'("GRAFANA_CLOUD_PROM_TOKEN"): telemetry.token',
        r'\1: pulumi.Output.secret("x")',
    ),
    "telemetry-access-token": ("components/telemetry_access.py", 'LIFETIME = "2160h"', 'LIFETIME = "87600h"'),
    "alert-rules-credential-expiring": ("catalogue/alerts/credentials.yaml", "for: 5m", "for: 1d"),
}


def places(calls: list[ProviderCall], op: str, *kinds: str) -> list[int]:
    """Where in the order these changes are; there is at least one."""
    found = [place for place, call in enumerate(calls) if call.op == op and call.type in kinds]
    assert found, f"no {op} of {kinds}"
    return found


def rules(services: Services) -> list[str]:
    """The uids of all rules."""
    groups = [one.plain() for one in services.of_type(types.RULE_GROUP)]
    return sorted(rule["uid"] for group in groups for rule in group["rules"])


def values(services: Services) -> dict[str, str]:
    """The secrets of production in GitHub, in clear."""
    every = [one.plain() for one in services.of_type(types.ENVIRONMENT_SECRET)]
    return {one["secretName"]: one["value"] for one in every if one["environment"] == "production"}


@dataclass(frozen=True)
class AppliedChanges:
    """What an `up` of production did, and what was there before it and after it."""

    calls: list[ProviderCall]
    before: Services
    snapshot: Snapshot

    @property
    def after(self) -> Services:
        """What is there."""
        return Services(held=self.snapshot.held)


@pytest.fixture(scope="module")
def renamed(life: Life) -> AppliedChanges:
    """Everything whose name Grafana or grafana.com knows is renamed, and a window of maintenance is announced."""
    project = life.project
    project.restore(life.applied)
    project.rewrite("components/contact_points.py", 'name=f"slack-', 'name=f"chat-')
    project.rewrite("components/business_hours.py", 'name=f"business-hours-', 'name=f"hours-')
    project.rewrite("components/alert_rules.py", "name=group", 'name=f"new {group}"')
    project.rewrite("components/telemetry_access.py", r'^( +)name=f"\{args.uid\}', r'\1name=f"new-{args.uid}')
    project.rewrite("components/grafana_access.py", r'name=f"\{args.uid\}', r'name=f"new-{args.uid}')
    announced(project, timedelta(hours=1), r"windows: \[\]")
    return AppliedChanges(project.up("production"), Services(held=life.applied.held), project.saved())


def test_renamed_contact_points_and_timings_are_deleted_after_the_tree_lets_go_of_them(renamed: AppliedChanges) -> None:
    named = (types.CONTACT_POINT, types.MUTE_TIMING)
    (tree,) = places(renamed.calls, UPDATE, types.NOTIFICATION_POLICY)
    assert max(places(renamed.calls, CREATE, *named)) < tree < min(places(renamed.calls, DELETE, *named))
    held = {one.plain()["name"] for type_ in named for one in renamed.after.of_type(type_)}
    assert held == renamed.after.named_by_the_tree()
    assert len(held) == 8


def announced(project: DoubledProject, begins: timedelta, before: str) -> None:
    """Announce work of an hour that begins so much later than now, in place of what stands there."""
    minute = datetime.now(UTC).replace(second=0, microsecond=0) + begins
    begin, end = (moment.isoformat() for moment in (minute, minute + timedelta(hours=1)))
    of = f"begins: {begin}, ends: {end}, environments: [production], alerts: [api-down, queue-backing-up]"
    project.rewrite(FILE, before, f"windows: [{{name: disk, {of}, reason: A new disk}}]")


def test_a_window_is_made_before_the_tree_names_it_and_deleted_after_it_has_ended_and_the_tree_lets_go_of_it(
    renamed: AppliedChanges, life: Life
) -> None:
    (tree,) = places(renamed.calls, UPDATE, types.NOTIFICATION_POLICY)
    (made,) = [place for place, call in enumerate(renamed.calls) if "maintenance-disk" in call.name]
    assert made < tree
    assert "maintenance-disk" in renamed.after.named_by_the_tree()

    life.project.restore(renamed.snapshot)
    announced(life.project, timedelta(hours=-2), r"windows: \[.*\]")
    calls = life.project.up("production")
    (tree,), (gone,) = places(calls, UPDATE, types.NOTIFICATION_POLICY), places(calls, DELETE, types.MUTE_TIMING)
    assert tree < gone
    assert len(calls) == 2


def test_the_grafana_stack_cannot_be_replaced(doubled_project: DoubledProject) -> None:
    grafana = settings("production").grafana.model_dump(mode="json")
    doubled_project.settle("production", grafana=grafana | {"region": "us"})

    done = doubled_project.pulumi("up", "--yes", "--skip-preview", "--stack", "production")
    assert done.code != 0
    assert "protect" in done.out + done.err
    assert len(doubled_project.services.of_type(types.STACK)) == 1


def test_the_administrator_cannot_be_removed(doubled_project: DoubledProject) -> None:
    doubled_project.settle("production", team=[])

    done = doubled_project.pulumi("up", "--yes", "--skip-preview", "--stack", "production")
    assert done.code != 0
    assert "protect" in done.out + done.err
    assert "Admin" in {one.plain()["role"] for one in doubled_project.services.of_type(types.ORG_MEMBER)}


def test_a_renamed_rule_group_is_deleted_first_because_its_uids_are_taken(renamed: AppliedChanges) -> None:
    calls = [call for call in renamed.calls if call.type == types.RULE_GROUP]
    names = {call.name for call in calls}
    assert len(names) > 1
    order = {name: [call.op for call in calls if call.name == name] for name in names}
    assert order == {name: [DELETE, CREATE] for name in names}
    assert rules(renamed.after) == rules(renamed.before)


def test_a_folder_with_rules_of_others_is_not_deleted(doubled_project: DoubledProject) -> None:
    by_hand = {"name": "by hand", "folderUid": "sv0-dev", "rules": [{"uid": "by-hand"}]}
    doubled_project.services.create(types.RULE_GROUP, "given", by_hand)

    done = doubled_project.pulumi("destroy", "--yes", "--stack", "dev")
    assert done.code != 0
    assert "the folder sv0-dev is not empty" in done.out + done.err
    assert doubled_project.services.find(types.RULE_GROUP, "0:sv0-dev:by hand")


def test_what_has_tokens_is_deleted_after_the_holders_of_the_new_token_have_it(renamed: AppliedChanges) -> None:
    calls = renamed.calls
    owners, tokens = (types.ACCESS_POLICY, types.SERVICE_ACCOUNT), (types.ROTATING_TOKEN, types.SERVICE_ACCOUNT_TOKEN)
    holders = places(calls, UPDATE, types.ENVIRONMENT_SECRET)
    assert max(places(calls, CREATE, *owners)) < max(places(calls, CREATE, *tokens)) < max(holders)
    assert max(holders) < min(places(calls, DELETE, *owners, *tokens))
    assert max(places(calls, CREATE, *tokens)) < min(places(calls, DELETE, *tokens))
    before, after = values(renamed.before), values(renamed.after)
    assert {name for name in after if after[name] != before[name]} == {
        "GRAFANA_CLOUD_LOKI_TOKEN",
        "GRAFANA_CLOUD_PROM_TOKEN",
    }
    assert token_is_valid(renamed.after, after["GRAFANA_CLOUD_LOKI_TOKEN"])


@dataclass(frozen=True)
class AppliedRotation(AppliedChanges):
    """Attributes: `beside` is what a due rotation would be after it, with changes of something else beside it."""

    planned: tuple[PreviewStep, ...]
    beside: tuple[PreviewStep, ...]


@pytest.fixture(scope="module")
def rotation(life: Life) -> AppliedRotation:
    """The telemetry token of production, whose rotation is due."""
    project = life.project
    project.restore(life.applied)
    project.doubles.rotation_is_due = True
    planned, calls, snapshot = project.plan("production"), project.up("production"), project.saved()
    for change in BESIDE.values():
        project.rewrite(*change)
    return AppliedRotation(calls, Services(held=life.applied.held), snapshot, planned, project.plan("production"))


def test_a_rotation_gives_all_holders_the_new_token_and_keeps_the_old_one(rotation: AppliedRotation) -> None:
    calls, planned = rotation.calls, rotation.planned
    assert only_rotation(planned)
    assert {call.name for call in calls} >= {step.name for step in planned}
    (made,) = places(calls, CREATE, types.ROTATING_TOKEN)
    holders = places(calls, UPDATE, types.ENVIRONMENT_SECRET, types.RULE_GROUP)
    (dropped,) = places(calls, DELETE, types.ROTATING_TOKEN)
    assert made < min(holders) <= max(holders) < dropped
    old, new = (values(one)["GRAFANA_CLOUD_LOKI_TOKEN"] for one in (rotation.before, rotation.after))
    assert len(holders) == 3
    assert old != new == values(rotation.after)["GRAFANA_CLOUD_PROM_TOKEN"]
    assert token_is_valid(rotation.after, old)
    # A second one would change the same, and so the first has left nothing to change.
    assert {step.name for step in rotation.beside} == {step.name for step in planned}
    unchanged = [step for step in rotation.beside if step.name not in BESIDE]
    assert only_rotation([*unchanged, *(step for step in planned if step.name in BESIDE)])


@pytest.mark.parametrize("name", BESIDE)
def test_what_is_changed_beside_a_due_rotation_is_none(rotation: AppliedRotation, name: str) -> None:
    (changed,) = [step for step in rotation.beside if step.name == name]
    others = [step for step in rotation.planned if step.name != name]

    assert types.ROTATING_TOKEN in {step.type for step in (changed, *others)}
    assert not only_rotation((changed, *others))


def token_is_valid(services: Services, token: str) -> bool:
    """Whether grafana.com still has this telemetry token."""
    return token in [one.plain()["token"] for one in services.of_type(types.ROTATING_TOKEN)]
