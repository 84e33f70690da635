"""`make prometheus`: finds Prometheus 3 and promtool on PATH, or builds both from their Go module into `.tools/`."""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from resilience.tools import binaries

_PACKAGE = "github.com/prometheus/prometheus/cmd"
_PROGRAMS = ("prometheus", "promtool")
_SECONDS = 3600


def build(folder: Path, go: str) -> None:
    """Build both programs into a folder; about 10 minutes of one core, 104 MB.

    Without service discovery other than files and static targets, which takes most of the time of a whole build.

    Raises:
        CalledProcessError: Go cannot build them.
    """
    stated = f"github.com/prometheus/common/version.Version={folder.name.rpartition('-')[2]}"
    flags = ["-tags", "remove_all_sd", "-ldflags", f"-s -w -X {stated}"]
    packages = [f"{_PACKAGE}/{program}" for program in _PROGRAMS]
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Moved once both are whole: whoever looks for them meanwhile finds none.
    with TemporaryDirectory(dir=folder.parent, prefix="build-") as made:
        command = [go, "build", "-o", f"{made}/", *flags, *packages]
        subprocess.run(command, cwd=binaries.GO, check=True, timeout=_SECONDS)  # noqa: S603  # our own module
        folder.mkdir(exist_ok=True)
        for program in _PROGRAMS:
            (Path(made) / program).replace(folder / program)


def main(tools: Path = binaries.TOOLS) -> int:
    """Print the paths of both programs; return 1 if one is older than 3 and Go is missing."""
    found = [binaries.present(program, tools) for program in _PROGRAMS]
    missing = any(path is None or binaries.version(path) < binaries.LEFT_OPEN for path in found)
    go = shutil.which("go")
    if missing and go is None:
        print("Prometheus 3 is not on PATH, and to build it Go is needed: see go.dev/dl", file=sys.stderr)  # noqa: T201
        return 1
    if missing and go is not None:
        build(binaries.built(tools), go)
    print(*(binaries.find(program, tools) for program in _PROGRAMS), sep="\n")  # noqa: T201  # this is a command
    return 0


if __name__ == "__main__":
    sys.exit(main())
