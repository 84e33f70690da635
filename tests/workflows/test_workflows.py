"""Every workflow: least permissions, pinned actions, no secrets for forks, no `up` cancelled half way."""

import copy
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from resilience.cli import main
from resilience.core.conventions import DEPLOY_ENVIRONMENT, DEPLOY_KEY
from resilience.core.yaml_files import read_own
from resilience.model.catalogue import ROOT
from resilience.model.stack_file import stacks

FILES = sorted((ROOT / ".github/workflows").glob("*.y*ml"))
ACTIONS = sorted((ROOT / ".github/actions").glob("*/action.yml"))
NOT_A_FORK = "github.event.pull_request.head.repo.full_name == github.repository"
NO_BOT = ("github.event.pull_request.user.type == 'User'", "github.event.sender.type == 'User'")
ON_MAIN = "github.ref == 'refs/heads/main'"
CHANGES_STATE = re.compile(r"make (up|rotate)\b|pulumi (up|destroy|refresh)\b")
# `pull_request_target` and `workflow_run` give secrets to the code of a fork.
DANGEROUS = {"pull_request_target", "workflow_run"}
PINNED = re.compile(r"[\w./-]+@[0-9a-f]{40}")
OFFLINE = {"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true", "UV_OFFLINE": "1"}
# Every other secret can change what is deployed, or read what the state holds.
OF_THE_CHANNELS = re.compile(r"SLACK_WEBHOOK_\w+|CF_ACCESS_\w+|WATCHDOG_URL")
# They read history, and nothing else.
OF_THE_HISTORY = re.compile(r"(METRICS|LOGS|USAGE)_CREDENTIAL")
MAIN = "${{ github.event.repository.default_branch }}"
MAY_DEPLOY = re.compile(r'make (plan|drift|rotate|up PULUMI_FLAGS="[^"$`]*")( #.*)?')


def events(workflow: dict[Any, Any]) -> set[str]:
    """YAML reads the key `on` as true."""
    found: Any = workflow.get("on", workflow.get(True))
    return {found} if isinstance(found, str) else set(found)


