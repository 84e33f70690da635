"""The properties of `tests/program/test_safety.py`, shown on the real engine with doubles of the providers.

Shown in `test_life.py`: secrets in the state, what is kept by `destroy`, tokens that a provider does not
mark. Not to be shown here: `disableProvenance` is a matter of Grafana alone, and an ignored change is
one that nobody sees. `additional_secret_outputs` of the tokens cannot be broken alone: the SDK adds the
same names; the token of the installation, which it does not add, is the one that shows the difference.
"""

import pytest

from resilience.manifest import types
from resilience.review.rotation import only_rotation
from tests.engine.doubled import PLANTED, DoubledProject
from tests.engine.doubles.provider import CREATE, DELETE, UPDATE, ProviderCall
from tests.engine.project import settings

REPOSITORY = settings("production").github.repositories[0]


def places(calls: list[ProviderCall], op: str, *kinds: str) -> list[int]:
    """Where in the order these changes are; there is at least one."""
    found = [place for place, call in enumerate(calls) if call.op == op and call.type in kinds]
    assert found, f"no {op} of {kinds}"
    return found


def rules(project: DoubledProject) -> list[str]:
    """The uids of all rules."""
    groups = [one.plain() for one in project.services.of_type(types.RULE_GROUP)]
    return sorted(rule["uid"] for group in groups for rule in group["rules"])


def values(project: DoubledProject, environment: str) -> dict[str, str]:
    """The secrets of a GitHub environment, in clear."""
    every = [one.plain() for one in project.services.of_type(types.ENVIRONMENT_SECRET)]
    return {one["secretName"]: one["value"] for one in every if one["environment"] == environment}


def test_renamed_contact_points_and_timings_are_deleted_after_the_tree_lets_go_of_them(
    doubled_project: DoubledProject,
) -> None:
    doubled_project.rewrite("components/contact_points.py", 'name=f"slack-', 'name=f"chat-')
    doubled_project.rewrite("components/business_hours.py", 'name=f"business-hours-', 'name=f"hours-')

    calls = doubled_project.up("production")
    named = (types.CONTACT_POINT, types.MUTE_TIMING)
    (tree,) = places(calls, UPDATE, types.NOTIFICATION_POLICY)
    assert max(places(calls, CREATE, *named)) < tree < min(places(calls, DELETE, *named))
    held = {one.plain()["name"] for type_ in named for one in doubled_project.services.of_type(type_)}
    assert held == doubled_project.services.named_by_the_tree()
    assert len(held) == 7


def test_a_replaced_secret_of_github_is_still_there(doubled_project: DoubledProject) -> None:
    names = ("SLACK_WEBHOOK_ALERTS", "GRAFANA_CLOUD_LOKI_TOKEN")
    urns = [doubled_project.urn("production", f"github-secrets-{REPOSITORY}-{name}") for name in names]
    before = values(doubled_project, "production")

    doubled_project.up("production", *(f"--replace={urn}" for urn in urns))
    assert values(doubled_project, "production") == before
    webhook = doubled_project.services.get(types.ACTIONS_SECRET, f"{REPOSITORY}:SLACK_WEBHOOK_ALERTS")
    assert webhook.plain()["value"] in PLANTED.values()


def test_a_renamed_component_with_an_alias_keeps_its_secrets(doubled_project: DoubledProject) -> None:
    alias = 'pulumi.ResourceOptions(aliases=[pulumi.Alias(name="github-secrets")])'
    doubled_project.rewrite(
        "__main__.py", r'GitHubSecrets\("github-secrets"(.*)\)$', rf'GitHubSecrets("renamed"\1, {alias})'
    )

    assert doubled_project.plan("production") == ()


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


def test_a_renamed_rule_group_is_deleted_first_because_its_uids_are_taken(doubled_project: DoubledProject) -> None:
    doubled_project.rewrite("components/alert_rules.py", "name=group", 'name=f"new {group}"')
    before = rules(doubled_project)

    calls = doubled_project.up("dev")
    names = {call.name for call in calls}
    assert len(names) > 1
    order = {name: [call.op for call in calls if call.name == name] for name in names}
    assert order == {name: [DELETE, CREATE] for name in names}
    assert rules(doubled_project) == before


