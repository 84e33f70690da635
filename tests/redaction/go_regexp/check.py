"""Tries the table with Go's own regexp, as Alloy does: `make redaction`. Needs Go."""

import json
import subprocess
import sys
from pathlib import Path

from resilience.model.catalogue import ROOT
from tests.collector.alloy import read
from tests.redaction.table import BECOMES, STAYS


def main() -> int:
    """Print each line that Go redacts otherwise; return 1 if there is one."""
    stages = read(ROOT / "deploy" / "alloy" / "config.alloy").one("loki.process", "logs").all("stage.replace")
    wanted = {one.line: one.clean("[REDACTED]") for one in BECOMES} | {line: line for line in STAYS}
    task = {"expressions": [stage.attributes["expression"] for stage in stages], "lines": list(wanted)}
    command = ["go", "run", "."]
    folder = Path(__file__).resolve().parent
    done = subprocess.run(command, cwd=folder, input=json.dumps(task), capture_output=True, text=True, check=True)
    wrong = [
        (line, found) for line, found in zip(wanted, json.loads(done.stdout), strict=True) if wanted[line] != found
    ]
    for line, found in wrong:
        print(f"{line}\n  {found}\n  instead of {wanted[line]}")
    print(f"{len(wanted)} lines, {len(wrong)} redacted otherwise")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
