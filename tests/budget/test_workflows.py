"""What starts a workflow and how many jobs a run has, read from its file."""

from pathlib import Path

import pytest

from resilience.budget.workflows import Workflow, read_workflows
from resilience.core.problems import BadInputError
from resilience.model.catalogue import ROOT


def read(root: Path, text: str) -> list[Workflow]:
    folder = root / ".github/workflows"
    folder.mkdir(parents=True)
    (folder / "one.yml").write_text(text)
    return read_workflows(root)


def test_without_workflows_nothing_is_read(tmp_path: Path) -> None:
    assert read_workflows(tmp_path) == []


def test_our_own_can_be_read() -> None:
    (ci,) = [workflow for workflow in read_workflows(ROOT) if workflow.name == "ci"]

    assert (ci.scheduled, ci.events, ci.jobs) == (0, ("push", "pull_request"), {"test": ("ubuntu-24.04",)})


@pytest.mark.parametrize("written", ["push", "[push]", "{push: {branches: [main]}}", "{push: }"])
def test_events_are_read_in_every_form(tmp_path: Path, written: str) -> None:
    (one,) = read(tmp_path, f"on: {written}\njobs: {{a: {{}}}}\n")

    assert (one.scheduled, one.events) == (0, ("push",))


def test_schedules_are_added_and_a_called_workflow_is_not_counted_itself(tmp_path: Path) -> None:
    text = 'on: {schedule: [{cron: "0 0 * * *"}, {cron: "30 0 1 * *"}], workflow_call: {}}\njobs: {a: {}}\n'

    crons = ("0 0 * * *", "30 0 1 * *")
    assert read(tmp_path, text) == [Workflow("one", ".github/workflows/one.yml", 32, (), {"a": ("",)}, crons)]


@pytest.mark.parametrize(
    ("matrix", "jobs"),
    [
        ("{}", 1),
        ("{a: [1, 2, 3]}", 3),
        ("{a: [1, 2, 3], b: [1, 2]}", 6),
        ("{a: [1, 2, 3], exclude: [{a: 1}, {a: 2}]}", 3),
        ("{a: [1, 2], include: [{a: 3}]}", 3),
        ("{include: [{a: 1}, {a: 2}]}", 2),
    ],
)
def test_a_matrix_counts_the_most_jobs_that_it_can_be(tmp_path: Path, matrix: str, jobs: int) -> None:
    (one,) = read(tmp_path, f"on: push\njobs: {{a: {{strategy: {{matrix: {matrix}}}}}}}\n")

    assert one.jobs == {"a": ("",) * jobs}


@pytest.mark.parametrize(
    ("job", "machines"),
    [
        ("runs-on: macos-14", ("macos-14",)),
        ("runs-on: [self-hosted, linux]", ("self-hosted linux",)),
        ("runs-on: {group: fast, labels: [windows-2025]}", ("group:fast windows-2025",)),
        (
            "runs-on: '${{ matrix.os }}', strategy: {matrix: {os: [ubuntu-24.04, macos-14], n: [1, 2]}}",
            ("ubuntu-24.04", "ubuntu-24.04", "macos-14", "macos-14"),
        ),
        (
            "runs-on: '${{matrix.os}}', strategy: {matrix: {os: [ubuntu-24.04], include: [{os: macos-14}, {n: 1}]}}",
            ("ubuntu-24.04", "macos-14", "ubuntu-24.04"),
        ),
        ("runs-on: '${{ matrix.os }}', strategy: {matrix: {include: [{os: windows-2025}]}}", ("windows-2025",)),
        ("uses: ./.github/workflows/x.yml", ("./.github/workflows/x.yml",)),
    ],
)
def test_each_run_of_a_job_has_its_machine(tmp_path: Path, job: str, machines: tuple[str, ...]) -> None:
    (one,) = read(tmp_path, f"on: push\njobs: {{a: {{{job}}}}}\n")

    assert one.jobs == {"a": machines}


def test_what_cannot_be_counted_is_reported_with_its_place(tmp_path: Path) -> None:
    text = 'on: push\njobs: {a: {strategy: {matrix: "${{ fromJSON(inputs.x) }}"}}, b: 7, c: {strategy: {matrix: {'
    text += ", ".join(f"{axis}: [{', '.join('123456789')}]" for axis in "abcdefghij") + "}}}}\n"

    with pytest.raises(BadInputError) as rejected:
        read(tmp_path, text)

    assert [(problem.file, problem.path) for problem in rejected.value.problems] == [
        (".github/workflows/one.yml", "jobs.a.strategy.matrix"),
        (".github/workflows/one.yml", "jobs.b"),
        (".github/workflows/one.yml", "jobs.c.strategy.matrix"),
    ]


def test_a_bad_cron_line_is_reported_with_its_place(tmp_path: Path) -> None:
    text = 'on: {schedule: [{cron: "0 0 * * *"}, {cron: "0 25 * * *"}]}\njobs: {a: {}}\n'

    with pytest.raises(BadInputError) as rejected:
        read(tmp_path, text)

    assert str(rejected.value) == (
        '.github/workflows/one.yml: on.schedule[1].cron: "0 25 * * *" is not a cron line (Bad hour); '
        "write it as 17 */2 * * *"
    )
