"""`make engine-cli`: finds the command `pulumi`, or builds it from its Go module into `.tools/`.

Uses the standard library alone: it also runs before there is a `.venv`.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULE = ROOT / "tests/engine/cli"
OLDEST = (3, 259)
_PACKAGE = "github.com/pulumi/pulumi/pkg/v3"
_SECONDS = 3600


def version() -> str:
    """The version that would be built; `go.mod` states it."""
    found = re.search(rf"{_PACKAGE} v(\S+)", (MODULE / "go.mod").read_text(encoding="utf-8"))
    assert found, "tests/engine/cli/go.mod names no version"
    return found[1]


def built(tools: Path = ROOT / ".tools") -> Path:
    """Where the built command is, or would be."""
    return tools / f"pulumi-{version()}" / "pulumi"


def find(environment: Mapping[str, str], tools: Path = ROOT / ".tools") -> Path | None:
    """The command on PATH if it is new enough, else the one that was built, else None."""
    on_path = shutil.which("pulumi", path=environment.get("PATH", ""))
    if on_path and _is_new_enough(on_path, environment):
        return Path(on_path)
    return built(tools) if built(tools).exists() else None


def build(target: Path, go: str) -> None:
    """Build the command; about 7 minutes of one core, 122 MB.

    Raises:
        CalledProcessError: Go cannot build it.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    stated = f"github.com/pulumi/pulumi/sdk/v3/go/common/version.Version={version()}"
    flags = ["-o", str(target), "-ldflags", f"-s -w -X {stated}"]
    subprocess.run([go, "build", *flags, f"{_PACKAGE}/cmd/pulumi"], cwd=MODULE, check=True, timeout=_SECONDS)


def main() -> int:
    """Print the path of the command; return 1 if there is none and Go is missing."""
    found, go = find(os.environ), shutil.which("go")
    if found is None and go is None:
        print("The engine needs `pulumi` 3.259 or newer on PATH, or Go to build it: see go.dev/dl", file=sys.stderr)  # noqa: T201
        return 1
    if found is None and go is not None:
        build(built(), go)
    print(found or built())  # noqa: T201  # this is a command
    return 0


def _is_new_enough(command: str, environment: Mapping[str, str]) -> bool:
    quiet = {**environment, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    done = subprocess.run([command, "version"], env=quiet, capture_output=True, text=True, timeout=60, check=False)
    numbers = re.match(r"v?(\d+)\.(\d+)", done.stdout)
    return numbers is not None and (int(numbers[1]), int(numbers[2])) >= OLDEST


if __name__ == "__main__":
    sys.exit(main())
