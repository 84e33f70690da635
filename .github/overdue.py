"""Write a Slack message if drift or rotate has not succeeded for too long; standard library and `gh` only.

Nothing is remembered from run to run: the successes of the workflow that runs this say what was known before. So a
delay is reported once when it begins and once a day, again if a run could not report, and its end once.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

# How long each may go without a success: its cadence, and what GitHub's cron may be late.
LIMITS = {"drift": timedelta(hours=26), "rotate": timedelta(days=8)}
OURS = "platform-health"
_DAY = timedelta(days=1)
# At most six questions: what the job's five minutes leave beside the probe.
_SECONDS = 10
# A pull request of a fork can have a branch called main, and a workflow of its own under the same name.
_OURS_ALONE = ("schedule", "workflow_dispatch")
Ask = Callable[[str], Mapping[str, Any]]


def ask(path: str) -> Mapping[str, Any]:
    """What GitHub's API answers for a path below the repository."""
    command = ["gh", "api", f"repos/{os.environ['GITHUB_REPOSITORY']}/actions/workflows/{path}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=True)  # noqa: S603  # no shell
    found = json.loads(done.stdout)
    return found if isinstance(found, dict) else {}


def successes(workflow: str, asked: Ask) -> list[datetime]:
    """When the runs on main that succeeded began, the newest first."""
    runs = asked(f"{workflow}.yml/runs?branch=main&status=success&per_page=50").get("workflow_runs") or []
    return sorted((moment(run["run_started_at"]) for run in runs if run["event"] in _OURS_ALONE), reverse=True)


def moment(written: str) -> datetime:
    """As GitHub writes it: 2026-11-28T05:17:00Z."""
    return datetime.strptime(written, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def lines(asked: Ask, now: datetime) -> list[str]:
    """What is new since the last run of this that succeeded."""
    before = next(iter(successes(OURS, asked)), None)
    return [line for name, limit in LIMITS.items() if (line := _line(name, limit, before, asked, now))]


def _line(name: str, limit: timedelta, before: datetime | None, asked: Ask, now: datetime) -> str:
    found = successes(name, asked)
    # A workflow that never succeeded counts from the day on which it was added.
    last = found[0] if found else moment(asked(f"{name}.yml")["created_at"][:19] + "Z")
    if _days(last + limit, now) > _days(last + limit, before or datetime.min.replace(tzinfo=UTC)):
        return f"*{name}* has not succeeded for {_span(now - last)}; at most {_span(limit)} are expected"
    if before and len(found) > 1 and found[0] > before > found[1] + limit:
        return f"*{name}* succeeded again after {_span(found[0] - found[1])}"
    return ""


def _days(due: datetime, now: datetime) -> int:
    """Whole days since it was due; -1 before that."""
    return max((now - due) // _DAY, -1)


def _span(span: timedelta) -> str:
    days, hours = span // _DAY, span % _DAY // timedelta(hours=1)
    return f"{days} d {hours} h" if days and hours else f"{days} d" if days else f"{hours} h"


def payload(found: list[str], env: Mapping[str, str]) -> str:
    """Slack's payload; nothing in it comes from a run."""
    page = f"{env['GITHUB_SERVER_URL']}/{env['GITHUB_REPOSITORY']}/actions"
    listed = "\n".join(f":information_source: P3: {line}" for line in found)
    return json.dumps({"text": f"{listed}\n<{page}|Runs>", "unfurl_links": False})


def main(path: Path) -> int:
    """Write the message, if there is one; return 1 if GitHub could not be asked."""
    try:
        found = lines(ask, datetime.now(UTC))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, subprocess.SubprocessError) as error:
        sys.stdout.write(
            f"::error::GitHub could not be asked for the runs of drift and rotate ({type(error).__name__})\n"
        )
        return 1
    if found:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(payload(found, os.environ), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
