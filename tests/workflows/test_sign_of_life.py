"""Signs of life of the workflows: sent last, bounded in time, never a failure, and never with the address in a text."""

import importlib.util
import os
import re
import runpy
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType

import pytest

from resilience.budget.cron import runs_a_month
from resilience.core.yaml_files import read_own
from resilience.model.catalogue import ROOT

SCRIPT = ROOT / ".github/sign_of_life.py"
JOBS = {"up.yml": "up", "drift.yml": "drift", "rotate.yml": "rotate", "platform-health.yml": "probe"}
KEY = "CANARYkey"
HOUR = 3600.0


@pytest.fixture(name="script")
def _script() -> ModuleType:
    """The script as a module of its own in each test."""
    spec = importlib.util.spec_from_file_location("sign_of_life", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class SwitchDouble:
    """A service that waits for signs of life: by path when each came, and which checks are late at a moment."""

    def __init__(self) -> None:
        """Every check lives at zero."""
        self.now = 0.0
        self.asked: list[str] = []
        self.answers: list[int | str] = []
        self.last: dict[str, float] = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        # A client that gives up is what some tests are about.
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign]

    @property
    def address(self) -> str:
        """Of a check, with the place of its name."""
        return f"http://127.0.0.1:{self.server.server_address[1]}/{KEY}/sv0-{{job}}"

    def late(self, period: float, grace: float) -> list[str]:
        """The checks of which none came for longer than both."""
        return sorted(path for path, at in self.last.items() if self.now - at > period + grace)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        double = self

        class Handler(BaseHTTPRequestHandler):
            """Takes a post for a sign of life, unless another answer is waiting."""

            def do_POST(self) -> None:
                double.asked.append(self.path)
                answer = double.answers.pop(0) if double.answers else 200
                if answer == "silent":
                    time.sleep(2)
                elif answer == "drips":
                    self._drip()
                elif isinstance(answer, int):
                    self._answer(answer)

            def _answer(self, status: int) -> None:
                if status == 200:
                    double.last[self.path.rpartition("sv0-")[2]] = double.now
                self.send_response(status)
                self.send_header("Location", f"{double.address}/elsewhere")
                self.end_headers()

            def _drip(self) -> None:
                """Send a byte at a time, so that no timeout of a socket ends it."""
                for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 100:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(0.1)

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        return Handler


@pytest.fixture(name="switch")
def _switch() -> Iterator[SwitchDouble]:
    double = SwitchDouble()
    threading.Thread(target=double.server.serve_forever, args=(0.02,), daemon=True).start()
    yield double
    double.server.shutdown()
    double.server.server_close()


@pytest.mark.parametrize(("workflow", "job"), JOBS.items())
def test_each_workflow_sends_the_sign_of_its_own_job_when_all_else_ended_well(workflow: str, job: str) -> None:
    """No `if`: a step after a failed one is skipped. What follows it runs only after a failure."""
    raw = read_own((ROOT / ".github/workflows" / workflow).read_text(encoding="utf-8"))
    steps = next(iter(raw["jobs"].values()))["steps"]
    (place,) = [index for index, step in enumerate(steps) if "sign_of_life" in step.get("run", "")]

    assert steps[place] == {
        "run": f"python3 -I .github/sign_of_life.py {job}",
        "env": {"WATCHDOG_URL": "${{ secrets.WATCHDOG_URL }}"},
    }
    assert [step["if"] for step in steps[place + 1 :]] == ["failure() || cancelled()"] * (workflow[0] == "p")


def checks() -> Iterator[tuple[str, str, timedelta, timedelta]]:
    """Job, workflow, period and grace of each check that the page names."""
    page = (ROOT / "docs/bootstrap.md").read_text(encoding="utf-8").partition("## 7. Signs of life")[2]
    row = re.compile(r"^\| `(\w+)` \| `([\w.-]+)`.*\| (\d+) (hour|day)s? \| (\d+) (hour|day)s? \|$", re.MULTILINE)
    for job, workflow, period, one, grace, other in row.findall(page):
        yield job, workflow, timedelta(**{f"{one}s": int(period)}), timedelta(**{f"{other}s": int(grace)})


