"""What a pull request shows: each change of an alert, a route, a limit or a resource, and nothing else."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from resilience.cli import main
from resilience.manifest import Manifest, types
from resilience.manifest.display import as_json
from resilience.review import Change, as_markdown, compared, resets

RULE = "production: sv0-production-api-down"


@pytest.fixture(name="good")
def _good(production: Manifest, dev: Manifest) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(as_json([production, dev]))
    return found


def rule_of(manifest: list[dict[str, Any]], uid: str = "sv0-production-api-down") -> dict[str, Any]:
    rules = (rule for one in manifest if one["type"] == types.RULE_GROUP for rule in one["inputs"]["rules"])
    return next(rule for rule in rules if rule["uid"] == uid)


def tree_of(manifest: list[dict[str, Any]]) -> dict[str, Any]:
    return next(one["inputs"] for one in manifest if one["type"] == types.NOTIFICATION_POLICY)


def named(manifest: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(one for one in manifest if one["name"] == name)


def longer(manifest: list[dict[str, Any]]) -> None:
    rule_of(manifest)["for"] = "10m"


def other_query(manifest: list[dict[str, Any]]) -> None:
    query = rule_of(manifest)["datas"][0]
    query["model"] = json.dumps(json.loads(query["model"]) | {"expr": "up == 0"})


def other_tier(manifest: list[dict[str, Any]]) -> None:
    rule_of(manifest)["labels"]["tier"] = "P3"


def other_channel(manifest: list[dict[str, Any]]) -> None:
    tree_of(manifest)["policies"][4]["contactPoint"] = "slack-deploys"


def other_order(manifest: list[dict[str, Any]]) -> None:
    tree_of(manifest)["policies"].reverse()


def unprotected(manifest: list[dict[str, Any]]) -> None:
    named(manifest, "grafana-stack-stack")["protect"] = False


def other_scopes(manifest: list[dict[str, Any]]) -> None:
    policies = [one for one in manifest if one["type"].endswith(":AccessPolicy") and one["stack"] == "dev"]
    policies[0]["inputs"]["scopes"].append("stacks:delete")


def changed(good: list[dict[str, Any]], edit: Callable[[list[dict[str, Any]]], None]) -> list[Change]:
    after = copy.deepcopy(good)
    edit(after)
    return compared(good, after)


def test_nothing_changes_between_equal_manifests(good: list[dict[str, Any]]) -> None:
    assert as_markdown(compared(good, copy.deepcopy(good))) == (
        "In what is declared no alert, route, limit or resource changes. Secrets are not compared.\n"
    )


def test_another_order_of_resources_is_no_change(good: list[dict[str, Any]]) -> None:
    assert changed(good, lambda manifest: manifest.reverse()) == []


def test_links_computed_from_the_rule_are_not_reported(good: list[dict[str, Any]]) -> None:
    def other_link(manifest: list[dict[str, Any]]) -> None:
        rule_of(manifest)["annotations"]["explore_url"] = "https://elsewhere.example"

    assert changed(good, other_link) == []


@pytest.mark.parametrize(
    ("edit", "section", "detail"),
    [
        pytest.param(longer, "Alerts", ("for", "2m", "10m"), id="how long it must last"),
        pytest.param(other_tier, "Alerts", ("tier", "P1", "P3"), id="the tier"),
        pytest.param(other_channel, "Routes", ("contactPoint", "slack-alerts-p1", "slack-deploys"), id="the channel"),
        pytest.param(unprotected, "Other resources", ("option protect", "true", ""), id="a protection"),
        pytest.param(other_scopes, "Other resources", ("scopes[2]", "", "stacks:delete"), id="what a token may do"),
    ],
)
def test_a_change_is_reported_with_the_old_value(
    good: list[dict[str, Any]],
    edit: Callable[[list[dict[str, Any]]], None],
    section: str,
    detail: tuple[str, str, str],
) -> None:
    (change,) = changed(good, edit)

    assert (change.section, change.kind, change.details) == (section, "changed", (detail,))


def test_a_rule_that_a_change_resets_is_named_with_what_resets_it(good: list[dict[str, Any]]) -> None:
    changed = copy.deepcopy(good)
    longer(changed)
    other_tier(changed)
    rule_of(changed, "sv0-dev-api-down")["annotations"]["summary"] = "Other."

    sentence = 'production: "API down" restarts its waiting time: for, labels changed'
    assert resets(good, changed) == [sentence]
    assert f"- `{sentence}`" in as_markdown(compared(good, changed), (), [sentence]).splitlines()


def test_a_rule_put_before_another_resets_that_one_alone(good: list[dict[str, Any]]) -> None:
    changed = copy.deepcopy(good)
    group = named(changed, "alert-rules-api-down")["inputs"]
    group["rules"].insert(0, rule_of(good) | {"uid": "sv0-production-new"})

    assert resets(good, changed) == ['production: "API down" restarts its waiting time: place in the group changed']


def test_a_title_of_a_folder_resets_the_rules_of_its_stack(good: list[dict[str, Any]]) -> None:
    changed = copy.deepcopy(good)
    next(one for one in changed if (one["type"], one["stack"]) == (types.FOLDER, "dev"))["inputs"]["title"] = "Other"

    found = resets(good, changed)
    dev = [rule for one in good if one["stack"] == "dev" for rule in one["inputs"].get("rules", [])]
    assert len(found) == len(dev)
    assert all(line.startswith("dev: ") and line.endswith(": folder changed") for line in found)


def test_rules_that_are_not_known_yet_reset_nothing(good: list[dict[str, Any]]) -> None:
    changed = copy.deepcopy(good)
    named(changed, "alert-rules-api-down")["inputs"]["rules"] = "04da6b54"

    assert resets(good, changed) == []


def test_a_query_is_shown_decoded_not_as_json_in_json(good: list[dict[str, Any]]) -> None:
    (change,) = changed(good, other_query)
    (field, before, after) = change.details[0]

    assert (change.subject, field, after) == (RULE, "A.expr", "up == 0")
    assert "\\" not in before


def test_the_order_of_routes_is_a_change_because_the_first_match_wins(good: list[dict[str, Any]]) -> None:
    changes = changed(good, other_order)

    assert {change.section for change in changes} == {"Routes"}
    assert {detail[0] for change in changes for detail in change.details} == {"place"}


def test_a_removed_rule_is_named(good: list[dict[str, Any]]) -> None:
    def one_less(manifest: list[dict[str, Any]]) -> None:
        group = next(one for one in manifest if one["type"] == types.RULE_GROUP and one["stack"] == "production")
        group["inputs"]["rules"].pop()

    (gone,) = changed(good, one_less)

    assert (gone.section, gone.kind) == ("Alerts", "gone")


def test_an_exceeded_limit_is_marked(good: list[dict[str, Any]]) -> None:
    before = [{"limit": "series", "unit": "active metric series", "used": 900, "allowed": 1000}]
    after = [{"limit": "series", "unit": "active metric series", "used": 1100, "allowed": 1000}]

    (change,) = compared(good, good, (before, after))

    assert change.details == (("used", "900 of 1,000", "1,100 of 1,000 (over the limit)"),)


def test_a_new_stack_is_reported_resource_by_resource(good: list[dict[str, Any]]) -> None:
    before = [one for one in good if one["stack"] != "dev"]
    changes = compared(before, good)

    assert {change.kind for change in changes} == {"new"}
    assert "dev: alert-rules-folder (Folder)" in {change.subject for change in changes}


def test_a_stack_whose_file_was_deleted_is_not_gone_and_the_comment_says_what_to_run(
    good: list[dict[str, Any]], tmp_path: Path
) -> None:
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    before.write_text(json.dumps(good))
    after.write_text(json.dumps([one for one in good if one["stack"] != "dev"]))

    assert run(before, after).stdout == (
        "**`Pulumi.dev.yaml` is gone, but deleting the file removes nothing:** run `pulumi destroy --stack dev` first; "
        "see docs/bootstrap.md, How to remove an environment.\n"
    )


@pytest.mark.parametrize("text", ["a | b", "```", "@channel <!-- x -->", "two\nlines", "x" * 5000])
def test_no_text_of_a_rule_can_break_the_table(text: str) -> None:
    markdown = as_markdown([Change("Alerts", text, "changed", ((text, text, text),))])

    (row,) = [line for line in markdown.splitlines() if line.startswith("| `")]
    assert row.count("`") == 8
    assert row.replace("\\|", "").count("|") == 5
    assert len(row) < 1500


def test_a_credential_in_a_text_is_hidden() -> None:
    markdown = as_markdown([Change("Alerts", "x", "changed", (("summary", "", "see glc_CANARY123"),))])

    assert "CANARY" not in markdown


def test_a_comment_is_never_longer_than_github_accepts() -> None:
    markdown = as_markdown([Change("Alerts", f"rule {number}", "new") for number in range(5000)])

    assert len(markdown) < 31_000
    assert markdown.rstrip().endswith("rows more: run `resilience diff` for all.")


def run(*arguments: Path) -> Any:
    return CliRunner().invoke(main, ["diff", *map(str, arguments)])


def test_the_command_reads_what_the_manifest_command_writes(good: list[dict[str, Any]], tmp_path: Path) -> None:
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    before.write_text(json.dumps(good))
    longer(good)
    after.write_text(json.dumps(good))

    result = run(before, after)

    assert result.exit_code == 0
    assert result.stdout.splitlines()[:3] == [
        '- `production: "API down" restarts its waiting time: for changed`',
        "",
        "### Alerts",
    ]
    assert f"| `{RULE}` | `for` | `2m` | `10m` |" in result.stdout.splitlines()


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("{", "(whole file): is not JSON"),
        ("{}", "(whole file): is missing or of another type"),
        ("[1]", "[0]: is missing or of another type"),
        ('[{"type": "x", "name": "y", "stack": 1, "inputs": {}}]', "[0].stack: is missing or of another type"),
        ("[" * 200_000, "(whole file): is nested more than 100 levels deep"),
    ],
)
def test_a_file_that_is_not_a_manifest_is_rejected(tmp_path: Path, text: str, reported: str) -> None:
    path = tmp_path / "m.json"
    path.write_text(text)

    result = run(path, path)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"{path}: {reported}; write it with `resilience manifest --json`\n"


def test_what_is_not_shown_takes_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hiding credentials in 24,000 values took minutes."""
    texts: list[str] = []

    def code(text: str) -> str:
        texts.append(text)
        return f"`{text}`"

    monkeypatch.setattr("resilience.review.markdown.code", code)
    details = tuple((f"field-{number}", "before", "x" * 500) for number in range(30))
    changes = [Change("Alerts", f"subject-{number}", "changed", details) for number in range(800)]

    assert "… and 23" in as_markdown(changes)
    assert len(texts) < 1000
