"""Programs are found or fetched once; a missing one is an error that says what to do."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from resilience.tools import binaries, debian
from resilience.tools.errors import RehearsalError
from resilience.tools.relocate import COMPILED, THROUGH_DESCRIPTOR
from tests import windows


def program(path: Path, content: str = "#!/bin/sh\nexit 0\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, "utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def _nothing_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """`make test-judges` chooses the programs; tests with programs of their own must not see that."""
    monkeypatch.delenv(binaries.CHOSEN, raising=False)


@pytest.fixture
def nothing_on_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))


@pytest.mark.parametrize("name", ["alertmanager", "prometheus-alertmanager"])
def test_a_program_on_the_path_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    installed = program(tmp_path / "bin" / name)
    program(tmp_path / "tools/root/usr/bin/prometheus-alertmanager")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    assert binaries.find("alertmanager", tmp_path / "tools") == installed


@pytest.mark.usefixtures("nothing_on_path")
def test_an_unpacked_program_is_found(tmp_path: Path) -> None:
    unpacked = program(tmp_path / "root/usr/bin/promtool")

    assert binaries.find("promtool", tmp_path) == unpacked


@pytest.mark.usefixtures("nothing_on_path")
def test_a_program_that_cannot_be_fetched_is_an_error_with_commands(tmp_path: Path) -> None:
    with pytest.raises(RehearsalError) as caught:
        binaries.find("alertmanager", tmp_path)

    assert "this machine has no apt-get" in str(caught.value)
    assert "apt-get install --no-install-recommends prometheus-alertmanager" in str(caught.value)
    assert "brew install alertmanager" in str(caught.value)


@pytest.mark.usefixtures("nothing_on_path")
def test_two_at_once_fetch_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fetched = []

    def unpack(package: str, tools: Path) -> str:
        fetched.append(package)
        program(tools / "root/usr/bin/promtool")
        return ""

    monkeypatch.setattr(binaries, "unpack", unpack)
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: binaries.find("promtool", tmp_path), range(8)))

    assert fetched == ["prometheus"]
    assert found == {tmp_path / "root/usr/bin/promtool"}


def test_lists_are_fetched_when_a_download_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A fresh image has no package lists."""
    bin_folder, log = tmp_path / "bin", tmp_path / "log"
    program(bin_folder / "dpkg", '#!/bin/sh\n/bin/mkdir -p "$3/usr/bin"\necho hello > "$3/usr/bin/promtool"\n')
    program(
        bin_folder / "apt-get",
        f'#!/bin/sh\necho "$@" >> {log}\n'
        f'case "$*" in *update*) echo > {tmp_path}/lists;; esac\n'
        f'case "$*" in *download*) test -e {tmp_path}/lists || exit 1; echo > a.deb;; esac\n',
    )
    monkeypatch.setenv("PATH", str(bin_folder))
    tools = tmp_path / "tools"
    tools.mkdir()

    assert debian.unpack("prometheus", tools) == ""
    assert (tools / "root/usr/bin/promtool").read_text() == "hello\n"
    verbs = [verb for line in log.read_text().splitlines() for verb in line.split() if verb in {"download", "update"}]
    assert verbs == ["download", "update", "download"]
    assert [path.name for path in tools.iterdir() if path.name.startswith("fetch-")] == []


def test_without_root_apt_uses_lists_below_the_tools_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    options = debian.apt_options(tmp_path)

    assert f"Dir::State::lists={tmp_path}/apt/lists" in options
    assert (tmp_path / "apt/lists/partial").is_dir()


def test_the_relocated_path_is_as_long_as_the_compiled_one() -> None:
    assert len(THROUGH_DESCRIPTOR) == len(COMPILED)


@pytest.mark.parametrize("name", ["prometheus", "alertmanager", "promtool", "amtool", "blackbox_exporter"])
def test_every_program_runs_here(name: str) -> None:
    done = subprocess.run([binaries.find(name), "--version"], capture_output=True, text=True, check=True)

    assert "version" in done.stdout + done.stderr


def test_amtool_reads_its_templates_from_anywhere(exported: Path, tmp_path: Path) -> None:
    command = [str(binaries.find("amtool")), "check-config", str(exported / "alertmanager.yml")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert "SUCCESS" in done.stdout, done.stdout + done.stderr


def prometheus(path: Path, version: str) -> Path:
    return program(path, f"#!/bin/sh\necho 'prometheus, version {version} (branch: HEAD)'\n")


@pytest.fixture(name="installed")
def _installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder on PATH."""
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}/bin{os.pathsep}/usr/bin")
    return tmp_path / "bin"


def test_an_older_prometheus_on_the_path_gives_way_to_the_one_that_was_built(installed: Path, tmp_path: Path) -> None:
    older = prometheus(installed / "prometheus", "2.42.0+ds")
    assert binaries.find("prometheus", tmp_path) == older

    built = prometheus(binaries.built(tmp_path) / "prometheus", "3.16.0")
    assert binaries.find("prometheus", tmp_path) == built
    assert binaries.semantics("prometheus", tmp_path) == ""


def test_a_newer_prometheus_on_the_path_comes_before_the_one_that_was_built(installed: Path, tmp_path: Path) -> None:
    prometheus(binaries.built(tmp_path) / "prometheus", "3.16.0")
    newer = prometheus(installed / "prometheus", "3.1.0")

    assert binaries.find("prometheus", tmp_path) == newer


def test_a_chosen_program_comes_first_whatever_its_version(
    monkeypatch: pytest.MonkeyPatch, installed: Path, tmp_path: Path
) -> None:
    prometheus(installed / "prometheus", "3.16.0")
    chosen = prometheus(tmp_path / "old/prometheus", "2.42.0")
    monkeypatch.setenv(binaries.CHOSEN, str(chosen.parent))

    assert binaries.find("prometheus", tmp_path) == chosen
    assert binaries.semantics("prometheus", tmp_path) == (
        "prometheus 2.42 includes the left edge of windows, Grafana Cloud does not: "
        "build Prometheus 3 with `make prometheus`"
    )


@pytest.mark.parametrize("name", ["prometheus", "promtool"])
def test_windows_are_those_of_grafana_cloud(name: str) -> None:
    windows.demand(name)

    assert binaries.version(binaries.find(name)) >= binaries.LEFT_OPEN
