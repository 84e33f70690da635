"""Find the real programs: on PATH, else in `.tools/`, else fetched into it from Debian.

Nothing is installed and no service is started. A missing program is an error, never a skipped test.
Of several, a Prometheus whose windows are those of Grafana Cloud comes first; build.py builds one.
"""

import fcntl
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
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
CHOSEN = "RESILIENCE_PROGRAMS"
"""Names a variable of the environment: folders whose programs come first, whatever their version."""
GO = Path(__file__).with_name("go")
"""The Go module of the Prometheus that is built; its go.mod states the version."""
LEFT_OPEN = (3, 1)
"""Windows are left-open from here on: 5 minutes hold no sample that is 5 minutes old. 3.0.0 has closed subqueries."""
_EVALUATORS = ("prometheus", "promtool")
_GO_VERSION = re.compile(r"github\.com/prometheus/prometheus v0\.(\d)(\d\d)\.(\d+)")


def find(name: str, tools: Path = TOOLS) -> Path:
    """Return the program's path; fetch its package if necessary.

    Raises RehearsalError with the commands for apt and brew if the program cannot be fetched.
    """
    found = present(name, tools)
    if found is None:
        with _locked(tools):
            found = present(name, tools) or _fetched(name, tools)
    return found


def present(name: str, tools: Path = TOOLS) -> Path | None:
    """Return the program's path, or None where it would have to be fetched."""
    if chosen := _within(os.environ.get(CHOSEN, ""), name, tools):
        return chosen
    places = (os.environ.get("PATH", os.defpath), str(built(tools)), str(_unpacked(tools)))
    found = [path for place in places if (path := _within(place, name, tools))]
    left_open = (path for path in found if name in _EVALUATORS and version(path) >= LEFT_OPEN)
    return next(left_open, found[0] if found else None)


def built(tools: Path = TOOLS) -> Path:
    """Return the folder of the Prometheus that `make prometheus` builds; module v0.316.0 is Prometheus 3.16.0."""
    found = _GO_VERSION.search((GO / "go.mod").read_text("utf-8"))
    assert found, f"{GO}/go.mod names no version"  # noqa: S101  # a file of ours
    return tools / f"prometheus-{'.'.join(str(int(number)) for number in found.groups())}"


def semantics(name: str = "prometheus", tools: Path = TOOLS) -> str:
    """Return what `prometheus` or `promtool` evaluates otherwise than Grafana Cloud; "" if nothing.

    Raises:
        RehearsalError: the program is missing and cannot be fetched.
    """
    found = version(find(name, tools))
    if found >= LEFT_OPEN:
        return ""
    return (
        f"{name} {'.'.join(map(str, found))} includes the left edge of windows, Grafana Cloud does not: "
        "build Prometheus 3 with `make prometheus`"
    )


@cache
def version(program: Path) -> tuple[int, int]:
    """Return the major and minor version that a program prints; 0.0 if it prints none."""
    command = [str(program), "--version"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    found = re.search(r"version (\d+)\.(\d+)", done.stdout + done.stderr)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _within(folders: str, name: str, tools: Path) -> Path | None:
    for candidate in NAMES[name]:
        if found := shutil.which(candidate, path=folders):
            path = Path(found)
            return relocated(path) if path.parent == _unpacked(tools) and needs_relocation(path) else path
    return None


def _unpacked(tools: Path) -> Path:
    return tools / "root" / "usr" / "bin"


def _fetched(name: str, tools: Path) -> Path:
    reason = unpack(PACKAGES[name], tools)
    found = present(name, tools)
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