def test_a_folder_with_rules_of_others_is_not_deleted(doubled_project: DoubledProject) -> None:
    by_hand = {"name": "by hand", "folderUid": "sv0-dev", "rules": [{"uid": "by-hand"}]}
    doubled_project.services.create(types.RULE_GROUP, "given", by_hand)

    done = doubled_project.pulumi("destroy", "--yes", "--stack", "dev")
    assert done.code != 0
    assert "the folder sv0-dev is not empty" in done.out + done.err
    assert doubled_project.services.find(types.RULE_GROUP, "0:sv0-dev:by hand")


def test_what_has_tokens_is_deleted_after_the_holders_of_the_new_token_have_it(doubled_project: DoubledProject) -> None:
    doubled_project.rewrite("components/telemetry_access.py", r'^( +)name=f"\{args.uid\}', r'\1name=f"new-{args.uid}')
    doubled_project.rewrite("components/grafana_access.py", r'name=f"\{args.uid\}', r'name=f"new-{args.uid}')
    before = values(doubled_project, "dev")

    calls = doubled_project.up("dev")
    owners, tokens = (types.ACCESS_POLICY, types.SERVICE_ACCOUNT), (types.ROTATING_TOKEN, types.SERVICE_ACCOUNT_TOKEN)
    holders = places(calls, UPDATE, types.ENVIRONMENT_SECRET)
    assert max(places(calls, CREATE, *owners)) < max(places(calls, CREATE, *tokens)) < max(holders)
    assert max(holders) < min(places(calls, DELETE, *owners, *tokens))
    assert max(places(calls, CREATE, *tokens)) < min(places(calls, DELETE, *tokens))
    after = values(doubled_project, "dev")
    assert {name for name in after if after[name] != before[name]} == {
        "GRAFANA_CLOUD_LOKI_TOKEN",
        "GRAFANA_CLOUD_PROM_TOKEN",
    }
    assert token_is_valid(doubled_project, after["GRAFANA_CLOUD_LOKI_TOKEN"])


def test_a_rotation_gives_all_holders_the_new_token_and_keeps_the_old_one(doubled_project: DoubledProject) -> None:
    old = values(doubled_project, "production")["GRAFANA_CLOUD_LOKI_TOKEN"]
    doubled_project.doubles.rotation_is_due = True
    planned = doubled_project.plan("production")

    calls = doubled_project.up("production")
    doubled_project.doubles.rotation_is_due = False
    assert only_rotation(planned)
    assert {call.name for call in calls} >= {step.name for step in planned}
    (made,) = places(calls, CREATE, types.ROTATING_TOKEN)
    holders = places(calls, UPDATE, types.ENVIRONMENT_SECRET, types.RULE_GROUP)
    (dropped,) = places(calls, DELETE, types.ROTATING_TOKEN)
    assert made < min(holders) <= max(holders) < dropped
    new = values(doubled_project, "production")
    assert len(holders) == 3
    assert new["GRAFANA_CLOUD_LOKI_TOKEN"] == new["GRAFANA_CLOUD_PROM_TOKEN"] != old
    assert token_is_valid(doubled_project, old)
    assert doubled_project.plan("production") == ()


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        (
            "components/github_secrets.py",
            r'("GRAFANA_CLOUD_PROM_TOKEN"): telemetry.token',
            r'\1: pulumi.Output.secret("x")',
        ),
        ("components/telemetry_access.py", 'LIFETIME = "2160h"', 'LIFETIME = "87600h"'),
        ("catalogue/alerts/credentials.yaml", "for: 5m", "for: 1d"),
    ],
    ids=["another value for a secret", "a token that lives longer", "a rule that waits longer"],
)
def test_what_is_changed_beside_a_due_rotation_is_none(
    doubled_project: DoubledProject, file: str, before: str, after: str
) -> None:
    doubled_project.rewrite(file, before, after)
    doubled_project.doubles.rotation_is_due = True
    planned = doubled_project.plan("production")

    assert types.ROTATING_TOKEN in {step.type for step in planned}
    assert not only_rotation(planned)


def token_is_valid(project: DoubledProject, token: str) -> bool:
    """Whether grafana.com still has this telemetry token."""
    return token in [one.plain()["token"] for one in project.services.of_type(types.ROTATING_TOKEN)]
