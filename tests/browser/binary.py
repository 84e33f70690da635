"""`make browser`: finds Chromium on PATH, or unpacks Debian's headless one and its libraries into `.tools/`.

Nothing is installed. Uses the standard library alone: it also runs before there is a `.venv`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

TOOLS = Path(__file__).parents[2] / ".tools"
NAMES = (
    "chromium-headless-shell",  # starts sooner than the whole one
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
PACKAGE = "chromium-headless-shell"
UNUSED = ("libllvm", "libz3", "libgl1-mesa-dri")
"""Packages of the graphics card, half of what there is to unpack: a browser without a screen needs none."""
ADVICE = "there is no Chromium; run `make browser` on Debian, or install Chrome"
_SECONDS = 600


def find(environment: Mapping[str, str], tools: Path = TOOLS) -> list[str] | None:
    """The command with which the browser starts, None if there is none."""
    for name in NAMES:
        if path := shutil.which(name, path=environment.get("PATH", "")):
            return [path]
    return _unpacked(tools / "chromium-root")


def _unpacked(root: Path) -> list[str] | None:
    program = root / "usr/lib/chromium" / PACKAGE
    if not os.access(program, os.X_OK):
        return None
    libraries = [path for folder in ("usr/lib", "lib") for path in (root / folder).glob("*-linux-gnu*")]
    libraries += [path / "pulseaudio" for path in libraries]
    settings = [f"LD_LIBRARY_PATH={':'.join(map(str, libraries))}"]
    if (root / "etc/fonts").is_dir():
        settings.append(f"FONTCONFIG_SYSROOT={root}")
    return ["/usr/bin/env", *settings, str(program)]


def fetch(tools: Path) -> None:
    """Download the package with all that this machine lacks, and unpack it into `chromium-root`.

    Raises:
        OSError, CalledProcessError: there is no apt, or it cannot; the old folder is unchanged.
    """
    tools.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=tools, prefix="fetch-") as name:
        archives, root = Path(name, "archives"), Path(name, "root")
        apt = _apt(tools, archives)
        subprocess.run([*apt, "update", "-qq"], check=True, timeout=_SECONDS)
        download = ["install", "--download-only", "--no-install-recommends", "--yes", "-qq", PACKAGE]
        subprocess.run([*apt, *download], check=True, timeout=_SECONDS)
        for archive in sorted(archives.glob("*.deb")):
            if not archive.name.startswith(UNUSED):
                subprocess.run(["dpkg", "-x", str(archive), str(root)], check=True, timeout=_SECONDS)
        shutil.rmtree(tools / "chromium-root", ignore_errors=True)
        root.rename(tools / "chromium-root")


def _apt(tools: Path, archives: Path) -> list[str]:
    """Keeps apt's state below `tools`, so that it runs for any user and beside another apt."""
    for folder in (archives / "partial", tools / "apt/lists/partial"):
        folder.mkdir(parents=True, exist_ok=True)
    places = {
        "Dir::State::lists": tools / "apt/lists",
        "Dir::Cache::archives": archives,
        "Dir::Cache::pkgcache": "",
        "Dir::Cache::srcpkgcache": "",
        "Debug::NoLocking": 1,
        "APT::Sandbox::User": "root",  # apt's own user may not write below `tools`
    }
    return ["apt-get", *(part for key, value in places.items() for part in ("-o", f"{key}={value}"))]


def main() -> int:
    """Print the command; return 1 if there is none and it cannot be fetched."""
    try:
        if find(os.environ, TOOLS) is None:
            fetch(TOOLS)
    except (OSError, subprocess.SubprocessError) as error:
        print(f"{error}; {ADVICE}", file=sys.stderr)  # noqa: T201
    found = find(os.environ, TOOLS)
    if found:
        print(*found)  # noqa: T201  # this is a command
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
