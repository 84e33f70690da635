"""What is compared with: a file, or a revision whose own program runs without any credential of this shell."""

import json
import subprocess
from pathlib import Path

import pytest

from resilience.backtest.against import other
from resilience.core.problems import UserError
from tests.backtest.conftest import rules

PROGRAM = """
import json, os, sys
assert sys.argv[1:] == ["manifest", "--json"]
rule = {"uid": "of-" + open("text").read().strip(), "seen": sorted(os.environ)}
print(json.dumps([{"type": "x:RuleGroup", "name": "g", "stack": "dev", "inputs": {"rules": [rule]}}]))
"""


@pytest.fixture(name="repository")
def _repository(tmp_path: Path) -> Path:
    """Two commits; the program prints what is in a file of its own revision."""
    root = tmp_path / "repository"
    (root / "resilience").mkdir(parents=True)
    (root / "resilience/__main__.py").write_text(PROGRAM)
    (root / "resilience/__init__.py").touch()
    git(root, "init", "-q", "-b", "main")
    for text in ("first", "second"):
        (root / "text").write_text(text)
        git(root, "add", "-A")
        git(root, "commit", "-qm", text)
    return root


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.net", "-c", "commit.gpgsign=false")
    return subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def test_the_program_of_a_revision_runs_in_a_folder_of_its_own_and_sees_no_credential(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METRICS_CREDENTIAL", "1:secret")
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "secret")

    (manifest,) = other("HEAD~1", repository)

    (rule,) = rules([resource.as_json() for resource in manifest.resources])
    assert rule["uid"] == "of-first"
    assert {"METRICS_CREDENTIAL", "PULUMI_ACCESS_TOKEN"}.isdisjoint(rule["seen"])
    assert git(repository, "worktree", "list").count("\n") == 1
    assert git(repository, "status", "--short") == ""


def test_a_file_is_read_without_git(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps([{"type": "t", "name": "n", "stack": "dev", "inputs": {}}]))

    assert [one.stack for one in other(str(path), tmp_path)] == ["dev"]


@pytest.mark.parametrize("reference", ["nothing", "--all", "-x", "main:text", "a\0b", "", "HEAD --help"])
def test_what_is_neither_is_named(repository: Path, reference: str) -> None:
    with pytest.raises(UserError, match=r"cannot be used"):
        other(reference, repository)


def test_a_program_that_fails_is_named_with_its_reason(repository: Path) -> None:
    (repository / "resilience/__main__.py").write_text("import sys; sys.exit('Pulumi.dev.yaml: is missing')")
    git(repository, "commit", "-qam", "broken")

    with pytest.raises(UserError, match=r'the program of "HEAD" cannot be used: Pulumi\.dev\.yaml: is missing'):
        other("HEAD", repository)
    assert git(repository, "worktree", "list").count("\n") == 1
