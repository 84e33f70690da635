"""One run: probe, notify, record. `python3 -m probe`; with `--dry-run` it notifies nobody.

Exit codes: 0 every message was sent (whatever is down), 1 one was not, or the prober is offline,
2 targets or variables are wrong.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from probe import clock
from probe.fetch import address_problem
from probe.http_client import HttpClient, TimeBudget, UndeliveredError
from probe.issues import IssueStore
from probe.messages import Messages
from probe.notifier import Notifier, SlackChannels
from probe.probing import ProbeResult, probe_all
from probe.targets import HERE, BadTargetsError, Plan

GOOD, NOT_NOTIFIED, USAGE = 0, 1, 2
_ACCESS = {"CF-Access-Client-Id": "CF_ACCESS_CLIENT_ID", "CF-Access-Client-Secret": "CF_ACCESS_CLIENT_SECRET"}
_WEBHOOKS = ("SLACK_WEBHOOK_ALERTS", "SLACK_WEBHOOK_DEPLOYS")
_NEEDED = ("GITHUB_TOKEN", "GITHUB_REPOSITORY", *_WEBHOOKS)
NOTIFYING = 150.0
"""Seconds that all calls to GitHub and Slack may take together. With the probes (at most 60 s) they end before the
workflow's timeout, which would cut a run between Slack and the record of the message."""
Prober = Callable[[Plan, Mapping[str, str]], list[ProbeResult] | None]


def run(
    plan: Plan,
    env: Mapping[str, str],
    now: datetime,
    prober: Prober = probe_all,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[int, list[str]]:
    """Probe and notify; the exit code, and lines for the log and the job's summary."""
    results = prober(plan, _access(env))
    if results is None:
        return NOT_NOTIFIED, [
            "The prober is offline: no target and no control address answers. No target was classified."
        ]
    budget = TimeBudget(NOTIFYING)
    notifier = _notifier(plan, env, now, HttpClient("Slack", {}, budget, sleep))
    lines = [_row(result, plan.work_on(result.target.name, now)) for result in results]
    steps = 2 + len(results)  # read the incidents, update each one, record the time of the run
    budget.begin(steps)
    try:
        incidents = notifier.issues.incidents()
    except Exception as error:  # noqa: BLE001  # whatever GitHub sends
        return NOT_NOTIFIED, [*lines, f"Nobody was notified: {_broken(error)}"]
    failures = []
    for done, result in enumerate(results, start=1):
        budget.begin(steps - done)
        try:
            notifier.update(result, incidents.get(result.target.name))
        except Exception as error:  # noqa: BLE001  # one target never stops the others nor the clock
            failures.append(f"{result.target.name}: not notified: {_broken(error)}")
    budget.begin(1)
    try:
        recorded = clock.record_run(notifier).summary(plan.longest_gap)
    except Exception as error:  # noqa: BLE001  # the run still reports what it did
        failures.append(f"The time of this run was not recorded: {_broken(error)}")
        recorded = ""
    return (NOT_NOTIFIED if failures else GOOD), [*lines, *failures, *filter(None, [recorded])]


def _broken(error: Exception) -> str:
    """What to print of an error; of one that nobody expected only its type, since its text may hold a secret."""
    return str(error) if isinstance(error, UndeliveredError) else f"the probe failed with {type(error).__name__}"


def _access(env: Mapping[str, str]) -> dict[str, str]:
    """The service token. A pasted secret often ends in a line break, which no header may contain."""
    return {header: env[variable].strip() for header, variable in _ACCESS.items()}


def _notifier(plan: Plan, env: Mapping[str, str], now: datetime, slack: HttpClient) -> Notifier:
    repository = env["GITHUB_REPOSITORY"]
    page = f"{env.get('GITHUB_SERVER_URL', 'https://github.com')}/{repository}"
    headers = {
        "Authorization": f"Bearer {env['GITHUB_TOKEN'].strip()}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    alerts, deploys = (env[name].strip() for name in _WEBHOOKS)
    github = replace(slack, name="GitHub", headers=headers)
    return Notifier(
        plan,
        IssueStore(github, env.get("GITHUB_API_URL", "https://api.github.com"), repository, alerts.encode()),
        SlackChannels(slack, alerts, deploys),
        Messages(plan, f"{page}/actions/runs/{env.get('GITHUB_RUN_ID', '0')}", f"{page}/issues"),
        now,
    )


def _row(result: ProbeResult, work: str = "") -> str:
    one, target = result.diagnosis, result.target
    explained = f" (explained by {target.explained_by})" if result.explained else ""
    silent = f" (not reported: maintenance {work})" if work else ""
    return f"{one.tier or 'ok':<2}  {target.name}: {one.kind}: {one.fact}, {one.seconds:.2f} s" + explained + silent


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python3 -m probe", description="Check the platform once.")
    parser.add_argument("--targets", type=Path, default=HERE / "targets.toml", help="another file of targets")
    parser.add_argument("--dry-run", action="store_true", help="print the results; notify nobody, need no token")
    options = parser.parse_args(arguments)
    problems = list(_missing((*_ACCESS.values(), *(() if options.dry_run else _NEEDED))))
    try:
        plan = Plan.load(options.targets)
    except BadTargetsError as error:
        problems += str(error).splitlines()
    if problems:
        print(*problems, sep="\n", file=sys.stderr)
        return USAGE
    code, lines = _dry_run(plan) if options.dry_run else run(plan, os.environ, datetime.now(UTC))
    _publish(lines)
    return code


def _missing(names: Sequence[str]) -> Iterator[str]:
    """What is wrong with environment variables; their values are secret."""
    for name in names:
        value = os.environ.get(name, "").strip()
        if not value:
            yield f"environment: {name}: is missing; set it"
        elif not (value.isprintable() and value.isascii()):
            yield f"environment: {name}: contains a line break or another character that cannot be sent; set it again"
        elif name in _WEBHOOKS and (problem := address_problem(value)):
            yield f"environment: {name}: {problem}"


def _dry_run(plan: Plan) -> tuple[int, list[str]]:
    results = probe_all(plan, _access(os.environ))
    if results is None:
        return NOT_NOTIFIED, ["The prober is offline."]
    return GOOD, [_row(result) for result in results]


def _publish(lines: list[str]) -> None:
    print(*lines, sep="\n")
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8") as file:
            # Facts come from outside: a long fence keeps their Markdown from taking effect.
            file.write("``````text\n" + "\n".join(lines) + "\n``````\n")


if __name__ == "__main__":
    sys.exit(main())
