"""The checks from outside on real programs: the declared checks on the blackbox exporter, and the Actions probe."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from probe.probing import probe_all
from resilience.manifest import Manifest, Resource, types
from resilience.rehearsal.live.clock import VirtualClock
from resilience.rehearsal.simulator.api_simulator import ApiSimulator
from resilience.rehearsal.simulator.targets import ApiTarget
from resilience.tools.errors import RehearsalError
from tests.probe.plan import PLAN
from tests.rehearsal.blackbox import Blackbox
from tests.rehearsal.edge import CLIENT_ID, CLIENT_SECRET, Edge, Trouble
from tests.rehearsal.metrics_server import MetricsServer

SECRETS = {"CF-Access-Client-Id": CLIENT_ID, "CF-Access-Client-Secret": CLIENT_SECRET}
JOBS = ["sv0-dev-ready", "sv0-production-data", "sv0-production-ready"]


@pytest.fixture(name="service")
def _service() -> Iterator[MetricsServer]:
    service = MetricsServer(ApiTarget(ApiSimulator("production", ()), ()), VirtualClock(speed=1.0))
    service.up()
    yield service
    service.stop()


@pytest.fixture(name="edge")
def _edge(service: MetricsServer) -> Iterator[Edge]:
    edge = Edge(service.port)
    yield edge
    edge.stop()


@pytest.fixture(name="exporter", scope="module")
def _exporter(production: Manifest, dev: Manifest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Blackbox]:
    with ExitStack() as stack:
        yield Blackbox([production, dev], tmp_path_factory.mktemp("blackbox"), stack)


def probed(edge: Edge) -> dict[str, str]:
    """Kinds that the Actions probe reports, by target; in brackets if another target explains them."""
    here = [replace(one, url=edge.url + one.url.partition(".example.com")[2]) for one in PLAN.targets]
    results = probe_all(replace(PLAN, targets=tuple(here), pauses=(0.0, 0.0)), SECRETS)
    assert results is not None
    return {one.target.name: f"({one.diagnosis.kind})" if one.explained else one.diagnosis.kind for one in results}


@pytest.mark.live_run
@pytest.mark.parametrize(
    ("trouble", "alive", "successes", "ready", "data"),
    [
        pytest.param(Trouble.NONE, True, JOBS, "healthy", "healthy", id="the platform is healthy"),
        pytest.param(Trouble.NONE, False, [], "origin-down", "(origin-down)", id="the API is down, the tunnel works"),
        pytest.param(Trouble.TUNNEL, True, [], "tunnel-down", "(tunnel-down)", id="the tunnel is down"),
        pytest.param(
            Trouble.ACCESS, True, [], "access-refused", "(access-refused)", id="the probe's token is rejected"
        ),
        pytest.param(
            Trouble.DEGRADED, True, JOBS[1:2], "degraded", "(healthy)", id="a part of the platform is missing"
        ),
        pytest.param(Trouble.EMPTY, True, [JOBS[0], JOBS[2]], "healthy", "data-empty", id="the database is empty"),
        pytest.param(Trouble.DATA, True, [JOBS[0], JOBS[2]], "healthy", "origin-down", id="the data cannot be read"),
    ],
)
def test_the_declared_checks_see_it_and_the_probe_classifies_it(  # noqa: PLR0913, PLR0917  # a table
    exporter: Blackbox,
    service: MetricsServer,
    edge: Edge,
    trouble: Trouble,
    alive: bool,  # a column
    successes: list[str],
    ready: str,
    data: str,
) -> None:
    service.set_state(up=alive)
    edge.trouble = trouble

    assert [job for job in exporter.jobs if exporter.success(job, edge.url)] == successes
    assert probed(edge) == {"production-ready": ready, "production-data": data, "dev-ready": ready}


def test_a_check_with_a_setting_that_is_not_translated_is_rejected(production: Manifest, tmp_path: Path) -> None:
    def spoilt(check: Resource) -> Resource:
        settings = {"http": check.inputs["settings"]["http"] | {"bearerToken": "x"}}
        return replace(check, inputs=check.inputs | {"settings": settings})

    checks = tuple(spoilt(check) for check in production.of_type(types.CHECK))

    with ExitStack() as stack, pytest.raises(RehearsalError) as rejected:
        Blackbox([replace(production, resources=checks)], tmp_path, stack)

    assert str(rejected.value) == "sv0-production-data: bearerToken of a check is not translated here"
