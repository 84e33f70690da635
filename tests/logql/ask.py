"""Asks Loki's own engine which recorded lines the declared log rules let pass: `make test-logql`.

The engine is logcli with `--stdin`: it knows no stream and no metric query, so the selector and the
count are judged elsewhere (resilience/rehearsal/logs.py).
"""

import subprocess
import sys
from pathlib import Path

import yaml

from resilience.export import rendered
from resilience.manifest import declare_all
from resilience.rehearsal.logs import FILE, LogQuery, parts, recorded

LOGCLI = str(Path(__file__).resolve().parents[2] / ".tools/logcli")
SECONDS = 60


def declared() -> list[LogQuery]:
    """Every query of the exported log rules."""
    groups = yaml.safe_load(rendered(declare_all())["loki-rules.yml"])["groups"]
    return [parts(rule["expr"]) for group in groups for rule in group["rules"]]


def passed(query: LogQuery, lines: dict[str, str]) -> tuple[str, ...]:
    """Names of the lines that Loki lets pass."""
    command = [
        LOGCLI,
        "--stdin",
        "--quiet",
        "--output=raw",
        "query",
        "--limit=1000",
        f"{query.selector} {query.stages}",
    ]
    done = subprocess.run(
        command, input="\n".join(lines.values()), capture_output=True, text=True, check=True, timeout=SECONDS
    )
    found = set(done.stdout.splitlines())
    return tuple(name for name, line in lines.items() if line in found)


def main() -> int:
    """Compare with what lines.yaml says; 1 when it is another verdict, or none."""
    known = {one.stages: one.passes for one in recorded().verdicts}
    verdicts = {query.stages: passed(query, recorded().lines) for query in declared()}
    for stages, names in verdicts.items():
        good = known.get(stages) == names
        print(f"{'ok ' if good else 'BAD'} {stages}\n    passes: {', '.join(names) or 'nothing'}")
    if verdicts != known:
        print(f"{FILE.name} says something else; write these verdicts under `verdicts`", file=sys.stderr)
    return int(verdicts != known)


if __name__ == "__main__":
    sys.exit(main())
