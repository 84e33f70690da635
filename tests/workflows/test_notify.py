"""The notify action: hostile names, and the steps for the platform's workflows."""

import json
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from resilience.core.yaml_files import read_own
from resilience.model.catalogue import ROOT

ACTION = ROOT / ".github/actions/notify"
PAGE = (ROOT / "deploy/platform-workflows.md").read_text(encoding="utf-8")
SNIPPETS = dict(re.findall(r"<!-- workflow: ([a-z-]+) -->\n```yaml\n(.*?)```", PAGE, re.DOTALL))
NOTHING = "–"  # noqa: RUF001  # as the page writes it
PINNED = re.compile(r"^[\w./-]+@[0-9a-f]{40}$")
payload: Callable[[dict[str, str]], dict[str, Any]] = runpy.run_path(str(ACTION / "message.py"))["payload"]

HOSTILE = [
    "<!channel>",
    "<!here|here>",
    "<!everyone>",
    "<@U012AB3CD>",
    "<#C012AB3CD>",
    "<!subteam^S012|team>",
    "<https://evil.example.com|Run>",
    "<mailto:a@example.com|mail>",
    "@channel",
    "@here",
    '"}],"text":"owned',
    "it's 'quoted'",
    'back\\slash"quote',
    "new\nline",
    "carriage\rreturn",
    "tab\tand\vfeed\f",
    "line\u2028separator\u2029",
    "null\x00byte",
    "bell\x07\x1b[31mred",
    "right\u202eto-left",
    "zero\u200bwidth",
    "`code`",
    "*bold* _it_ ~no~",
    "&lt;!channel&gt;",
    "&amp;&amp;",
    "${{ secrets.X }}",
    "$(touch /tmp/owned)",
    "`touch /tmp/owned`",
    "; exit 1 #",
    "%0A::set-output name=x::y",
    "😀🏳️‍🌈",
    "x" * 5_000,
    "\ud800 lone surrogate".encode("utf-8", "replace").decode(),
    "",
]


@pytest.mark.parametrize("title", HOSTILE)
@pytest.mark.parametrize("where", ["REF", "SUBJECT", "DETAIL", "ACTOR"])
def test_no_name_mentions_people_adds_a_link_or_breaks_the_message(title: str, where: str) -> None:
    text = payload({"OUTCOME": "failure", "SUBJECT": "ci", "PAGE": "https://github.com/acme/infra/1", where: title})[
        "text"
    ]

    assert re.findall(r"<[^>]*>", text) == ["<https://github.com/acme/infra/1|Run>"]
    assert not re.search(r"@(channel|here|everyone)", text)
    assert text.count("`") in (0, 2)
    assert len(text.splitlines()) == (3 if where == "DETAIL" and title else 2)
    assert len(text) < 500


@pytest.mark.parametrize("title", ['<!channel> "quoted" \n$(touch owned)', "plain"])
def test_the_script_writes_json_for_any_name_and_runs_nothing(tmp_path: Path, title: str) -> None:
    file = tmp_path / "notify.json"
    command = [sys.executable, "-I", str(ACTION / "message.py"), str(file)]
    subprocess.run(command, env={"REF": title, "OUTCOME": "failure"}, cwd=tmp_path, check=True, timeout=20)

    assert set(json.loads(file.read_text(encoding="utf-8"))) == {"text", "unfurl_links"}
    assert [path.name for path in tmp_path.iterdir()] == ["notify.json"]


@pytest.mark.parametrize(
    ("outcome", "head"),
    [
        ("success", ":white_check_mark: P2: *ci* succeeded on `main` by ann"),
        ("failure", ":x: P2: *ci* failed on `main` by ann"),
        ("cancelled", ":black_square_for_stop: P2: *ci* was cancelled on `main` by ann"),
        ("unknown", ":x: P2: *ci* failed on `main` by ann"),
    ],
)
def test_the_message_says_how_it_ended(outcome: str, head: str) -> None:
    given = {"OUTCOME": outcome, "TIER": "P2", "SUBJECT": "ci", "REF": "main", "ACTOR": "ann", "PAGE": "https://a.b/1"}

    assert payload(given)["text"] == f"{head}\n<https://a.b/1|Run>"


def test_an_invalid_address_is_not_linked() -> None:
    assert payload({"OUTCOME": "success", "PAGE": "javascript:alert(1)"})["text"].endswith("<https://github.com|Run>")


def test_the_action_has_no_expression_in_a_script_and_pins_what_it_uses() -> None:
    steps = read_own((ACTION / "action.yml").read_text(encoding="utf-8"))["runs"]["steps"]

    assert [step["run"] for step in steps if "${{" in step.get("run", "")] == []
    assert [step["uses"] for step in steps if "uses" in step and not PINNED.match(step["uses"])] == []


