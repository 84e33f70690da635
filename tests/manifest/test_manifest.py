"""The manifest: secrets masked, parents first, the same in every run, as JSON and as text."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pulumi_github as github
import pytest

from resilience.manifest import Manifest, declare, declare_deployed, types
from resilience.manifest.display import as_json, as_text
from resilience.manifest.model import masked, secret
from resilience.model.catalogue import Catalogue
from resilience.model.settings import Secret, StackSettings
from tests.stack_files import stack_text, write_checkout

OWNER, PERSON = next(iter(Catalogue.load().owners.items()))
KEYS = [
    "urn",
    "type",
    "name",
    "stack",
    "parent",
    "inputs",
    "secrets",
    "dependsOn",
    "provider",
    "protect",
    "retainOnDelete",
    "deleteBeforeReplace",
    "import",
    "additionalSecretOutputs",
    "ignoreChanges",
    "aliases",
]


@pytest.mark.parametrize(
    ("value", "expected", "paths"),
    [
        pytest.param({"a": 1.0, "b": 0.5, "c": True}, {"a": 1, "b": 0.5, "c": True}, [], id="whole numbers are whole"),
        pytest.param({"a": secret("x")}, {"a": "[secret]"}, ["a"], id="a secret is masked and its path listed"),
        pytest.param(
            {"b": [{"c": secret("x")}, {"c": "y"}, {"c": secret("z")}], "a": "plain"},
            {"a": "plain", "b": [{"c": "[secret]"}, {"c": "y"}, {"c": "[secret]"}]},
            ["b[0].c", "b[2].c"],
            id="secrets inside lists and objects",
        ),
        pytest.param(
            {"a": {**secret("x"), "value": {"b": "hidden", "c": [secret("y")]}}},
            {"a": "[secret]"},
            ["a"],
            id="a secret object hides all its values",
        ),
        pytest.param(secret("x"), "[secret]", [""], id="a secret by itself"),
        pytest.param({"a": None, "b": [], "c": {}}, {"a": None, "b": [], "c": {}}, [], id="empty values stay"),
    ],
)
def test_masks(value: Any, expected: Any, paths: list[str]) -> None:
    assert masked(value) == (expected, paths)


def test_a_path_leads_to_the_masked_value(production: Manifest) -> None:
    found = [(one.name, path) for one in production.resources for path in one.secrets]

    assert ("contact-points-alerts", "slacks[0].url") in found
    assert production.of_type(types.CONTACT_POINT)[0].inputs["slacks"][0]["url"] == "[secret]"


def test_options_are_recorded_as_the_engine_would_see_them(
    declare_program: Callable[..., Manifest], named: Callable[..., list[str]]
) -> None:
    def program() -> None:
        provider = github.Provider("given", token="canary")
        first = github.ActionsVariable(
            "first", repository="a", variable_name="A", value="a", opts=pulumi.ResourceOptions(provider=provider)
        )
        opts = pulumi.ResourceOptions(
            provider=provider,
            depends_on=[first],
            protect=True,
            retain_on_delete=True,
            delete_before_replace=True,
            import_="a:B",
            ignore_changes=["value"],
            additional_secret_outputs=["value"],
            aliases=[pulumi.Alias(name="older")],
        )
        github.ActionsVariable(
            "second",
            repository="a",
            variable_name="B",
            value="b",
            opts=opts,
        )

    first, second = declare_program(program).of_type("github:index/actionsVariable:ActionsVariable")

    assert (first.protect, first.retain_on_delete, first.delete_before_replace, first.import_id) == (
        False,
        False,
        None,
        "",
    )
    assert (second.protect, second.retain_on_delete, second.delete_before_replace, second.import_id) == (
        True,
        True,
        True,
        "a:B",
    )
    assert (named(second.depends_on), named([second.provider])) == (["first"], ["given"])
    assert (second.ignore_changes, second.additional_secret_outputs) == (("value",), ("value",))
    assert (first.aliases, second.aliases) == ((), ("older",))


def test_parents_come_before_children_and_siblings_are_sorted_by_name(production: Manifest) -> None:
    place = {one.urn: index for index, one in enumerate(production.resources)}
    siblings: dict[str, list[str]] = {}
    for one in production.resources:
        siblings.setdefault(one.parent, []).append(one.name)

    assert [one.name for one in production.resources if place.get(one.parent, -1) > place[one.urn]] == []
    assert {parent: sorted(names) for parent, names in siblings.items()} == siblings


def test_every_parent_dependency_and_provider_is_in_the_manifest(production: Manifest) -> None:
    known = {one.urn for one in production.resources} | {""}
    named = {urn for one in production.resources for urn in (*one.depends_on, one.provider)}
    parents = {one.parent for one in production.resources} - known

    assert named <= known
    assert {parent.rpartition("::")[2] for parent in parents} == {"sv0-resilience-production"}


@pytest.mark.parametrize("is_set", [True, False])
def test_what_an_up_declares_has_the_watchdog_only_if_its_address_is_set(
    good_settings: Callable[..., StackSettings], tmp_path: Path, is_set: bool
) -> None:
    uptime = {"url": "https://app.example.com", "data": {"tenant": "t"}}
    settings = good_settings(grafana={"adopt": True}, uptime=uptime)
    secrets = {str(Secret.WATCHDOG_URL): {"secure": "v1:x:y"}} if is_set else {}
    text = stack_text(settings.model_dump(mode="json"), **secrets)
    write_checkout(tmp_path / "checkout", "production", text)
    (found,) = declare_deployed(tmp_path / "checkout")

    names = {one.inputs.get("name") for one in found.resources}
    assert ("watchdog" in names, "slack-alerts" in names) == (is_set, True)


def test_is_the_same_in_every_run(production: Manifest, dev: Manifest) -> None:
    assert as_json([declare("production"), declare("dev")]) == as_json([production, dev])


def test_a_failed_run_does_not_affect_the_next(declare_program: Callable[..., Manifest], production: Manifest) -> None:
    def failing() -> None:
        github.Provider("given", token="canary")
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        declare_program(failing)

    assert declare("production") == production


def test_json_has_the_keys_that_pulumi_uses(production: Manifest, dev: Manifest) -> None:
    found = json.loads(as_json([production, dev]))

    assert {tuple(one) for one in found} == {tuple(KEYS)}
    assert [one["name"] for one in found] == [one.name for one in (*production.resources, *dev.resources)]


def test_json_is_one_empty_list_for_nothing() -> None:
    assert json.loads(as_json([])) == []


@pytest.fixture(scope="module")
def table(declare_own: Callable[..., Manifest]) -> list[list[str]]:
    """The words of each line."""
    return [line.split(maxsplit=2) for line in as_text([declare_own("production")]).splitlines()]


@pytest.mark.parametrize(
    "row",
    [
        ("grafana-stack-stack", "Stack", "protected, kept on delete, imported from acme"),
        ("contact-points-alerts", "ContactPoint", "secret: slacks[0].url"),
        (f"team-{PERSON.login}", "OrgMember", f"protected, kept on delete, imported from acme:{PERSON.login}"),
        ("alert-rules-folder", "Folder", ""),
        ("shared", "sv0:platform:Shared", ""),
    ],
)
def test_the_table_shows_type_and_options(table: list[list[str]], row: tuple[str, str, str]) -> None:
    name, kind, notes = row

    assert [name, kind, *([notes] if notes else [])] in table


def test_the_table_is_indented_by_parent(production: Manifest) -> None:
    lines = as_text([production]).splitlines()
    shown = [line.partition("  sv0:")[0].rstrip() for line in lines if " sv0:" in line]

    assert "shared" in shown
    assert "  contact-points" in shown


def test_the_table_counts_resources_of_providers_and_lists_outputs(production: Manifest, dev: Manifest) -> None:
    lines = as_text([production, dev]).splitlines()
    heads = [line for line in lines if line.startswith("Stack ")]

    assert heads == [
        f"Stack {one.stack}: {sum(resource.custom for resource in one.resources)} resources, {len(one.outputs)} outputs"
        for one in (production, dev)
    ]
    assert [line for line in lines if line.startswith("output ")] == [
        f"output {name}" for one in (production, dev) for name in sorted(one.outputs)
    ]


def test_components_and_providers_are_not_counted(dev: Manifest) -> None:
    assert not [one.type for one in dev.resources if one.custom and one.type.startswith(("sv0:", "pulumi:"))]


def test_a_late_rejection_does_not_affect_the_next_program(
    declare_program: Callable[..., Manifest],
) -> None:
    def reject(_: str) -> str:
        raise pulumi.RunError("no")

    with pytest.raises(pulumi.RunError):
        declare_program(lambda: pulumi.export("one", pulumi.Output.from_input("x").apply(reject)))

    assert declare_program(lambda: pulumi.export("two", "y")).outputs == {"two": "y"}
