"""The notification vectors on a real Alertmanager, all at the same time."""

import heapq
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from resilience.core.yaml_files import read_own
from resilience.tools import binaries, processes
from resilience.tools.processes import Program
from tests.grafana.webhook import PostedMessage, WebhookDouble

VECTORS: dict[str, dict[str, Any]] = read_own(Path(__file__).with_name("alertmanager.yaml").read_text("utf-8"))[
    "vectors"
]
# In minutes, as Grafana has them if nothing is declared.
DEFAULTS = {"group_wait": 0.5, "group_interval": 5, "repeat_interval": 240}
TEXT = (
    "{{ range .Alerts.Firing }}{{ .Labels.series }}+ {{ end }}"
    "{{ range .Alerts.Resolved }}{{ .Labels.series }}-"
    "{{ with .Annotations.grafana_state_reason }}({{ . }}){{ end }} {{ end }}"
)
SLOW_SECONDS = 0.4
"""Of the minutes of M2, two: what was sent is in the log clearly after the flush began."""
GRACE_SECONDS = 10.0
FOREVER = 600.0
# Timers of the program and of this test start apart by some milliseconds.
EARLY_SECONDS = 0.05


def configuration(fast: WebhookDouble, slow: WebhookDouble) -> dict[str, Any]:
    """One route below the root for each vector."""
    names = ["nobody", *VECTORS, *(child["receiver"] for one in VECTORS.values() for child in one.get("children", ()))]
    return {
        "route": {"receiver": "nobody", "routes": [_route(name, one) for name, one in VECTORS.items()]},
        "receivers": [{"name": name, **_slack(name, slow if _is_slow(name) else fast)} for name in names],
        "time_intervals": [
            {"name": "always", "time_intervals": [{"times": [{"start_time": "00:00", "end_time": "24:00"}]}]}
        ],
    }


def _is_slow(name: str) -> bool:
    return bool(VECTORS.get(name, {}).get("slow"))


def _slack(name: str, webhook: WebhookDouble) -> dict[str, Any]:
    if name == "nobody":
        return {}
    return {"slack_configs": [{"api_url": webhook.url(name), "send_resolved": True, "title": name, "text": TEXT}]}


def _route(name: str, vector: dict[str, Any]) -> dict[str, Any]:
    given = DEFAULTS | vector.get("route", {})
    scaled = {key: f"{round(given[key] * vector['minute'] * 1000)}ms" for key in DEFAULTS}
    rest = {key: value for key, value in given.items() if key not in DEFAULTS}
    own = {"matchers": [f'vector="{name}"'], "receiver": name, "routes": vector.get("children", [])}
    return {"group_by": ["vector"], **own, **rest, **scaled}


