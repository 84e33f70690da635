"""Maintenance windows on the real Alertmanager: both sides of their ends, and which alerts fall silent."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pulumiverse_grafana as grafana
import pytest
import yaml

from components.maintenance import Maintenance
from resilience.export.alertmanager import _timing
from resilience.export.unsupported import Unsupported
from resilience.manifest import Manifest, types
from resilience.model.dated.maintenance import MaintenanceWindow
from resilience.tools import alertmanager
from tests.grafana.webhook import WebhookDouble

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
# Begin and end from this minute on, and whether a message of this minute is sent. Those of a day have two intervals.
WINDOWS = {
    "begins-now": (timedelta(), 5 * MINUTE, False),
    "begins-in-the-next-minute": (MINUTE, 6 * MINUTE, True),
    "ends-after-this-minute": (-5 * MINUTE, MINUTE, False),
    "ends-now": (-5 * MINUTE, timedelta(), True),
    "a-day-that-begins-now": (timedelta(), DAY, False),
    "a-day-from-the-next-minute-on": (MINUTE, DAY + MINUTE, True),
    "a-day-up-to-this-minute": (MINUTE - DAY, MINUTE, False),
    "a-day-that-ends-now": (-DAY, timedelta(), True),
}
DECIDED_SECONDS, DEADLINE_SECONDS = 0.5, 20.0


def this_minute() -> datetime:
    return datetime.now(UTC).replace(second=0, microsecond=0)


def windows(minute: datetime) -> list[MaintenanceWindow]:
    return [
        MaintenanceWindow.model_validate(
            {
                "name": name[:30],
                "begins": minute + begins,
                "ends": minute + ends,
                "environments": ["production"],
                "alerts": "all",
                "reason": "A test",
            }
        )
        for name, (begins, ends, _) in WINDOWS.items()
    ]


@pytest.fixture(name="webhook")
def _webhook() -> Iterator[WebhookDouble]:
    double = WebhookDouble()
    yield double
    double.stop()


@pytest.fixture(name="timings")
def _timings(declare_program: Callable[..., Manifest]) -> Callable[[datetime], list[dict[str, Any]]]:
    """The declared timings, exported."""

    def of(minute: datetime) -> list[dict[str, Any]]:
        def program() -> None:
            Maintenance("maintenance", windows(minute), grafana.Provider("given-inside", auth="canary"))

        unsupported = Unsupported()
        found = [_timing(one, unsupported) for one in declare_program(program).of_type(types.MUTE_TIMING)]
        unsupported.raise_any()
        return found

    return of


def sent(timings: list[dict[str, Any]], folder: Path, webhook: WebhookDouble) -> set[str]:
    """The timings whose route sends a message now: each has a route that it mutes."""
    names = [one["name"] for one in timings]
    slack = {name: [{"api_url": webhook.url(name), "title": name, "text": name}] for name in names}
    config = {
        "route": {
            "receiver": names[0],
            "group_wait": "1ms",
            "routes": [
                {"receiver": name, "matchers": [f'window="{name}"'], "mute_time_intervals": [name]} for name in names
            ],
        },
        "receivers": [{"name": name, "slack_configs": one} for name, one in slack.items()],
        "time_intervals": timings,
    }
    folder.mkdir()
    (folder / "alertmanager.yml").write_text(yaml.safe_dump(config), "utf-8")
    webhook.posted.clear()
    with ExitStack() as stack:
        program = alertmanager.started(folder, stack)
        program.post("/api/v2/alerts", json.dumps([{"labels": {"window": name}} for name in names]).encode())
        expected, deadline = sum(one[2] for one in WINDOWS.values()), time.monotonic() + DEADLINE_SECONDS
        while len(webhook.posted) < expected and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(DECIDED_SECONDS)
    return {one.receiver for one in webhook.posted}


def test_a_window_holds_from_the_minute_of_its_begin_on_and_before_that_of_its_end(
    timings: Callable[[datetime], list[dict[str, Any]]], tmp_path: Path, webhook: WebhookDouble
) -> None:
    for attempt in range(3):
        minute = this_minute()
        found = sent(timings(minute), tmp_path / str(attempt), webhook)
        if this_minute() == minute:
            break
    else:
        pytest.fail("no minute was long enough")

    assert found == {f"maintenance-{name[:30]}" for name, (_, _, loud) in WINDOWS.items() if loud}
