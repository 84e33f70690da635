"""The metrics server exposes the simulated samples, and accepts no connections while the API is down."""

import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from resilience.rehearsal.live.clock import VirtualClock
from resilience.rehearsal.simulator.api_simulator import ApiSimulator
from resilience.rehearsal.simulator.targets import ApiTarget
from tests.rehearsal.metrics_server import MetricsServer


@pytest.fixture
def target() -> ApiTarget:
    return ApiTarget(ApiSimulator("production", ()), ())


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(60)


@pytest.fixture
def service(target: ApiTarget, clock: VirtualClock) -> Iterator[MetricsServer]:
    running = MetricsServer(target, clock)
    running.up()
    yield running
    running.stop()


def get(service: MetricsServer, path: str) -> str:
    with urllib.request.urlopen(f"http://{service.address}{path}", timeout=5) as response:
        body: bytes = response.read()
    return body.decode()


def test_metrics_are_exactly_the_simulated_samples(
    service: MetricsServer, target: ApiTarget, clock: VirtualClock
) -> None:
    exposed = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(get(service, "/metrics"))
        for sample in family.samples
    }

    assert exposed == {(s.name, s.labels): s.value for s in target.samples(0.0, clock.epoch)}


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_health_is_reported(service: MetricsServer, path: str) -> None:
    assert get(service, path) == '{"status":"ok"}'


def test_nothing_connects_while_it_is_down_and_up_has_the_same_port(service: MetricsServer) -> None:
    for _ in range(3):
        service.set_state(up=False)
        with pytest.raises(urllib.error.URLError, match="Connection refused"):
            get(service, "/ready")
        service.set_state(up=True)
        assert get(service, "/ready")


def test_two_services_never_share_a_port(service: MetricsServer, target: ApiTarget, clock: VirtualClock) -> None:
    service.down()
    others = [MetricsServer(target, clock) for _ in range(50)]
    ports = {other.port for other in others}
    for other in others:
        other.stop()

    assert len(ports | {service.port}) == 51
