"""Compares the recorded verdicts on log lines with Loki's own engine: `make test-logql`.

The engine is logcli with `--stdin`: it knows no stream and no metric query, so the selector and the
count are evaluated elsewhere (resilience/rehearsal/simulator/logs.py).
"""

import shutil
import subprocess
import sys

from resilience.core.yaml_files import read_own
from resilience.export import rendered
from resilience.manifest import declare_all
from resilience.rehearsal.simulator.logs import FILE, LogQuery, parts, recorded

SECONDS = 60
MISSING = """\
logcli is not on PATH. Get one, then run `make test-logql` again:
  a release of Loki: https://github.com/grafana/loki/releases (logcli-<system>-<machine>.zip)
  Homebrew: brew install logcli
"""


def declared() -> list[LogQuery]:
    """Every query of the exported log rules."""
    groups = read_own(rendered(declare_all())["loki-rules.yml"])["groups"]
    return [parts(rule["expr"]) for group in groups for rule in group["rules"]]


def passed(logcli: str, query: LogQuery, lines: dict[str, str]) -> tuple[str, ...]:
    """Names of the lines that Loki lets pass."""
    options = ("--stdin", "--quiet", "--output=raw", "query", "--limit=1000")
    command = [logcli, *options, f"{query.selector} {query.stages}"]
    text = "\n".join(lines.values())
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True, timeout=SECONDS)
    found = set(done.stdout.splitlines())
    return tuple(name for name, line in lines.items() if line in found)


def main() -> int:
    """Print each verdict; 1 if lines.yaml has another one, or none."""
    logcli = shutil.which("logcli") or sys.exit(MISSING)
    subprocess.run([logcli, "--version"], check=True, timeout=SECONDS)
    known = {one.stages: one.passes for one in recorded().verdicts}
    verdicts = {query.stages: passed(logcli, query, recorded().lines) for query in declared()}
    for stages, names in verdicts.items():
        good = known.get(stages) == names
        print(f"{'ok ' if good else 'BAD'} {stages}\n    passes: {', '.join(names) or 'nothing'}")
    if verdicts != known:
        print(f"{FILE.name} differs; write these verdicts, the engine and the date into it", file=sys.stderr)
    return int(verdicts != known)


if __name__ == "__main__":
    sys.exit(main())
