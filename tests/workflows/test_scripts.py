"""The scripts that workflows run: what is installed has its checksum, and a text cannot end an output early."""

import hashlib
import os
import re
import shutil
import subprocess
import tarfile
import tomllib
from pathlib import Path

import pytest

from resilience.account.doctor.machine import OLDEST
from resilience.model.catalogue import ROOT

LIST = (ROOT / ".github/engine.sha256").read_text(encoding="utf-8")
LINES = [line.split() for line in LIST.splitlines() if not line.startswith("#")]
CLI, GRAFANA = "pulumi-v3.259.0-linux-x64.tar.gz", "pulumi-resource-grafana-v2.44.0-linux-amd64.tar.gz"
# `curl` that takes the file of that name from the folder `served`, and notes what it was asked for.
CURL = """#!/bin/sh
for one; do [ "$before" = --output ] && to=$one; before=$one; done
echo "$*" >> calls
cp "served/${before##*/}" "$to"
"""


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    """The script with a list of its own, a `curl`, and archives to fetch."""
    for name in (".github", "bin", "served"):
        (tmp_path / name).mkdir()
    shutil.copy(ROOT / ".github/engine", tmp_path / ".github")
    (tmp_path / "bin/curl").write_text(CURL)
    (tmp_path / "bin/curl").chmod(0o755)
    (tmp_path / "pulumi").mkdir()
    (tmp_path / "pulumi/pulumi").write_text('#!/bin/sh\necho "pulumi $*" >> calls\n')
    (tmp_path / "pulumi/pulumi").chmod(0o755)
    with tarfile.open(tmp_path / "served" / CLI, "w:gz") as archive:
        archive.add(tmp_path / "pulumi", "pulumi")
    (tmp_path / "served" / GRAFANA).write_text("a plugin")
    state(tmp_path, {name: digest(tmp_path / "served" / name) for name in (CLI, GRAFANA)})
    return tmp_path


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def state(folder: Path, sums: dict[str, str]) -> None:
    lines = [f"{one}  https://example.com/v/{name}\n" for name, one in sums.items()]
    (folder / ".github/engine.sha256").write_text("# a comment\n" + "".join(lines))


def engine(folder: Path, *parts: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "RUNNER_TEMP": str(folder / "temp"),
        "GITHUB_PATH": str(folder / "path"),
    }
    return subprocess.run(
        [".github/engine", *parts], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=30
    )


def calls(folder: Path) -> list[str]:
    return (folder / "calls").read_text().splitlines() if (folder / "calls").exists() else []


def test_what_has_its_checksum_is_installed(folder: Path) -> None:
    done = engine(folder, "pulumi", "plugins")

    assert (done.returncode, done.stderr) == (0, "")
    assert (folder / "path").read_text() == f"{folder}/temp/engine\n"
    fetched, installed = [call for call in calls(folder) if "https:" in call], calls(folder)[-1]
    assert all("--fail" in call and "--proto =https --proto-redir =https" in call for call in fetched)
    assert installed == f"pulumi plugin install resource grafana 2.44.0 --file {folder}/temp/engine/{GRAFANA}"


@pytest.mark.parametrize("name", [CLI, GRAFANA])
def test_another_content_is_not_installed(folder: Path, name: str) -> None:
    wanted = digest(folder / "served" / name)
    with (folder / "served" / name).open("ab") as archive:
        archive.write(b"more")
    done = engine(folder, "pulumi", "plugins")

    assert done.returncode == 1
    assert done.stderr == f"::error::.github/engine.sha256: {name} has another checksum than {wanted}\n"
    assert [call for call in calls(folder) if call.startswith("pulumi")] == []
    assert (folder / "path").exists() == (name == GRAFANA)


