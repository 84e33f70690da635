"""What a rename, a replacement or a delete must never lose: one entry for each property, for both stacks."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from resilience.manifest import Manifest, Resource, types

_SECRETS = (
    types.ACTIONS_SECRET,
    types.ENVIRONMENT_SECRET,
)


@dataclass(frozen=True)
class SafetyRule:
    """A property of every resource of some types, and a change that breaks it."""

    text: str
    types: tuple[str, ...]
    holds: Callable[[Resource], bool]
    change: dict[str, Any]
    inputs: dict[str, Any] | None = None

    def broken(self, resource: Resource) -> Resource:
        """The resource with the change that breaks the property."""
        inputs = resource.inputs | (self.inputs or {})
        return replace(resource, **(self.change | {"inputs": inputs}))


def editable_in_the_ui(resource: Resource) -> bool:
    return "disableProvenance" in resource.inputs


def has_its_old_name(resource: Resource) -> bool:
    """Or has an alias, which the engine treats as the old name."""
    scoped = resource.inputs["secretName"]
    return resource.name == f"github-secrets-{resource.inputs['repository']}-{scoped}" or bool(resource.aliases)


RULES = (
    SafetyRule(
        "a secret of GitHub is deleted before it is replaced, because its PUT is an upsert",
        _SECRETS,
        lambda one: one.delete_before_replace is True,
        {"delete_before_replace": None},
    ),
    SafetyRule(
        "a secret of GitHub keeps its name in the program, because a rename would delete it",
        _SECRETS,
        has_its_old_name,
        {"name": "renamed", "aliases": ()},
    ),
    SafetyRule(
        "a secret of GitHub is secret in the state",
        _SECRETS,
        lambda one: one.secrets == ("value",),
        {"secrets": ()},
    ),
    SafetyRule(
        "an environment of GitHub is kept, because secrets of others live in it",
        (types.REPOSITORY_ENVIRONMENT,),
        lambda one: one.retain_on_delete,
        {"retain_on_delete": False},
    ),
    SafetyRule(
        "the Grafana stack is protected, because a new one would be empty",
        (types.STACK,),
        lambda one: one.protect,
        {"protect": False},
    ),
    SafetyRule(
        "the Grafana stack is kept when Pulumi forgets it",
        (types.STACK,),
        lambda one: one.retain_on_delete,
        {"retain_on_delete": False},
    ),
    SafetyRule(
        "the administrator is protected and kept, because nobody else could invite the next one",
        (types.ORG_MEMBER,),
        lambda one: one.inputs["role"] != "Admin" or (one.protect and one.retain_on_delete),
        {"protect": False},
        {"role": "Admin"},
    ),
    SafetyRule(
        "what the policy tree names is replaced before it is deleted, because Grafana rejects the other order",
        (types.CONTACT_POINT, types.MUTE_TIMING),
        lambda one: one.delete_before_replace is False,
        {"delete_before_replace": None},
    ),
    SafetyRule(
        "contact points, timings, templates and the tree are never toggled between code and browser",
        (types.CONTACT_POINT, types.MUTE_TIMING, types.MESSAGE_TEMPLATE, types.NOTIFICATION_POLICY),
        lambda one: not editable_in_the_ui(one),
        {},
        {"disableProvenance": True},
    ),
    SafetyRule(
        "a rule group is deleted before it is replaced, because its uids are taken until then",
        (types.RULE_GROUP,),
        lambda one: one.delete_before_replace is True and all(rule.get("uid") for rule in one.inputs["rules"]),
        {"delete_before_replace": None},
    ),
    SafetyRule(
        "the policy tree is deleted before it is replaced, because there is one: the other order ends with the default",
        (types.NOTIFICATION_POLICY,),
        lambda one: one.delete_before_replace is True,
        {"delete_before_replace": None},
    ),
    SafetyRule(
        "a folder with rules of others is not deleted with them",
        (types.FOLDER,),
        lambda one: one.inputs["preventDestroyIfNotEmpty"] is True,
        {},
        {"preventDestroyIfNotEmpty": False},
    ),
    SafetyRule(
        "what has tokens is replaced before it is deleted, because they go with it",
        (types.SERVICE_ACCOUNT, types.ACCESS_POLICY),
        lambda one: one.delete_before_replace is False,
        {"delete_before_replace": None},
    ),
    SafetyRule(
        "a token has no name of its own, because a named one is deleted before its successor is made",
        (types.SERVICE_ACCOUNT_TOKEN, types.ROTATING_TOKEN),
        lambda one: "name" not in one.inputs and one.delete_before_replace is not True,
        {},
        {"name": "fixed"},
    ),
    SafetyRule(
        "an old telemetry token stays valid during the overlap",
        (types.ROTATING_TOKEN,),
        lambda one: one.inputs["deleteOnDestroy"] is False,
        {},
        {"deleteOnDestroy": True},
    ),
    SafetyRule(
        "a token is a secret output, whatever the provider declares",
        (types.SERVICE_ACCOUNT_TOKEN, types.ROTATING_TOKEN),
        lambda one: bool(one.additional_secret_outputs),
        {"additional_secret_outputs": ()},
    ),
)


@pytest.fixture(name="resources")
def _resources(production: Manifest, dev: Manifest) -> list[Resource]:
    return [*production.resources, *dev.resources]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.text)
def test_safety(rule: SafetyRule, resources: list[Resource]) -> None:
    checked = [one for one in resources if one.type in rule.types]

    assert {one.type for one in checked} == set(rule.types)
    assert [one.name for one in checked if not rule.holds(one)] == []
    assert [one.name for one in checked if rule.holds(rule.broken(one))] == [], "the rule would not find a breach"


def test_no_resource_ignores_changes(resources: list[Resource]) -> None:
    """Nobody sees an ignored difference, and none has been worth that."""
    assert [one.name for one in resources if one.ignore_changes] == []


def test_the_tree_takes_names_from_outputs_so_that_a_rename_keeps_its_order(
    production: Manifest, named: Callable[..., list[str]]
) -> None:
    (tree,) = production.of_type(types.NOTIFICATION_POLICY)
    wanted = [one.name for type_ in (types.CONTACT_POINT, types.MUTE_TIMING) for one in production.of_type(type_)]

    assert set(named(tree.depends_on)) >= set(wanted)
    assert len(wanted) >= 5


def test_every_holder_of_the_telemetry_token_depends_on_the_token(
    production: Manifest, dev: Manifest, named: Callable[..., list[str]]
) -> None:
    """So the order is: new token, its holders, old token."""
    holders = [
        named(one.depends_on)
        for manifest in (production, dev)
        for type_ in _SECRETS
        for one in manifest.of_type(type_)
        if one.name.endswith("_TOKEN")
    ]

    assert len(holders) == 4
    assert [names for names in holders if "telemetry-access-token" not in names] == []