def steps(workflow: dict[Any, Any]) -> Iterator[dict[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job.get("steps", [])


def secrets(part: Any) -> set[str]:
    """Names of secrets, and `all` for whatever may be another way to them."""
    text = re.sub(r"\bsecrets\.(\w+)", r"\1", str(part))
    named = set(re.findall(r"\bsecrets\.(\w+)", str(part)))
    return named | ({"all"} if re.search(r"\bsecrets\b", text, re.IGNORECASE) else set())


def deploying(part: Any) -> set[str]:
    return {name for name in secrets(part) if not (OF_THE_CHANNELS.fullmatch(name) or OF_THE_HISTORY.fullmatch(name))}


def reading(part: Any) -> set[str]:
    return {name for name in secrets(part) if OF_THE_HISTORY.fullmatch(name)}


def conditions(job: dict[str, Any]) -> list[str]:
    """What must hold at once for a job to run; none if the expression is another than a list of such."""
    text = re.sub(r"^\$\{\{(.*)\}\}$", r"\1", str(job.get("if", "")))
    alternatives = re.sub(r"\([^()]*\|\|[^()]*\)", "alternatives", text)
    plain = alternatives.replace("()", "")
    if "||" in plain or "(" in plain or re.search(r"!\s*alternatives", plain):
        return []
    return [part.strip() for part in alternatives.split("&&")]


def problems(workflow: dict[Any, Any]) -> list[str]:
    """The problems of a workflow."""
    found = [f"the event {event} gives secrets to a fork" for event in sorted(events(workflow) & DANGEROUS)]
    if workflow.get("permissions") != {}:
        found.append("permissions are not empty at the top")
    if not all("group" in (of.get("concurrency") or {}) for of in first_jobs(workflow)):
        found.append("there is no concurrency group")
    if secrets({key: value for key, value in workflow.items() if key != "jobs"}):
        found.append("a secret is given to all jobs")
    for name, job in workflow["jobs"].items():
        found += [f"{name}: {problem}" for problem in job_problems(workflow, job)]
    return found


def first_jobs(workflow: dict[Any, Any]) -> list[dict[Any, Any]]:
    """Where a group must be: at the top, or in each job that waits for no other."""
    jobs = [job for job in workflow["jobs"].values() if "needs" not in job]
    return [workflow] if "concurrency" in workflow else jobs


def job_problems(workflow: dict[Any, Any], job: dict[str, Any]) -> Iterator[str]:
    if "permissions" not in job:
        yield "does not state its permissions"
    if "timeout-minutes" not in job and "uses" not in job:
        yield "has no deadline"
    if secrets(job):
        yield from secret_problems(workflow, job)
    for step in job.get("steps", []):
        yield from step_problems(step)
    if CHANGES_STATE.search(str(job)):
        yield from state_problems(workflow, job)


def secret_problems(workflow: dict[Any, Any], job: dict[str, Any]) -> Iterator[str]:
    if "pull_request" in events(workflow):
        if not {NOT_A_FORK, *NO_BOT} <= set(conditions(job)):
            yield "has a secret on a pull request of a fork or a bot"
        if DEPLOY_KEY in secrets(job):
            yield "gives a pull request the token that deploys"
    elif ON_MAIN not in conditions(job):
        yield "speaks in the real channels, or deploys, from another branch than main"
    if secrets({key: value for key, value in job.items() if key != "steps"}):
        yield "gives a secret to all its steps"
    if deploying(job):
        yield from deploying_problems(job)
    if reading(job):
        yield from reading_problems(job)


def reading_problems(job: dict[str, Any]) -> Iterator[str]:
    """No code of a pull request runs in a job that may read history, and one step alone has what opens it."""
    for step in job["steps"]:
        if reading(step) and step.get("run", "").strip() != ".github/backtest":
            yield "gives what opens the history to another step than the backtest"
        if reading(step) and step.get("env", {}).get("UV_OFFLINE") != "1":
            yield "lets the step with what opens the history fetch something"
        used = step.get("uses", "")
        if used and not (used.startswith("actions/checkout@") and (step.get("with") or {}).get("ref") == MAIN):
            yield "runs something else than main beside what opens the history"


def deploying_problems(job: dict[str, Any]) -> Iterator[str]:
    """Only the step that previews or deploys may see the token, and no action of others runs in its job."""
    for step in job["steps"]:
        if deploying({key: value for key, value in step.items() if key != "env"}) or (
            deploying(step) and not MAY_DEPLOY.fullmatch(step.get("run", "").strip())
        ):
            yield "gives a deploying token to another step than the one that previews or deploys"
        if deploying(step) and not OFFLINE.items() <= step.get("env", {}).items():
            yield "lets the step with a deploying token fetch something"
        if not step.get("uses", "actions/checkout@").startswith("actions/checkout@"):
            yield f"runs {step['uses'].partition('@')[0]} beside a deploying token"
        if not set(step) <= {"uses", "with", "run", "env", "id", "if", "name"}:
            yield "has a step with a key that these rules do not know"


def step_problems(step: dict[str, Any]) -> Iterator[str]:
    used = step.get("uses", "")
    if used and not used.startswith("./") and not PINNED.fullmatch(used):
        yield f"{used} is not pinned by commit"
    if used.startswith("actions/checkout@") and (step.get("with") or {}).get("persist-credentials") is not False:
        yield "checkout leaves its credentials behind"
    if "${{" in step.get("run", ""):
        yield "a script contains an expression"


def state_problems(workflow: dict[Any, Any], job: dict[str, Any]) -> Iterator[str]:
    concurrency = job.get("concurrency") or {}
    if concurrency.get("cancel-in-progress") is not False or concurrency.get("group") != "pulumi-state":
        yield "changes the state and can be cancelled, or run at the same time as another change"
    if not events(workflow) <= {"workflow_dispatch", "schedule"} or conditions(job) != [ON_MAIN]:
        yield "changes the state from another branch than main"
    if job.get("environment") != DEPLOY_ENVIRONMENT:
        yield "changes the state without the keys of main alone"
    if "make up" in str(job) and not approved(job["steps"]):
        yield "deploys without an approval right before it, in the same job"


def approved(steps: list[dict[str, Any]]) -> bool:
    """Whether the step before every `make up` is the approval, and neither can be skipped or ignored."""
    places = [place for place, step in enumerate(steps) if "make up" in step.get("run", "")]
    before = [steps[place - 1] if place else {} for place in places]
    always = [not {"if", "continue-on-error"} & set(step) for step in [*before, *(steps[place] for place in places)]]
    return all(always) and all(step.get("run") == ".github/approve" for step in before)


def loaded(name: str) -> dict[Any, Any]:
    found: dict[Any, Any] = read_own((ROOT / f".github/workflows/{name}.yml").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_workflow_follows_the_rules(path: Any) -> None:
    assert problems(read_own(path.read_text(encoding="utf-8"))) == []


def test_our_own_actions_follow_the_rules_for_steps() -> None:
    actions = [read_own(path.read_text(encoding="utf-8")) for path in ACTIONS]

    assert [problem for action in actions for step in action["runs"]["steps"] for problem in step_problems(step)] == []


def every_job(key: str, value: Any) -> Callable[[dict[Any, Any]], object]:
    return lambda workflow: [job.update({key: value}) for job in workflow["jobs"].values()]


def top(key: str, value: Any) -> Callable[[dict[Any, Any]], None]:
    return lambda workflow: workflow.update({key: value})


def step_of(job: str, step: dict[str, Any]) -> Callable[[dict[Any, Any]], None]:
    return lambda workflow: workflow["jobs"][job]["steps"].append(step)


def steps_of_up(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    """Those of the job that deploys."""
    found: list[dict[str, Any]] = workflow["jobs"]["up"]["steps"]
    return found


def named_step(workflow: dict[Any, Any], words: str) -> dict[str, Any]:
    """The step of it that runs this."""
    return next(step for step in steps_of_up(workflow) if words in step.get("run", ""))


def step_before_up(workflow: dict[Any, Any]) -> None:
    place = steps_of_up(workflow).index(named_step(workflow, "make up"))
    steps_of_up(workflow).insert(place, {"run": "make check"})


CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"
FORK = "has a secret on a pull request of a fork or a bot"
SPEAKS = "speaks in the real channels, or deploys, from another branch than main"
OTHER_STEP = "gives a deploying token to another step than the one that previews or deploys"
OTHER_READER = "gives what opens the history to another step than the backtest"
READER_FETCHES = "lets the step with what opens the history fetch something"
BESIDE_HISTORY = "runs something else than main beside what opens the history"
ALL_STEPS = "gives a secret to all its steps"
UNAPPROVED = "deploys without an approval right before it, in the same job"
ELSEWHERE = "changes the state from another branch than main"
CANCELLED = "changes the state and can be cancelled, or run at the same time as another change"


@pytest.mark.parametrize(
    ("name", "change", "problem"),
    [
        pytest.param("preview", lambda one: one["jobs"]["preview"].pop("if"), f"preview: {FORK}", id="no guard"),
        pytest.param("preview", every_job("if", "always()"), f"preview: {FORK}", id="another guard"),
        pytest.param(
            "preview",
            step_of("manifest", {"run": "x", "env": {"X": "${{ secrets.X }}"}}),
            f"manifest: {FORK}",
            id="a secret in a fork's job",
        ),
        pytest.param(
            "preview", top("env", {"X": "${{ secrets.X }}"}), "a secret is given to all jobs", id="at the top"
        ),
        pytest.param(
            "preview",
            top("on", {"pull_request_target": None}),
            "the event pull_request_target gives secrets to a fork",
            id="a dangerous event",
        ),
        pytest.param("ci", top("permissions", "read-all"), "permissions are not empty at the top", id="permissions"),
        pytest.param("ci", lambda one: one.pop("concurrency"), "there is no concurrency group", id="no group"),
        pytest.param(
            "ci", lambda one: one["jobs"]["test"].pop("timeout-minutes"), "test: has no deadline", id="no deadline"
        ),
        pytest.param(
            "ci",
            lambda one: one["jobs"]["test"].pop("permissions"),
            "test: does not state its permissions",
            id="no permissions",
        ),
        pytest.param(
            "ci",
            step_of("test", {"uses": "actions/setup-node@v7"}),
            "test: actions/setup-node@v7 is not pinned by commit",
            id="a tag",
        ),
        pytest.param(
            "ci", step_of("test", {"uses": CHECKOUT}), "test: checkout leaves its credentials behind", id="credentials"
        ),
        pytest.param(
            "ci",
            step_of("test", {"run": "echo ${{ github.head_ref }}"}),
            "test: a script contains an expression",
            id="injection",
        ),
        pytest.param(
            "up",
            every_job("concurrency", {"group": "pulumi-state", "cancel-in-progress": True}),
            f"up: {CANCELLED}",
            id="cancel",
        ),
        pytest.param(
            "rotate",
            every_job("concurrency", {"group": "rotate", "cancel-in-progress": False}),
            f"rotate: {CANCELLED}",
            id="group",
        ),
        pytest.param("up", top("on", {"push": None}), f"up: {ELSEWHERE}", id="on every push"),
        pytest.param("up", lambda one: one["jobs"]["up"].pop("if"), f"up: {ELSEWHERE}", id="from any branch"),
        *(
            pytest.param(name, every_job("if", condition), f"{job}: {SPEAKS}", id=f"{job} if {condition}")
            for name, job in (
                ("platform-health", "probe"),
                ("drift", "drift"),
                ("drift", "notify"),
                ("rotate", "notify"),
                ("up", "notify"),
            )
            for condition in (
                "",
                "always()",
                "github.ref_name == 'main'",
                f"always() || {ON_MAIN}",
                f"{ON_MAIN} || github.event_name == 'schedule'",
                f"!({ON_MAIN})",
                f"!( {ON_MAIN} )",
                f"!(true && {ON_MAIN} && true)",
                f"(true && {ON_MAIN} && true) == false",
                "github.ref != 'refs/heads/main'",
            )
        ),
        *(
            pytest.param("preview", every_job("if", condition), f"preview: {FORK}", id=f"preview if {condition}")
            for condition in (
                NOT_A_FORK,
                " && ".join(NO_BOT),
                f"{NOT_A_FORK} && {NO_BOT[0]}",
                f"{NOT_A_FORK} || {' && '.join(NO_BOT)}",
            )
        ),
        pytest.param(
            "preview",
            step_of("preview", {"run": "make plan", "env": {"X": "${{ secrets.PULUMI_ACCESS_TOKEN }}"}}),
            "preview: gives a pull request the token that deploys",
            id="the deploying token for a preview",
        ),
        *(
            pytest.param("preview", step_of("preview", step), f"preview: {OTHER_STEP}", id=f"token in {step}"[:80])
            for step in (
                {"run": "make check", "env": {"X": "${{ secrets.PULUMI_PREVIEW_TOKEN }}"}},
                {"run": "make plan; env", "env": {"X": "${{ secrets.PULUMI_PREVIEW_TOKEN }}"}},
                {"run": "make plan\nenv", "env": {"X": "${{ secrets.PULUMI_PREVIEW_TOKEN }}"}},
                {"run": "make plan", "env": {"X": "${{ toJSON(secrets) }}"}, "if": "${{ secrets.X != '' }}"},
                {"run": "env", "env": {"X": "${{ toJSON(secrets) }}"}},
                {"run": "env", "env": {"X": "${{ secrets['PULUMI_PREVIEW_TOKEN'] }}"}},
                {"run": "env", "env": {"X": "${{ SECRETS.PULUMI_PREVIEW_TOKEN }}"}},
                {"uses": CHECKOUT, "with": {"token": "${{ secrets.OTHER }}", "persist-credentials": False}},
            )
        ),
        *(
            pytest.param("preview", step_of("comment", step), f"comment: {problem}", id=f"history in {step}"[:80])
            for step, problem in (
                ({"run": "env", "env": {"X": "${{ secrets.METRICS_CREDENTIAL }}", "UV_OFFLINE": "1"}}, OTHER_READER),
                ({"run": ".github/backtest", "env": {"X": "${{ secrets.LOGS_CREDENTIAL }}"}}, READER_FETCHES),
                ({"uses": CHECKOUT, "with": {"persist-credentials": False}}, BESIDE_HISTORY),
                ({"uses": f"actions/cache@{'0' * 40}"}, BESIDE_HISTORY),
            )
        ),
        pytest.param(
            "preview", lambda one: one["jobs"]["comment"].pop("if"), f"comment: {FORK}", id="history for a fork"
        ),
        pytest.param(
            "preview",
            step_of("preview", {"uses": f"actions/upload-artifact@{'0' * 40}"}),
            "preview: runs actions/upload-artifact beside a deploying token",
            id="an action beside the token",
        ),
        pytest.param(
            "rotate",
            step_of("rotate", {"uses": "./.github/actions/notify"}),
            "rotate: runs ./.github/actions/notify beside a deploying token",
            id="an action of ours beside the token",
        ),
        pytest.param(
            "up",
            lambda one: one["jobs"]["up"].update(env={"X": "${{ secrets.PULUMI_ACCESS_TOKEN }}"}),
            f"up: {ALL_STEPS}",
            id="the token for all steps",
        ),
        pytest.param(
            "drift",
            lambda one: one["jobs"]["drift"]["outputs"].update(x="${{ secrets.PULUMI_PREVIEW_TOKEN }}"),
            f"drift: {ALL_STEPS}",
            id="the token as an output",
        ),
        *(
            pytest.param(
                "drift",
                lambda one, name=name: one["jobs"]["drift"]["steps"][3]["env"].pop(name),
                "drift: lets the step with a deploying token fetch something",
                id=f"without {name}",
            )
            for name in OFFLINE
        ),
        pytest.param(
            "up",
            lambda one: one["jobs"]["up"].pop("environment"),
            "up: changes the state without the keys of main alone",
            id="no environment",
        ),
        *(
            pytest.param("up", change, f"up: {UNAPPROVED}", id=f"unapproved {number}")
            for number, change in enumerate(
                (
                    lambda one: steps_of_up(one).remove(named_step(one, "approve")),
                    step_before_up,
                    lambda one: named_step(one, "approve").update({"if": "github.run_attempt == 1"}),
                    lambda one: named_step(one, "approve").update({"continue-on-error": True}),
                    lambda one: named_step(one, "approve").update({"run": ".github/approve || true"}),
                    lambda one: named_step(one, "make up").update({"if": "always()"}),
                )
            )
        ),
    ],
)
def test_a_bad_workflow_is_found(name: str, change: Callable[[dict[Any, Any]], object], problem: str) -> None:
    workflow = copy.deepcopy(loaded(name))
    change(workflow)
    if "on" in workflow:
        workflow.pop(True, None)

    assert problem in problems(workflow)


def test_workflows_call_only_existing_targets_and_commands() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in FILES)
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    assert set(re.findall(r"\bmake ([a-z]+(?:-[a-z]+)*)", text)) - targets == set()
    assert set(re.findall(r"bin/resilience ([a-z]+)", text)) - set(main.commands) == set()


def test_no_workflow_names_a_stack_so_that_a_new_one_needs_no_edit() -> None:
    scripts = [*FILES, *ACTIONS, *(ROOT / ".github" / name for name in ("approve", "engine", "output", "overdue.py"))]
    name = re.compile(rf"\b({'|'.join(stacks())})\b")

    assert [path.name for path in scripts if name.search(path.read_text(encoding="utf-8"))] == []


def holds(condition: str, name: str, result: str, message: str, ref: str) -> bool:
    """The value of GitHub's expression; only what these workflows use."""
    text = re.sub(r"^\$\{\{(.*)\}\}$", r"\1", condition).strip() or "True"
    text = text.replace(f"needs.{name}.result", repr(result)).replace(f"needs.{name}.outputs.message", repr(message))
    text = text.replace("always()", "True").replace("&&", "and").replace("||", "or")
    return bool(eval(text.replace("github.ref", repr(ref))))  # noqa: S307  # our own file


@pytest.mark.parametrize("name", ["drift", "rotate", "up"])
@pytest.mark.parametrize("result", ["success", "failure", "cancelled", "skipped"])
@pytest.mark.parametrize("message", ["", "found"])
def test_exactly_one_message_says_how_it_ended_and_none_from_another_branch(
    name: str, result: str, message: str
) -> None:
    job = loaded(name)["jobs"]["notify"]
    sends = [step for step in job["steps"] if step.get("uses", "").startswith("slackapi/")]

    def sent(ref: str) -> int:
        if not holds(job["if"], name, result, message, ref):
            return 0
        return sum(holds(step.get("if", ""), name, result, message, ref) for step in sends)

    quiet = name != "up" and result == "success" and not (name == "rotate" and message)
    assert sent("refs/heads/main") == (0 if quiet else 1)
    assert sent("refs/heads/feature") == 0


def test_the_token_that_may_comment_is_in_a_step_without_code_of_the_repository() -> None:
    job = loaded("preview")["jobs"]["comment"]
    having = [step for step in job["steps"] if "github.token" in str(step)]

    assert "github.token" not in str({key: value for key, value in job.items() if key != "steps"})
    assert [step for step in having if "uses" in step or re.search(r"make|\.venv|\.github/", step["run"])] == []
    assert having == job["steps"][-1:]


@pytest.mark.parametrize(
    "text", ["plain\n", "$(touch ran) `touch ran` ; touch ran", "%s %n \\n -e", "'\" ${GH_TOKEN}", ""]
)
@pytest.mark.parametrize("tried", ["true", "false"])
def test_the_comment_has_the_texts_and_runs_none_of_them(tmp_path: Path, text: str, tried: str) -> None:
    step = loaded("preview")["jobs"]["comment"]["steps"][-1]
    (tmp_path / "gh").write_text('#!/bin/sh\necho "$*" >> calls\n')
    (tmp_path / "gh").chmod(0o755)
    (tmp_path / "build").mkdir()
    if text:
        (tmp_path / "build/backtest.md").write_text(f"- {text}\n")
    given = {"PREVIEWS": text, "CHANGES": text, "GH_TOKEN": "CANARY", "PULL": "7", "TRIED": tried}
    environment = given | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    subprocess.run(
        ["bash", "-eo", "pipefail", "-c", step["run"]], cwd=tmp_path, env=environment, check=True, timeout=20
    )

    none = ("There is no preview: see the run.", "The list of changes is missing: see the run.")
    first, second = (text or instead for instead in none)
    lines = f"- {text}" if text else "The backtest did not end: see the run."
    history = f"\n### What the changed rules would have done on real history\n\n{lines}\n" if tried == "true" else ""
    head = "### What is declared, compared with the base"
    assert (tmp_path / "build/comment.md").read_text() == f"{first}\n{history}\n{head}\n\n{second}\n"
    assert (
        tmp_path / "calls"
    ).read_text() == "pr comment 7 --edit-last --create-if-none --body-file build/comment.md\n"
    left = {"build/backtest.md", "build/comment.md"} if text else {"build/comment.md"}
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")} == left | {"build", "calls", "gh"}


def test_forks_get_a_job_without_secrets_and_other_jobs_wait_for_it() -> None:
    jobs = loaded("preview")["jobs"]

    assert secrets(jobs["manifest"]) == set()
    assert "if" not in jobs["manifest"]
    assert jobs["preview"]["needs"] == "manifest"


def test_how_drift_rotate_and_up_ended_is_reported_whatever_happened_to_them() -> None:
    for name in ("drift", "rotate", "up"):
        job = loaded(name)["jobs"]["notify"]
        assert job["needs"] == name
        assert conditions(job)[:2] == ["always()", ON_MAIN]
        sent = [step for step in job["steps"] if step.get("uses", "").startswith("slackapi/")]
        assert {step["with"]["errors"] for step in sent} == {True}
        assert {step.get("if", "") for step in sent} in (
            {""},
            {f"needs.{name}.outputs.message {sign}= ''" for sign in ("!", "=")},
        )


def test_the_plugins_have_the_versions_of_the_sdks() -> None:
    makefile, project, checked = (
        (ROOT / name).read_text(encoding="utf-8") for name in ("Makefile", "pyproject.toml", ".github/engine.sha256")
    )
    plugins = dict(re.findall(r"plugin install resource (\w+) ([\d.]+)", makefile))
    sdks = {
        "grafana": re.findall(r'"pulumiverse-grafana==([\d.]+)"', project),
        "github": re.findall(r'"pulumi-github==([\d.]+)"', project),
    }

    assert {name: [version] for name, version in plugins.items()} == sdks
    assert dict(re.findall(r"/pulumi-resource-(\w+)-v([\d.]+)-linux-amd64", checked)) == plugins
