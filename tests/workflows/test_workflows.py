"""Every workflow: least permissions, pinned actions, no secrets for forks, no `up` cancelled half way."""

import copy
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from resilience.cli import main
from resilience.model.catalogue import ROOT
from resilience.model.stack_file import stacks

FILES = sorted((ROOT / ".github/workflows").glob("*.y*ml"))
ACTIONS = sorted((ROOT / ".github/actions").glob("*/action.yml"))
NOT_A_FORK = "github.event.pull_request.head.repo.full_name == github.repository"
CHANGES_STATE = re.compile(r"make (up|rotate)\b|pulumi (up|destroy|refresh)\b")
# `pull_request_target` and `workflow_run` give secrets to the code of a fork.
DANGEROUS = {"pull_request_target", "workflow_run"}
PINNED = re.compile(r"[\w./-]+@[0-9a-f]{40}")


def events(workflow: dict[Any, Any]) -> set[str]:
    """YAML reads the key `on` as true."""
    found: Any = workflow.get("on", workflow.get(True))
    return {found} if isinstance(found, str) else set(found)


def steps(workflow: dict[Any, Any]) -> Iterator[dict[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job.get("steps", [])


def secrets(part: Any) -> set[str]:
    return set(re.findall(r"secrets(?:\.|\[')(\w+)", str(part))) | set(re.findall(r"secrets: inherit", str(part)))


def problems(workflow: dict[Any, Any]) -> list[str]:
    """The problems of a workflow."""
    found = [f"the event {event} gives secrets to a fork" for event in sorted(events(workflow) & DANGEROUS)]
    if workflow.get("permissions") != {}:
        found.append("permissions are not empty at the top")
    if "group" not in (workflow.get("concurrency") or {}):
        found.append("there is no concurrency group")
    if secrets({key: value for key, value in workflow.items() if key != "jobs"}):
        found.append("a secret is given to all jobs")
    for name, job in workflow["jobs"].items():
        found += [f"{name}: {problem}" for problem in job_problems(workflow, job)]
    return found


def job_problems(workflow: dict[Any, Any], job: dict[str, Any]) -> Iterator[str]:
    if "permissions" not in job:
        yield "does not state its permissions"
    if "timeout-minutes" not in job and "uses" not in job:
        yield "has no deadline"
    if "pull_request" in events(workflow) and secrets(job) and job.get("if") != NOT_A_FORK:
        yield "has a secret on a fork's pull request"
    for step in job.get("steps", []):
        yield from step_problems(step)
    if CHANGES_STATE.search(str(job)):
        yield from state_problems(workflow, job)


def step_problems(step: dict[str, Any]) -> Iterator[str]:
    used = step.get("uses", "")
    if used and not used.startswith("./") and not PINNED.fullmatch(used):
        yield f"{used} is not pinned by commit"
    if used.startswith("actions/checkout@") and (step.get("with") or {}).get("persist-credentials") is not False:
        yield "checkout leaves its credentials behind"
    if "${{" in step.get("run", ""):
        yield "a script contains an expression"


def state_problems(workflow: dict[Any, Any], job: dict[str, Any]) -> Iterator[str]:
    concurrency = workflow.get("concurrency") or {}
    if concurrency.get("cancel-in-progress") is not False or concurrency.get("group") != "pulumi-state":
        yield "changes the state and can be cancelled, or run at the same time as another change"
    if not events(workflow) <= {"workflow_dispatch", "schedule"} or job.get("if") != "github.ref == 'refs/heads/main'":
        yield "changes the state from another branch than main"


def loaded(name: str) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load((ROOT / f".github/workflows/{name}.yml").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_workflow_follows_the_rules(path: Any) -> None:
    assert problems(yaml.safe_load(path.read_text(encoding="utf-8"))) == []


def test_our_own_actions_follow_the_rules_for_steps() -> None:
    actions = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in ACTIONS]

    assert [problem for action in actions for step in action["runs"]["steps"] for problem in step_problems(step)] == []


def every_job(key: str, value: Any) -> Callable[[dict[Any, Any]], object]:
    return lambda workflow: [job.update({key: value}) for job in workflow["jobs"].values()]


def top(key: str, value: Any) -> Callable[[dict[Any, Any]], None]:
    return lambda workflow: workflow.update({key: value})


def step_of(job: str, step: dict[str, Any]) -> Callable[[dict[Any, Any]], None]:
    return lambda workflow: workflow["jobs"][job]["steps"].append(step)


CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"
FORK = "has a secret on a fork's pull request"
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
            top("concurrency", {"group": "pulumi-state", "cancel-in-progress": True}),
            f"up: {CANCELLED}",
            id="cancel",
        ),
        pytest.param(
            "rotate",
            top("concurrency", {"group": "rotate", "cancel-in-progress": False}),
            f"rotate: {CANCELLED}",
            id="group",
        ),
        pytest.param("up", top("on", {"push": None}), f"up: {ELSEWHERE}", id="on every push"),
        pytest.param("up", lambda one: one["jobs"]["up"].pop("if"), f"up: {ELSEWHERE}", id="from any branch"),
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


def test_the_approval_comes_before_up() -> None:
    assert loaded("up")["jobs"]["up"]["needs"] == "approval"


def test_no_workflow_names_a_stack_so_that_a_new_one_needs_no_edit() -> None:
    scripts = [*FILES, *ACTIONS, ROOT / ".github/approve"]
    name = re.compile(rf"\b({'|'.join(stacks())})\b")

    assert [path.name for path in scripts if name.search(path.read_text(encoding="utf-8"))] == []


def test_the_token_that_may_comment_runs_no_code_of_the_repository() -> None:
    job = loaded("preview")["jobs"]["comment"]

    assert [step for step in job["steps"] if "uses" in step or re.search(r"make|\.venv", step["run"])] == []


def test_forks_get_a_job_without_secrets_and_other_jobs_wait_for_it() -> None:
    jobs = loaded("preview")["jobs"]

    assert secrets(jobs["manifest"]) == set()
    assert "if" not in jobs["manifest"]
    assert jobs["preview"]["needs"] == "manifest"


def test_every_workflow_uses_the_version_of_the_sdk() -> None:
    versions = {
        str(step["with"]["pulumi-version"])
        for path in FILES
        for step in steps(yaml.safe_load(path.read_text(encoding="utf-8")))
        if step.get("uses", "").startswith("pulumi/actions@")
    }
    pinned = re.findall(r'"pulumi==([\d.]+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    assert versions == set(pinned)


def test_the_plugins_have_the_versions_of_the_sdks() -> None:
    makefile, project = ((ROOT / name).read_text(encoding="utf-8") for name in ("Makefile", "pyproject.toml"))
    plugins = dict(re.findall(r"plugin install resource (\w+) ([\d.]+)", makefile))
    sdks = {
        "grafana": re.findall(r'"pulumiverse-grafana==([\d.]+)"', project),
        "github": re.findall(r'"pulumi-github==([\d.]+)"', project),
    }

    assert {name: [version] for name, version in plugins.items()} == sdks