class VectorRun:
    """Posts the steps of all vectors when their time has come."""

    def __init__(self, alertmanager: Program, webhook: WebhookDouble) -> None:
        self.start = time.monotonic() + 0.2
        self._alertmanager, self._webhook = alertmanager, webhook
        self._since: dict[str, tuple[bool, datetime]] = {}

    def run(self) -> None:
        """Post everything and return at the end of the longest vector."""
        steps = [(at, number, act) for number, (at, act) in enumerate(self._steps())]
        heapq.heapify(steps)
        while steps:
            at, _, act = heapq.heappop(steps)
            time.sleep(max(0.0, self.start + at - time.monotonic()))
            act()

    def _steps(self) -> Iterator[tuple[float, Callable[[], None]]]:
        for name, vector in VECTORS.items():
            for step in vector["steps"]:
                when, what = step.split(" ", 1)
                first, _, last = when.partition("..")
                for more in range(int(float(last or first) - float(first)) + 1):
                    yield (float(first) + more) * vector["minute"], self._action(name, vector, what)
            yield vector.get("until", 0) * vector["minute"], lambda: None

    def _action(self, name: str, vector: dict[str, Any], what: str) -> Callable[[], None]:
        if what == "mute":
            ends = next(int(step.split()[0]) for step in vector["steps"] if step.endswith("unmute"))
            return lambda: self._silence(name, self.start + ends * vector["minute"] - time.monotonic())
        if what.startswith("slack"):
            return lambda: (self._webhook.down.add if what == "slack down" else self._webhook.down.discard)(name)
        series, _, lasts = what.partition(" ")
        seconds = float(lasts[:-1]) * vector["minute"] if lasts else FOREVER
        return (lambda: None) if what == "unmute" else (lambda: self._post(name, series, seconds))

    def _silence(self, name: str, seconds: float) -> None:
        now = datetime.now(UTC)
        matcher = {"name": "vector", "value": name, "isRegex": False, "isEqual": True}
        ends = {"startsAt": now.isoformat(), "endsAt": (now + timedelta(seconds=seconds)).isoformat()}
        body = {"matchers": [matcher], **ends, "createdBy": "vectors", "comment": "night"}
        self._alertmanager.post("/api/v2/silences", json.dumps(body).encode())

    def _post(self, name: str, written: str, seconds: float) -> None:
        """A series that fires has its first start; one that ended has the time of its end twice, as from Grafana."""
        fires, (series, _, reason) = written[1] == "+", written.rstrip(")").partition("(")
        key = f"{name} {written[0]}"
        now = datetime.now(UTC)
        if self._since.get(key, (not fires, now))[0] is not fires:
            self._since[key] = (fires, now)
        started = self._since[key][1]
        ends = now + timedelta(seconds=seconds) if fires else started
        alert = {
            "labels": {"vector": name, "series": series[0], "tier": "1"},
            "annotations": {"grafana_state_reason": reason} if reason else {},
            "startsAt": started.isoformat(),
            "endsAt": ends.isoformat(),
        }
        self._alertmanager.post("/api/v2/alerts", json.dumps([alert]).encode())


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[tuple[float, str]]]]:
    """For each vector the minutes and texts of its messages, in order; those of a child begin with its name."""
    folder = tmp_path_factory.mktemp("alertmanager")
    with ExitStack() as stack:
        fast, slow = WebhookDouble(), WebhookDouble(SLOW_SECONDS)
        stack.callback(fast.stop)
        stack.callback(slow.stop)
        (folder / "alertmanager.yml").write_text(yaml.safe_dump(configuration(fast, slow), width=1000), "utf-8")
        command = [str(binaries.find("alertmanager")), "--config.file=alertmanager.yml", "--storage.path=data"]
        # The log of notifications is swept as often; on Grafana's scale that is every hour and a half.
        command += [
            "--data.maintenance-interval=600ms",
            "--web.listen-address=127.0.0.1:0",
            "--cluster.listen-address=",
        ]
        timeline = VectorRun(processes.run("alertmanager", command, folder, stack), fast)
        timeline.run()
        wanted = sum(len(vector["messages"]) for vector in VECTORS.values())
        deadline = time.monotonic() + GRACE_SECONDS
        while len(fast.posted) + len(slow.posted) < wanted and time.monotonic() < deadline:
            time.sleep(0.05)
        posted = sorted([*fast.posted, *slow.posted], key=lambda one: one.at)
        yield {name: [_placed(one, name, timeline.start) for one in posted if _vector(one) == name] for name in VECTORS}


def _vector(message: PostedMessage) -> str:
    return message.receiver.partition(" ")[0]


def _placed(message: PostedMessage, name: str, start: float) -> tuple[float, str]:
    child = message.receiver.partition(" ")[2]
    seconds = message.at - start + EARLY_SECONDS
    return seconds / VECTORS[name]["minute"], f"{child} {message.text}".strip()


def _expected(written: str) -> tuple[float, str]:
    *child, at, rest = written.split(" ", 2) if written[0].isalpha() else written.split(" ", 1)
    return float(at), " ".join([*child, rest])


@pytest.mark.live_run
@pytest.mark.parametrize("name", VECTORS)
def test_a_notification_vector_holds(messages: dict[str, list[tuple[float, str]]], name: str) -> None:
    wanted = [_expected(one) for one in VECTORS[name]["messages"]]
    got = [(at, text) for at, text in messages[name] if at <= VECTORS[name].get("until", FOREVER)]

    assert sorted(text for _, text in got) == sorted(text for _, text in wanted), got
    assert all(at >= earliest for (at, _), (earliest, _) in zip(got, wanted, strict=True)), got
