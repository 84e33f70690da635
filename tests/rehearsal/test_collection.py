"""From /metrics to a store of samples on real programs: an outage of the receiver loses no sample."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from resilience.core.durations import MINUTE
from resilience.core.yaml_files import read_yaml
from resilience.model.catalogue import ROOT
from resilience.model.telemetry import Source, Telemetry
from resilience.rehearsal.live.clock import VirtualClock
from resilience.rehearsal.scenario.faults import Queue
from resilience.rehearsal.simulator.api_simulator import ApiSimulator
from resilience.rehearsal.simulator.targets import ApiTarget
from tests.rehearsal.collection import Receiver, await_true, start_agent
from tests.rehearsal.metrics_server import MetricsServer

SPEED = 60
OUTAGE = 4
"""Virtual minutes; real seconds at this speed."""
UNKNOWN_METRIC = b"# TYPE nodejs_heap_size_used_bytes gauge\nnodejs_heap_size_used_bytes 1\n"


class CountingServer(MetricsServer):
    """Counts the scrapes that it answered, and also exposes a metric that is not in the contract."""

    scrapes = 0

    def answer(self, path: str) -> tuple[int, bytes]:
        """Answer, and count."""
        status, body = super().answer(path)
        self.scrapes += path == "/metrics"
        return status, body + UNKNOWN_METRIC


@pytest.fixture
def programs() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def stored(receiver: Receiver, series: str = "sv0_queue_depth") -> list[tuple[float, float]]:
    """Time and value of each sample of a series in the receiver."""
    found = receiver.program.query(f'{series}{{job="sv0-api"}}[10m]')
    return [(float(at), float(value)) for one in found for at, value in one["values"]]


def accounted(receiver: Receiver, until: float) -> int:
    """The scrapes in the receiver: their samples, or `up` 0 if one failed on a busy machine."""
    return len(stored(receiver)) + sum(value == 0 for at, value in stored(receiver, "up") if at < until)


@pytest.mark.live_run
def test_nothing_is_lost_while_the_receiver_is_away(tmp_path: Path, programs: ExitStack) -> None:
    stuck = Queue.model_validate({"kind": "queue", "environment": "production", "depth": 50, "from": "0s"})
    clock = VirtualClock(SPEED)
    service = CountingServer(ApiTarget(ApiSimulator("production", (stuck,)), (stuck,)), clock)
    programs.callback(service.stop)
    service.up()
    receiver = Receiver("production", tmp_path, SPEED, programs)
    agent = start_agent(service.address, receiver)
    clock.start()
    await_true(lambda: len(stored(receiver)) > 2, "three samples", 30, agent, receiver.program)

    receiver.stop()
    gone_at, answered = clock.now(), service.scrapes
    await_true(lambda: clock.now() > gone_at + OUTAGE * MINUTE, "the outage is over", 30, agent)
    assert service.scrapes >= answered + OUTAGE - 1, "the agent went on scraping"
    receiver.start()
    lost = f"a sample of the outage at {gone_at:g}"
    await_true(lambda: len(stored(receiver)) > OUTAGE, lost, 20, agent, receiver.program)

    names = {one["metric"]["__name__"] for one in receiver.program.query('{environment="production",job="sv0-api"}')}
    unlabelled = receiver.program.query('{__name__=~".+",environment!="production"}')
    # Once the service is down no sample is added: every scrape that it answered must be there.
    service.down()
    until = time.time()
    await_true(lambda: accounted(receiver, until) >= service.scrapes, f"{service.scrapes} samples", 20, agent)

    assert {value for _, value in stored(receiver)} == {50.0}
    assert (names, unlabelled) == (contract_series(), [])


def contract_series() -> set[str]:
    """The series of the API and of the scrape itself in the contract."""
    contract = Telemetry.model_validate(read_yaml(ROOT / "catalogue/telemetry.yaml", "catalogue/telemetry.yaml"))
    ours = {name: one for name, one in contract.metrics.items() if one.source in (Source.API, Source.SCRAPE)}
    return {series for name, metric in ours.items() for series in metric.exposes(name)}
