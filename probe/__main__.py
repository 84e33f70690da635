"""One run: look, tell, record. `python3 -m probe`, with `--look` to tell nobody.

Exit codes: 0 everything that had to be told was told (whatever is down), 1 it was not, or the prober
is offline, 2 targets or variables are wrong.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from probe import clock
from probe.http_client import HttpClient, UndeliveredError
from probe.issues import IssueStore
from probe.messages import Messages
from probe.notifier import Notifier, SlackChannels
from probe.probing import ProbeResult, probe_all
from probe.targets import HERE, BadTargetsError, Plan

GOOD, UNTOLD, USAGE = 0, 1, 2
_ACCESS = {"CF-Access-Client-Id": "CF_ACCESS_CLIENT_ID", "CF-Access-Client-Secret": "CF_ACCESS_CLIENT_SECRET"}
_NEEDED = ("GITHUB_TOKEN", "GITHUB_REPOSITORY", "SLACK_WEBHOOK_ALERTS", "SLACK_WEBHOOK_DEPLOYS")
Prober = Callable[[Plan, Mapping[str, str]], list[ProbeResult] | None]


def run(
    plan: Plan,
    env: Mapping[str, str],
    now: datetime,
    prober: Prober = probe_all,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[int, list[str]]:
    """Look and tell; the exit code, and lines for the log and the job's summary."""
    results = prober(plan, _access(env))
    if results is None:
        return UNTOLD, ["The prober is offline: not one target and no control address answers. Nothing is concluded."]
    notifier = _desk(plan, env, now, sleep)
    lines, failed = [_row(result) for result in results], False
    try:
        incidents = notifier.board.incidents()
    except UndeliveredError as error:
        return UNTOLD, [*lines, f"Nothing was told: {error}"]
    for result in results:
        try:
            notifier.settle(result, incidents.get(result.target.name))
        except UndeliveredError as error:
            failed = True
            lines.append(f"{result.target.name}: not told: {error}")
    try:
        lines.append(clock.keep(notifier).told(plan.promise))
    except UndeliveredError as error:
        failed = True
        lines.append(f"The clock was not kept: {error}")
    return (UNTOLD if failed else GOOD), lines


def _access(env: Mapping[str, str]) -> dict[str, str]:
    """The service token. A pasted secret often ends in a line break, which no header may have."""
    return {header: env[variable].strip() for header, variable in _ACCESS.items()}


def _desk(plan: Plan, env: Mapping[str, str], now: datetime, sleep: Callable[[float], None]) -> Notifier:
    repository, server = env["GITHUB_REPOSITORY"], env.get("GITHUB_SERVER_URL", "https://github.com")
    number = env.get("GITHUB_RUN_ID", "0")
    page = f"{server}/{repository}/actions/runs/{number}"
    headers = {
        "Authorization": f"Bearer {env['GITHUB_TOKEN'].strip()}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    api = env.get("GITHUB_API_URL", "https://api.github.com")
    board = IssueStore(
        HttpClient("GitHub", headers, sleep), api, repository, f"{number}.{env.get('GITHUB_RUN_ATTEMPT', '1')}"
    )
    slack = SlackChannels(
        HttpClient("Slack", {}, sleep), env["SLACK_WEBHOOK_ALERTS"].strip(), env["SLACK_WEBHOOK_DEPLOYS"].strip()
    )
    return Notifier(plan, board, slack, Messages(plan, page, f"{server}/{repository}/issues"), now)


def _row(result: ProbeResult) -> str:
    diagnosis = result.diagnosis
    explained = f" (explained by {result.target.after})" if result.explained else ""
    return f"{diagnosis.tier or 'ok':<2}  {result.target.name}: {diagnosis.kind}: {diagnosis.fact}, {diagnosis.seconds:.2f} s{explained}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python3 -m probe", description="Look at the platform once.")
    parser.add_argument("--targets", type=Path, default=HERE / "targets.toml", help="another file of targets")
    parser.add_argument("--look", action="store_true", help="print what is seen; tell nobody, need no token")
    options = parser.parse_args(arguments)
    needed = (*_ACCESS.values(), *(() if options.look else _NEEDED))
    missing = [f"environment: {name}: is missing; set it" for name in needed if not os.environ.get(name, "").strip()]
    missing += [
        f"environment: {name}: holds a line break or another sign that cannot be sent; set it again"
        for name in needed
        if not os.environ.get(name, "").strip().isprintable()
    ]
    try:
        plan = Plan.load(options.targets)
    except BadTargetsError as error:
        missing = [*missing, *str(error).splitlines()]
    if missing:
        print(*missing, sep="\n", file=sys.stderr)
        return USAGE
    code, lines = _looked(plan) if options.look else run(plan, os.environ, datetime.now(UTC))
    _publish(lines)
    return code


def _looked(plan: Plan) -> tuple[int, list[str]]:
    results = probe_all(plan, _access(os.environ))
    return (UNTOLD, ["The prober is offline."]) if results is None else (GOOD, [_row(result) for result in results])


def _publish(lines: list[str]) -> None:
    print(*lines, sep="\n")
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8") as file:
            # A fence as long as no line of ours can be: what was seen came from outside.
            file.write("``````text\n" + "\n".join(lines) + "\n``````\n")


if __name__ == "__main__":
    sys.exit(main())
