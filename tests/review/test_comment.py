"""One comment on a pull request: what the engine would do, then what is declared; one workflow alone writes it."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from resilience.cli import main
from resilience.manifest import types
from resilience.model.catalogue import ROOT
from resilience.model.stack_file import stacks
from resilience.review.comment import body
from tests.redaction.table import BECOMES

UNCHANGED: dict[str, Any] = {
    "steps": [{"op": "same", "urn": "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev"}],
    "changeSummary": {"same": 1},
}


def step(name: str, type_: str = types.CONTACT_POINT, op: str = "update", **more: Any) -> dict[str, Any]:
    return {"op": op, "urn": f"urn:pulumi:production::p::sv0:platform:Shared${type_}::{name}", **more}


def comment(folder: Path, *stacks: str, **previews: dict[str, Any]) -> str:
    for stack, preview in previews.items():
        (folder / f"plan-{stack}.json").write_text(json.dumps(preview))
    return body([(stack, folder / f"plan-{stack}.json") for stack in stacks])


def test_lists_come_first_then_the_values(tmp_path: Path) -> None:
    old, new = ({"inputs": {"name": name, "url": "[secret]"}} for name in ("old", "new"))
    steps = [step("alerts", diffReasons=["name"], oldState=old, newState=new), step("shared", "sv0:x:Y", "create")]

    assert comment(tmp_path, "production", "dev", "staging", production={"steps": steps}, dev=UNCHANGED) == (
        "### What `make up` would change\n\n"
        "**production**: 1 to update.\n"
        "- `update alerts (ContactPoint): name`\n\n"
        "**dev**: no change.\n\n"
        "**staging**: there is no preview; see the run.\n"
        "\n<details><summary>production: old and new values</summary>\n\n"
        "### Other resources\n\n| what | how | from | to |\n| --- | --- | --- | --- |\n"
        "| `production: alerts (ContactPoint)` | `name` | `old` | `new` |\n\n</details>\n"
    )


@pytest.mark.parametrize("written", [{}, {"error": "x"}, {"steps": []}, {"steps": [], "changeSummary": {}}])
def test_what_is_no_preview_is_not_called_one_without_changes(tmp_path: Path, written: dict[str, Any]) -> None:
    assert "**dev**: there is no preview; see the run." in comment(tmp_path, "dev", dev=written)


def test_a_changed_webhook_is_listed_although_no_value_may_be_shown(tmp_path: Path) -> None:
    state = {"inputs": {"slacks": [{"url": "[secret]"}]}}
    changed = step("alerts", detailedDiff={"slacks[0].url": {}}, oldState=state, newState=state)

    text = comment(tmp_path, "production", production={"steps": [changed]})

    assert "**production**: 1 to update.\n- `update alerts (ContactPoint): slacks[0].url`\n" in text
    assert "only secrets and computed values differ" in text


def test_no_credential_of_the_shared_table_is_shown_wherever_it_stands(tmp_path: Path) -> None:
    """As a value, in a name, and in an error of the engine."""
    urn, shown = step("x")["urn"], ""
    for at, one in enumerate(BECOMES):
        state = {"inputs": {"note": one.line}}
        error = {"severity": "error", "message": f"error: {one.line}", "urn": urn}
        changed = step(f"n{at} {one.line}", newState=state, oldState={"inputs": {"note": ""}})
        shown += comment(tmp_path, "production", production={"steps": [changed]})
        shown += comment(tmp_path, "production", production={"steps": [], "diagnostics": [error]})

    # Shorter ones are words of the comment itself; a line of a PEM block is known by being a whole line.
    parts = [one for one in BECOMES if one.clean("").strip()]
    secrets = {text for one in parts for text in one.secrets if len(text) > 12}
    assert [text for text in sorted(secrets) if text in shown] == []
    assert "[hidden]" in shown


def test_a_value_under_the_name_of_a_secret_is_hidden_whatever_it_looks_like(tmp_path: Path) -> None:
    names = {"password": "old horse", "nested": {"apiToken": "old horse"}, "secrets": ["old horse"], "title": "shown"}
    changed = step("x", newState={"inputs": names}, oldState={"inputs": {"title": "was"}})

    text = comment(tmp_path, "production", production={"steps": [changed]})

    assert ("horse" in text, text.count("[hidden]"), "`shown`" in text) == (False, 3, True)


def test_errors_come_first_and_what_was_planned_before_is_folded(tmp_path: Path) -> None:
    error = {"severity": "error", "message": "error: it is marked for protection", "urn": step("stack")["urn"]}
    steps = [step(f"number-{number}") for number in range(40)]

    text = comment(tmp_path, "production", production={"steps": steps, "diagnostics": [error, error]})

    listed, folded = text.split("<details>")
    assert "**production**: the preview failed.\n- `stack`: `it is marked for protection`; `the change would" in listed
    assert listed.count("marked for protection") == 1
    assert "number-" not in listed
    assert "- `update number-14 (ContactPoint)`\n- … and 25 more\n" in folded


def test_names_mention_nobody_and_values_cannot_fill_the_comment(tmp_path: Path) -> None:
    values = {f"key{number}": "x" * 290 for number in range(400)}
    loud = step("`@everyone", newState={"inputs": values}, oldState={"inputs": dict.fromkeys(values, "y" * 290)})
    names = ("production", "dev", "staging")

    text = comment(tmp_path, *names, **{key: {"steps": [loud]} for key in names})

    assert "- `update '@everyone (ContactPoint)`" in text
    assert "too many values to show; see the run" in text
    assert len(text) < 65_536 - 30_000


@pytest.mark.parametrize("rules", ["[unknown]", None, {}, [{"uid": "x", "datas": "[unknown]"}], [3]])
def test_values_that_are_known_only_after_up_do_not_end_the_comment(tmp_path: Path, rules: object) -> None:
    changed = step("rules", types.RULE_GROUP, newState={"inputs": {"rules": rules}}, oldState={"inputs": {"rules": []}})

    assert "**production**: 1 to update." in comment(tmp_path, "production", production={"steps": [changed]})


def test_the_command_finds_the_plan_of_every_stack(tmp_path: Path) -> None:
    (tmp_path / "plan-dev.json").write_text(json.dumps(UNCHANGED))
    result = CliRunner().invoke(main, ["comment", str(tmp_path)])

    assert result.exit_code == 0
    assert [f"**{stack}**: " in result.output for stack in stacks()] == [True, True]
    assert "**dev**: no change." in result.output


def test_one_workflow_alone_may_comment_on_pull_requests() -> None:
    # `--edit-last` changes the last comment of the Actions bot, whichever workflow wrote it.
    workflows = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / ".github/workflows").glob("*.yml")}

    assert [name for name, text in workflows.items() if "pull-requests: write" in text] == ["preview"]
    assert '"$PULL" --edit-last --create-if-none --body-file build/comment.md' in workflows["preview"]