@pytest.mark.parametrize("sum_", ["-", "", "x", "0" * 63, "0" * 64 + "0", "*", "$(touch ran)"])
def test_without_a_checksum_nothing_is_fetched(folder: Path, sum_: str) -> None:
    state(folder, {CLI: sum_})
    done = engine(folder, "pulumi")

    assert (done.returncode, calls(folder), (folder / "ran").exists()) == (1, [], False)
    assert "has no checksum; run .github/engine record" in done.stderr


def test_a_list_without_the_part_installs_nothing(folder: Path) -> None:
    state(folder, {})

    assert engine(folder, "pulumi").returncode != 0
    assert engine(folder, "everything").returncode == 1
    assert calls(folder) == []


def test_a_missing_checksum_is_recorded_and_a_known_one_is_kept(folder: Path) -> None:
    state(folder, {CLI: "0" * 64, GRAFANA: "-"})
    assert engine(folder, "record").returncode == 0

    written = (folder / ".github/engine.sha256").read_text().splitlines()
    assert [line.split()[0] for line in written[1:]] == ["0" * 64, digest(folder / "served" / GRAFANA)]
    assert len(calls(folder)) == 1


def test_our_list_has_a_pulumi_with_a_checksum_and_the_version_that_the_pages_name() -> None:
    (found,) = [(one, url) for one, url in LINES if "/pulumi-v" in url]
    (version,) = re.findall(r"/pulumi-v([\d.]+)-linux-x64\.tar\.gz$", found[1])

    assert re.fullmatch(r"[0-9a-f]{64}", found[0])
    assert tuple(map(int, version.split(".")))[:2] >= OLDEST
    assert f"(CI uses {version})" in (ROOT / "docs/bootstrap.md").read_text(encoding="utf-8")
    assert [one for one, url in LINES if not url.startswith("https://github.com/pulumi")] == []
    assert [one for one, _ in LINES if not re.fullmatch(r"[0-9a-f]{64}|-", one)] == []


def test_uv_is_fetched_with_checksums_alone() -> None:
    makefile, lock = (ROOT / "Makefile").read_text(), (ROOT / ".github/uv.txt").read_text()
    installs = re.findall(r"pip install .*", makefile)

    assert len(installs) == 2
    assert [line for line in installs if "--require-hashes --requirement $(UV_LOCK)" not in line] == []
    assert re.findall(r"^[a-z].*==", lock, re.MULTILINE) == ["uv=="]
    assert lock.count("--hash=sha256:") > 10
    assert "sync --quiet --locked" in makefile


def test_our_own_package_is_built_with_what_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    ours, others = (
        [one for one in lock if "editable" in one["source"]],
        [one for one in lock if "registry" in one["source"]],
    )

    assert project["tool"]["uv"]["no-build-isolation-package"] == [one["name"] for one in ours]
    assert set(project["build-system"]["requires"]) <= set(project["dependency-groups"]["dev"])
    assert len(ours) + len(others) == len(lock)
    assert [one["name"] for one in others if not all("hash" in file for file in one.get("wheels", []))] == []


@pytest.mark.parametrize(
    "text", ["one\ntwo\n", "", "x<<EOF\nEOF\ny=1", "EOF\n::set-output name=x::y\n", '{"text": "€"}']
)
def test_an_output_has_exactly_the_text(tmp_path: Path, text: str) -> None:
    (tmp_path / "text").write_text(text)
    environment = {"PATH": os.environ["PATH"], "GITHUB_OUTPUT": str(tmp_path / "output")}
    subprocess.run([ROOT / ".github/output", "name", tmp_path / "text"], env=environment, check=True, timeout=20)

    first, *lines = (tmp_path / "output").read_text().split("\n")
    end = first.removeprefix("name<<")
    assert (len(end), lines[-2:], "\n".join(lines[:-2])) == (24, [end, ""], text)


def test_without_a_file_there_is_no_output(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "GITHUB_OUTPUT": str(tmp_path / "output")}
    subprocess.run([ROOT / ".github/output", "name", tmp_path / "none"], env=environment, check=True, timeout=20)

    assert not (tmp_path / "output").exists()
