"""Find the real programs: on PATH, else in `.tools/`, else fetched into it from Debian.

Nothing is installed and no service is started. A missing program is an error, never a skipped test.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from resilience.tools.debian import unpack
from resilience.tools.errors import RehearsalError
from resilience.tools.relocate import needs_relocation, relocated

REPOSITORY = Path(__file__).resolve().parents[2]
TOOLS = REPOSITORY / ".tools"

NAMES = {
    "prometheus": ("prometheus",),
    "promtool": ("promtool",),
    "alertmanager": ("alertmanager", "prometheus-alertmanager"),
    "amtool": ("amtool",),
    "blackbox_exporter": ("blackbox_exporter", "prometheus-blackbox-exporter"),
}
"""The file names of each program: upstream's and brew's first, then Debian's."""

PACKAGES = {
    "prometheus": "prometheus",
    "promtool": "prometheus",
    "alertmanager": "prometheus-alertmanager",
    "amtool": "prometheus-alertmanager",
    "blackbox_exporter": "prometheus-blackbox-exporter",
}
BREW = {"alertmanager": "alertmanager", "amtool": "alertmanager"}


def find(name: str, tools: Path = TOOLS) -> Path:
    """Return the program's path; fetch its package if necessary.

    Raises RehearsalError with the commands for apt and brew if the program cannot be fetched.
    """
    found = _on_path(name) or _unpacked(name, tools)
    if found is None:
        with _locked(tools):
            found = _unpacked(name, tools) or _fetched(name, tools)
    return found


def _on_path(name: str) -> Path | None:
    for candidate in NAMES[name]:
        if found := shutil.which(candidate):
            return Path(found)
    return None


def _unpacked(name: str, tools: Path) -> Path | None:
    for candidate in NAMES[name]:
        path = tools / "root" / "usr" / "bin" / candidate
        if os.access(path, os.X_OK):
            return relocated(path) if needs_relocation(path) else path
    return None


def _fetched(name: str, tools: Path) -> Path:
    reason = unpack(PACKAGES[name], tools)
    found = _unpacked(name, tools)
    if found is None:
        raise RehearsalError(_advice(name, reason))
    return found


def _advice(name: str, reason: str) -> str:
    brew = BREW.get(name, "prometheus")
    return (
        f"{name} is neither on PATH nor in .tools/ and could not be fetched ({reason}). Install "
        f"it with `apt-get install --no-install-recommends {PACKAGES[name]}` on Debian or Ubuntu, "
        f"or `brew install {brew}` on macOS, then run this again."
    )


@contextmanager
def _locked(tools: Path) -> Iterator[None]:
    """Let only one process at a time fetch; the others wait, and then find what it fetched."""
    tools.mkdir(parents=True, exist_ok=True)
    with (tools / "fetch.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