def test_the_page_gives_each_job_that_runs_by_itself_a_period_of_its_cron_and_room_to_be_late() -> None:
    """As much as the probe gives drift and rotation before it reports them."""
    limits = runpy.run_path(str(ROOT / ".github/overdue.py"))["LIMITS"]
    for job, workflow, period, _ in checks():
        raw = read_own((ROOT / ".github/workflows" / workflow).read_text(encoding="utf-8"))
        (schedule,) = raw[True]["schedule"]  # YAML reads `on` as true
        assert JOBS[workflow] == job
        assert period / timedelta(days=31) * runs_a_month(schedule["cron"]) == pytest.approx(1, rel=0.15)
    found = {job: period + grace for job, _, period, grace in checks()}

    assert {job: found[job] for job in limits} == limits
    assert set(found) == set(JOBS.values()) - {"up"}


def test_a_job_that_stops_is_late_although_grafana_and_the_other_jobs_go_on(
    script: ModuleType, switch: SwitchDouble
) -> None:
    for hour in range(48):
        switch.now = hour * HOUR
        script.sign_of_life(switch.address, "grafana")
        if hour < 20:
            script.sign_of_life(switch.address, "probe")

    assert switch.late(2 * HOUR, 6 * HOUR) == ["probe"]
    assert set(switch.asked) == {f"/{KEY}/sv0-grafana", f"/{KEY}/sv0-probe"}


def test_the_address_of_grafana_alone_is_not_kept_alive_by_a_job(script: ModuleType, switch: SwitchDouble) -> None:
    said = script.sign_of_life(switch.address.replace("{job}", "x"), "drift")

    assert said == "drift sends no sign of life: the address has no {job}, so it is Grafana's alone"
    assert switch.asked == []


@pytest.mark.parametrize(
    ("answers", "asked", "said"),
    [
        pytest.param([], 1, "drift sent a sign of life", id="good"),
        pytest.param([503], 2, "drift sent a sign of life", id="good the second time"),
        pytest.param([503, 500], 2, "::warning::drift sent no sign of life: the service answered 500", id="broken"),
        pytest.param([404], 1, "::warning::drift sent no sign of life: the service answered 404", id="no such check"),
        pytest.param([301], 1, "::warning::drift sent no sign of life: the service answered 301", id="a redirect"),
        pytest.param([204], 1, "drift sent a sign of life", id="another good answer"),
        pytest.param(["silent"], 1, "::warning::drift sent no sign of life: no answer within 10 s", id="silent"),
        pytest.param(["drips"], 1, "::warning::drift sent no sign of life: no answer within 10 s", id="drips"),
    ],
)
def test_what_came_of_it_is_said_in_time_and_without_the_address(
    script: ModuleType, switch: SwitchDouble, answers: list[int | str], asked: int, said: str
) -> None:
    vars(script)["DEADLINE"] = 0.4 if isinstance(next(iter(answers), 0), str) else 10.0
    switch.answers = answers
    begin = time.monotonic()

    assert script.sign_of_life(switch.address, "drift") == said
    assert len(switch.asked) == asked
    assert time.monotonic() - begin < 5


@pytest.mark.parametrize(
    "address",
    [
        f"https://127.0.0.1:1/{KEY}/{{job}}",
        f"http://hc.example/{KEY}/{{job}}",
        f"ftp://hc.example/{KEY}/{{job}}",
        f"https://[{KEY}/{{job}}",
        f"https://hc.example:{KEY}/{{job}}",
        f"https://127.0.0.1:1/a b\r\n{KEY}: {{job}}",
        f"{KEY}{{job}}",
        f"https:///{KEY}/{{job}}",
        f"https://\udcff/{KEY}/{{job}}",
    ],
)
def test_an_address_that_cannot_be_used_is_a_warning_of_one_line_that_does_not_show_it(
    script: ModuleType, address: str
) -> None:
    said = script.sign_of_life(address, "up")

    assert said.startswith("::warning::up sent no sign of life: ")
    assert KEY not in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("address", [None, "", f"https://127.0.0.1:1/{KEY}/{{job}}"])
def test_the_command_never_fails(address: str | None) -> None:
    """As the workflows call it; a secret that does not exist is empty there."""
    environment = os.environ | ({} if address is None else {"WATCHDOG_URL": address})
    command = [sys.executable, "-I", str(SCRIPT), "probe"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)

    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    assert KEY not in done.stdout
