"""Who may deploy what: the script that runs before `up`, run as Actions runs it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from resilience.model.catalogue import ROOT

SHA = "a" * 40
GOOD = {
    "COMMIT": SHA,
    "CONFIRM": "up all",
    "GITHUB_SHA": SHA,
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_REPOSITORY": "acme/infra",
    "GITHUB_ACTOR": "ann",
    "GITHUB_TRIGGERING_ACTOR": "Ann",
    "MAIN": SHA,
}
STARTED = "whoever started this run is not in .github/up-actors"
TYPED = 'the typed confirmation is wrong; type "up all" to deploy dev production staging'
REPEATED = "whoever repeated this run is not in .github/up-actors"


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    """The script with its own list of people and stacks, and a `gh` that prints the commit of main."""
    (tmp_path / ".github").mkdir()
    shutil.copy(ROOT / ".github/approve", tmp_path / ".github")
    for stack in ("production", "dev", "staging"):
        (tmp_path / f"Pulumi.{stack}.yaml").touch()
    (tmp_path / ".github/up-actors").write_text("# comment\nann\nbob-the-second\n")
    mock = tmp_path / "bin/gh"
    mock.parent.mkdir()
    mock.write_text('#!/bin/sh\n[ "$2" = repos/acme/infra/commits/main ] && echo "$MAIN"\n')
    mock.chmod(0o755)
    return tmp_path


def approve(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = GOOD | variables | {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    return subprocess.run([folder / ".github/approve"], env=environment, capture_output=True, text=True, check=False)


def test_a_person_on_the_list_deploys_the_commit_of_main(folder: Path) -> None:
    done = approve(folder)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"Approved: {SHA} by Ann; deploys dev production staging\n"


@pytest.mark.parametrize(
    ("variables", "reported"),
    [
        pytest.param({"GITHUB_REF": "refs/heads/feature"}, "this is not main; run the workflow from main", id="branch"),
        pytest.param({"GITHUB_REF": "refs/tags/main"}, "this is not main; run the workflow from main", id="a tag"),
        pytest.param(
            {"COMMIT": "b" * 40},
            f"the typed commit is not the one that would be deployed; read the preview of {SHA}, then type it",
            id="another commit",
        ),
        pytest.param(
            {"COMMIT": SHA[:7]},
            f"the typed commit is not the one that would be deployed; read the preview of {SHA}, then type it",
            id="half a commit",
        ),
        pytest.param({"CONFIRM": "up"}, TYPED, id="another text"),
        pytest.param({"CONFIRM": ""}, TYPED, id="no text"),
        pytest.param({"GITHUB_ACTOR": "carl"}, STARTED, id="not on the list"),
        pytest.param({"GITHUB_ACTOR": "bob"}, STARTED, id="part of a name"),
        pytest.param({"GITHUB_ACTOR": ".*"}, STARTED, id="a pattern"),
        pytest.param({"GITHUB_ACTOR": "# comment"}, STARTED, id="a comment"),
        pytest.param({"GITHUB_TRIGGERING_ACTOR": "carl"}, REPEATED, id="repeated"),
        pytest.param({"MAIN": "c" * 40}, "main has a newer commit; start a new run", id="main moved"),
        pytest.param({"MAIN": ""}, "main has a newer commit; start a new run", id="no answer"),
    ],
)
def test_everything_else_is_rejected(folder: Path, variables: dict[str, str], reported: str) -> None:
    done = approve(folder, **variables)

    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"::error::{reported}\n")


def test_typed_text_is_never_run(folder: Path) -> None:
    done = approve(folder, COMMIT=f"$(touch {folder}/ran)", CONFIRM=f"`touch {folder}/ran`")

    assert (done.returncode, (folder / "ran").exists()) == (1, False)
