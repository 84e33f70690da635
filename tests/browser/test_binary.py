"""Chromium is found on PATH, else in `.tools/`; Debian's packages are unpacked there, and nothing is installed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser import binary

APT = """#!/bin/sh
for part; do case $part in Dir::Cache::archives=*) archives=${part#*=} ;; esac; done
case "$*" in *" update "*) exit "${NO_NETWORK:-0}" ;; esac
touch "$archives/chromium-headless-shell_1_amd64.deb" "$archives/libllvm15_1_amd64.deb"
"""
DPKG = """#!/bin/sh
case $2 in *libllvm*) exit 3 ;; esac
mkdir -p "$3/usr/lib/chromium" "$3/usr/lib/x86_64-linux-gnu" "$3/etc/fonts"
printf '#!/bin/sh\\n' > "$3/usr/lib/chromium/chromium-headless-shell"
chmod +x "$3/usr/lib/chromium/chromium-headless-shell"
"""


@pytest.fixture
def debian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with stubs of apt-get and dpkg, and no browser; returns its `.tools`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, text in {"apt-get": APT, "dpkg": DPKG}.items():
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o755)
    for name in ("sh", "mkdir", "chmod", "touch"):
        (folder / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(folder))
    return tmp_path / "tools"


def test_a_browser_on_path_is_used(debian: Path, tmp_path: Path) -> None:
    path = tmp_path / "bin" / "google-chrome"
    path.symlink_to(sys.executable)

    assert binary.find({"PATH": str(path.parent)}, debian) == [str(path)]


def test_without_a_browser_none_is_found(debian: Path, tmp_path: Path) -> None:
    assert binary.find({"PATH": str(tmp_path / "bin")}, debian) is None
    assert binary.find({}, debian) is None


def test_what_is_unpacked_runs_with_its_own_libraries_and_fonts(debian: Path) -> None:
    binary.fetch(debian)
    root = debian / "chromium-root"
    found = binary.find({}, debian)

    assert found
    assert found[0] == "/usr/bin/env"
    assert found[1].startswith(f"LD_LIBRARY_PATH={root}/usr/lib/x86_64-linux-gnu:")
    assert found[2:] == [f"FONTCONFIG_SYSROOT={root}", f"{root}/usr/lib/chromium/chromium-headless-shell"]
    assert subprocess.run(found, check=False).returncode == 0
    assert sorted(path.name for path in debian.iterdir()) == ["apt", "chromium-root"]


def test_what_cannot_be_fetched_leaves_the_old_browser(debian: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    binary.fetch(debian)
    monkeypatch.setenv("NO_NETWORK", "7")

    with pytest.raises(subprocess.CalledProcessError):
        binary.fetch(debian)
    assert binary.find({}, debian)
    assert sorted(path.name for path in debian.iterdir()) == ["apt", "chromium-root"]


def test_the_command_says_what_to_do_where_there_is_no_apt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(binary, "TOOLS", tmp_path / "tools")

    assert binary.main() == 1
    assert capsys.readouterr().err.endswith("; there is no Chromium; run `make browser` on Debian, or install Chrome\n")
