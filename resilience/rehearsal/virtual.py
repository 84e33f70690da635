"""Judge incidents in virtual time: the world's series and the exported rules through promtool.

An incident becomes one file for `promtool test rules`. At every virtual minute (every five in long
ones) exactly the alerts that must fire do, and no others; inside the window in which an alert may
begin or end, that alert alone is left out. Routing, hours and Slack are the live drill's business.
"""

import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml

from resilience.rehearsal import binaries
from resilience.rehearsal.durations import HOUR, MINUTE, clock_face
from resilience.rehearsal.errors import RehearsalError
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.incident import Expectation, Incident
from resilience.rehearsal.results import Result
from resilience.rehearsal.series import LEAD, series_of
from resilience.rehearsal.verdict import Verdict

AT_ONCE = 2
LONG = 4 * HOUR
PROMTOOL_SECONDS = 300.0
FIRING = 'ALERTS{alertstate="firing"}'
FAILED = re.compile(r"time: (?P<time>[0-9hms]+),\s+exp:(?P<exp>.*?)\s+got:(?P<got>.*?)(?=\n\s*\n|\n\s*expr:|\Z)", re.DOTALL)
ALERT = re.compile(r'alert_id=\\?"(?P<id>[^"\\]+)\\?", environment=\\?"(?P<environment>[^"\\]+)\\?"')
MEASURED = re.compile(ALERT.pattern + r'.*?Value:(?P<value>[0-9.E+]+)')


def judge_all(exported: Exported, incidents: tuple[Incident, ...]) -> tuple[Result, ...]:
    """Judge incidents, two at once, in their order."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return tuple(pool.map(lambda incident: judge_one(exported, incident), incidents))


def judge_one(exported: Exported, incident: Incident) -> Result:
    """Judge one incident; raises RehearsalError when promtool cannot run the rules."""
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="virtual-") as name:
        folder = Path(name)
        series = series_of(exported, incident)
        _write(folder / "judge.yml", exported, series, list(_assertions(incident)))
        _write(folder / "measure.yml", exported, series, [_measurement(incident)])
        failure = _promtool(folder / "judge.yml")
        detected = _first_firings(_promtool(folder / "measure.yml"))
    faults = (_explain(failure),) if failure else ()
    seconds = time.monotonic() - begin
    return Result(incident, Verdict(faults), detected=detected, seconds=seconds)


def _write(
    path: Path, exported: Exported, series: list[dict[str, str]], tests: list[dict[str, Any]]
) -> None:
    content = {
        "rule_files": [str(exported.folder.resolve() / "rules.yml")],
        "evaluation_interval": "1m",
        "tests": [{"interval": "1m", "input_series": series, "promql_expr_test": tests}],
    }
    path.write_text(yaml.dump(content, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper)), "utf-8")


def _assertions(incident: Incident) -> Iterator[dict[str, Any]]:
    step = MINUTE if incident.length <= LONG else 5 * MINUTE
    for index in range(int(incident.length // step) + 1):
        yield _assertion(incident, index * step)


def _assertion(incident: Incident, at: float) -> dict[str, Any]:
    states = {wanted: _state(wanted, at) for wanted in incident.expect}
    unsure = "".join(f" unless {_selector(w)}" for w, state in states.items() if state is None)
    return {
        "expr": f"group by (alert_id, environment, tier) ({FIRING}{unsure})",
        "eval_time": f"{round((at + LEAD) / MINUTE)}m",
        "exp_samples": [{"labels": _labels(w), "value": 1} for w, state in states.items() if state],
    }


def _state(wanted: Expectation, at: float) -> bool | None:
    """Return whether the alert fires at virtual second `at`, None inside a window."""
    if at < wanted.firing[0]:
        return False
    if at <= wanted.firing[1]:
        return None
    if wanted.resolved is None or at < wanted.resolved[0]:
        return True
    return None if at <= wanted.resolved[1] else False


def _selector(wanted: Expectation) -> str:
    alert, environment = wanted.key
    return f'ALERTS{{alertstate="firing",alert_id="{alert}",environment="{environment}"}}'


def _labels(wanted: Expectation) -> str:
    alert, environment = wanted.key
    return f'{{alert_id="{alert}",environment="{environment}",tier="{wanted.tier}"}}'


def _measurement(incident: Incident) -> dict[str, Any]:
    """Ask when each alert first fired, by expecting nothing: promtool prints what it got."""
    minutes = round((incident.length + LEAD) / MINUTE)
    return {
        "expr": f"min by (alert_id, environment) "
        f"(min_over_time(timestamp({FIRING})[{minutes}m:1m]))",
        "eval_time": f"{minutes}m",
        "exp_samples": [{"labels": '{never="true"}', "value": 0}],
    }


def _promtool(path: Path) -> str:
    """Return "" when every assertion held, else what promtool said."""
    command = [str(binaries.find("promtool")), "test", "rules", path.name]
    try:
        done = subprocess.run(  # noqa: S603 - the command is ours
            command, cwd=path.parent, capture_output=True, text=True, check=False,
            timeout=PROMTOOL_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        msg = f"promtool did not judge {path.name} within {PROMTOOL_SECONDS:.0f} s"
        raise RehearsalError(msg) from error
    output = done.stdout + done.stderr
    if done.returncode and "FAILED" not in output:
        msg = f"promtool cannot test the rules: {output.strip()}"
        raise RehearsalError(msg)
    return output if done.returncode else ""


def _first_firings(output: str) -> dict[str, float]:
    return {
        f"{found['id']} ({found['environment']})": float(found["value"]) - LEAD
        for found in MEASURED.finditer(output)
    }


def _explain(output: str) -> str:
    """Return the first difference in plain words, or promtool's own when it cannot be read."""
    found = FAILED.search(output)
    if found is None:
        return output.strip()
    at = _virtual_second(found["time"])
    return f"at {clock_face(at)}: {_alerts(found['got'])} fired, {_alerts(found['exp'])} should"


def _virtual_second(text: str) -> float:
    """Return virtual seconds of promtool's `1h2m0s`."""
    parts = re.findall(r"(\d+)([hms])", text)
    return sum(int(n) * {"h": HOUR, "m": MINUTE, "s": 1.0}[unit] for n, unit in parts) - LEAD


def _alerts(text: str) -> str:
    named = [f"{found['id']} ({found['environment']})" for found in ALERT.finditer(text)]
    return ", ".join(named) or "nothing"
