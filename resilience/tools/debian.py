"""Fetch a Debian package and unpack it into `.tools/root`; nothing is installed."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

FETCH_SECONDS = 300.0


def unpack(package: str, tools: Path) -> str:
    """Fetch and unpack a package; return "" or what failed.

    The caller holds the lock of `tools`.
    """
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        return "this machine has no apt-get"
    with tempfile.TemporaryDirectory(dir=tools, prefix="fetch-") as folder:
        return _unpack_within(Path(folder), package, tools)


def _unpack_within(folder: Path, package: str, tools: Path) -> str:
    download = ["apt-get", *apt_options(tools), "download", package]
    # A fresh image has no package lists: fetch them, then try the download again.
    if failed := _run(download, folder):
        failed = _run(["apt-get", *apt_options(tools), "update"], folder) or _run(download, folder)
    if failed:
        return failed
    for archive in folder.glob("*.deb"):
        if failed := _run(["dpkg", "-x", str(archive), str(folder / "root")], folder):
            return failed
    _merge(folder / "root", tools / "root")
    return ""


def _merge(source: Path, target: Path) -> None:
    """Rename each file into its place, so that nobody reads half a file."""
    for path in sorted(source.rglob("*")):
        place = target / path.relative_to(source)
        if path.is_dir() and not path.is_symlink():
            place.mkdir(parents=True, exist_ok=True)
        else:
            path.replace(place)


def apt_options(tools: Path) -> list[str]:
    """Return options that keep apt's state below `tools`; none for root."""
    if os.geteuid() == 0:
        return []
    for part in ("lists/partial", "cache/archives/partial"):
        (tools / "apt" / part).mkdir(parents=True, exist_ok=True)
    return [
        "-o", f"Dir::State::lists={tools / 'apt' / 'lists'}",
        "-o", f"Dir::Cache={tools / 'apt' / 'cache'}",
    ]  # fmt: skip


def _run(command: list[str], folder: Path) -> str:
    """Run a command; return "" or the last line of its errors."""
    try:
        done = subprocess.run(  # noqa: S603 - the commands are ours
            command, cwd=folder, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return ""
    return (done.stderr.strip().splitlines() or [f"{command[0]} ended with {done.returncode}"])[-1]