@pytest.mark.parametrize(
    ("ref", "default", "sends"),
    [
        ("refs/heads/main", "main", True),
        ("refs/heads/trunk", "trunk", True),
        ("refs/heads/main", "", True),
        ("refs/tags/v1", "main", True),
        ("refs/heads/feature", "main", False),
        ("refs/heads/main", "trunk", False),
        ("refs/heads/main2", "main", False),
        ("refs/heads/refs/tags/v1", "main", False),
        ("refs/pull/1/merge", "main", False),
    ],
)
def test_a_run_of_another_branch_sends_nothing(ref: str, default: str, *, sends: bool) -> None:
    steps = read_own((ACTION / "action.yml").read_text(encoding="utf-8"))["runs"]["steps"]
    text = steps[0]["if"].replace("||", "or").replace("github.event.repository.default_branch", repr(default))
    known = {"format": str.format, "startsWith": str.startswith}

    assert bool(eval(text.replace("github.ref", repr(ref)), known)) is sends  # noqa: S307  # our own file
    assert [step.get("if") for step in steps[1:]] == [f"steps.{steps[0]['id']}.outcome == 'success'"]


def test_every_workflow_of_the_platform_has_its_steps() -> None:
    assert set(SNIPPETS) == {"deploy-prod", "deploy-dev", "ci", "token-health"}


@pytest.mark.parametrize("name", SNIPPETS)
def test_steps_are_pinned_and_may_only_read_contents(name: str) -> None:
    (job,) = read_own(SNIPPETS[name]).values()
    uses = [step["uses"] for step in job["steps"] if not step["uses"].startswith("./")]

    assert job["permissions"] == {"contents": "read"}
    assert [one for one in uses if not PINNED.match(one)] == []
    assert uses[0].rpartition("@")[0] == "actions/checkout"


def channel(webhook: str) -> str:
    return "alerts" if webhook == "${{ secrets.SLACK_WEBHOOK_ALERTS }}" else "deploys"


def holds(condition: str, result: str) -> bool:
    """The value of GitHub's expression for one result of the needed job; only what the snippets use."""
    text = re.sub(r"needs\.\w+\.result", repr(result), condition)
    text = text.replace("always()", "True").replace("&&", "and").replace("||", "or")
    text = text.replace("github.event_name", "'push'").replace("github.event.repository.default_branch", "'main'")
    return bool(eval(text.replace("github.ref_name", "'main'")))  # noqa: S307  # our own file


@pytest.mark.parametrize("name", SNIPPETS)
def test_the_table_of_outcomes_is_what_the_steps_do(name: str) -> None:
    (job,) = read_own(SNIPPETS[name]).values()
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |"))
    cells = [cell.strip() for cell in row.strip("|").split("|")][1:]

    for cell, result in zip(cells, ("success", "failure", "cancelled", "skipped"), strict=True):
        reported = [
            f"{channel(step['with']['webhook'])}, {step['with']['tier']}"
            for step in job["steps"]
            if "with" in step and "webhook" in step["with"]
            if holds(job["if"], result) and holds(step.get("if", "True"), result)
        ]
        assert (reported or [NOTHING]) == [cell], result


def test_assembled_workflows_are_clean_for_zizmor(tmp_path: Path) -> None:
    workflows = tmp_path / ".github" / "workflows"
    workflows.mkdir(parents=True)
    for name, snippet in SNIPPETS.items():
        (needed,) = read_own(snippet)["notify"]["needs"]
        work = {"name": needed, "runs-on": "ubuntu-24.04", "steps": [{"run": "true"}], "permissions": {}}
        head = {"name": name, "on": {"workflow_dispatch": {"inputs": {"image_tag": {"type": "string"}}}}}
        guard = {"group": name, "cancel-in-progress": False}
        jobs = {"permissions": {}, "concurrency": guard, "jobs": {needed: work}}
        indented = "".join(f"  {line}\n" for line in snippet.splitlines())
        (workflows / f"{name}.yml").write_text(
            yaml.safe_dump(head | jobs, sort_keys=False) + indented, encoding="utf-8"
        )

    # `$/` instead of `./` is new; we believe that actionlint 1.7.12 reports it as a mistake (not run).
    config = tmp_path / "zizmor.yml"
    config.write_text("rules: {self-repository: {disable: true}}\n", encoding="utf-8")
    zizmor = str(Path(sys.executable).parent / "zizmor")
    command = [zizmor, "--offline", "--quiet", "--config", str(config), str(workflows)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 0, done.stdout
