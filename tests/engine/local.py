"""`make up-local`: both stacks on the real engine against a stand-in, which then runs until Ctrl-C."""

import os
import shutil
import sys
import threading

from resilience.model.catalogue import ROOT
from tests.engine.project import CANARIES, Project, missing, settings
from tests.standin.__main__ import options
from tests.standin.server import running

FOLDER = ROOT / "build/local"


def main() -> int:
    """Apply both stacks, print, serve; return 1 if there is no engine."""
    if reason := missing(os.environ):
        print(f"Not applied: {reason}", file=sys.stderr)  # noqa: T201  # this is a command
        return 1
    # The stand-in loses its state when it ends, so files of an earlier run are useless.
    shutil.rmtree(FOLDER, ignore_errors=True)
    with running(options(ROOT, None)) as standin:
        project = Project.cloned(FOLDER, standin.state.base)
        for stack in ("production", "dev"):
            wanted = settings(stack).required_secrets()
            values = {secret: CANARIES.get(secret, "https://hooks.example.invalid/x") for secret in wanted}
            project.init(stack, values)
            print(project.good("up", "--yes", "--stack", stack))  # noqa: T201
        print(f"Applied; everything is at {standin.state.base} until Ctrl-C, and its state at /_state.", flush=True)  # noqa: T201
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
