"""The reference service exposes the world, and refuses connections while the API is down."""

import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from resilience.rehearsal.api_simulator import ApiSimulator
from resilience.rehearsal.clock import LEAD_IN, VirtualClock
from resilience.rehearsal.metrics_server import MetricsServer
from resilience.rehearsal.targets import ApiTarget


@pytest.fixture
def simulator() -> ApiTarget:
    return ApiTarget(ApiSimulator("production", ()), ())


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(60)


@pytest.fixture
def service(simulator: ApiTarget, clock: VirtualClock) -> Iterator[MetricsServer]:
    running = MetricsServer(simulator, clock)
    running.up()
    yield running
    running.stop()


def get(service: MetricsServer, path: str) -> str:
    with urllib.request.urlopen(f"http://{service.address}{path}", timeout=5) as response:
        body: bytes = response.read()
    return body.decode()


def test_metrics_are_exactly_the_worlds_samples(
    service: MetricsServer, simulator: ApiTarget, clock: VirtualClock
) -> None:
    exposed = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(get(service, "/metrics"))
        for sample in family.samples
    }

    assert exposed == {(s.name, s.labels): s.value for s in simulator.samples(-LEAD_IN, clock.epoch)}


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_health_is_reported(service: MetricsServer, path: str) -> None:
    assert get(service, path) == '{"status":"ok"}'


def test_down_is_connection_rejected_and_up_has_the_same_port(service: MetricsServer) -> None:
    for _ in range(3):
        service.follow(answers=False)
        with pytest.raises(urllib.error.URLError, match="Connection refused"):
            get(service, "/ready")
        service.follow(answers=True)
        assert get(service, "/ready")


def test_two_services_never_share_a_port(service: MetricsServer, simulator: ApiTarget, clock: VirtualClock) -> None:
    service.down()
    others = [MetricsServer(simulator, clock) for _ in range(50)]
    ports = {other.port for other in others}
    for other in others:
        other.stop()

    assert len(ports | {service.port}) == 51
