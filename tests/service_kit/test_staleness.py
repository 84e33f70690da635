"""The declared rules on the service kit's API in Node, with its real `/metrics`.

The scenarios are the usual ones, but with one request a second, because the kit counts each request.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from resilience.cli import main
from resilience.core.durations import HOUR
from resilience.docgen import scenarios as scenarios_page
from resilience.rehearsal import Exported, Result, Scenario, load_scenarios
from resilience.rehearsal.scenario.faults import Fault, Traffic
from resilience.rehearsal.simulator import node
from resilience.rehearsal.simulator.sample import Sample
from resilience.rehearsal.simulator.targets import Epoch, SimulatorFactory
from resilience.rehearsal.variants import Variants
from resilience.rehearsal.virtual.virtual import evaluate
from resilience.tools.errors import RehearsalError

pytestmark = pytest.mark.usefixtures("reference")
SCENARIOS_BY_ID = {scenario.id: scenario for scenario in load_scenarios()}
PER_MINUTE = 60.0
ON_TIME = (24 * HOUR, 24.5 * HOUR)


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Variants:
    """The exports of the real program."""
    return Variants(tmp_path_factory.mktemp("exported"))


class CachedNodeSimulator(node.NodeSimulator):
    """Queries Node once for each moment, however many rules are evaluated: a day takes 8 s."""

    def __init__(self, environment: str, faults: tuple[Fault, ...], programs: node.NodePrograms) -> None:
        super().__init__(environment, faults, programs)
        self._samples_at: dict[float, list[Sample]] = {}

    def samples(self, at: float, epoch: Epoch) -> Iterator[Sample]:
        """Yield the samples of that moment."""
        if at not in self._samples_at:
            self._samples_at[at] = list(super().samples(at, epoch))
        return iter(self._samples_at[at])


@pytest.fixture(scope="module")
def simulator_of() -> Iterator[SimulatorFactory]:
    """The simulator of the API in Node, cached."""
    with node.NodePrograms() as programs:
        yield cache(lambda environment, faults: CachedNodeSimulator(environment, faults, programs))


def evaluated(exported: Exported, scenario: Scenario, simulator_of: SimulatorFactory) -> Result:
    """The result of the scenario on the API in Node."""
    traffic = Traffic(kind="traffic", environment="production", per_minute=PER_MINUTE)
    return evaluate(exported, scenario.model_copy(update={"faults": (*scenario.faults, traffic)}), simulator_of)


def test_a_connector_that_stops_on_the_kit_is_reported_in_time(ours: Variants, simulator_of: SimulatorFactory) -> None:
    scenario = SCENARIOS_BY_ID["connector-grows"]

    assert evaluated(ours(scenario), scenario, simulator_of).explanation == ""


def test_the_seed_plans_rule_fires_on_the_kit_as_well(ours: Variants, simulator_of: SimulatorFactory) -> None:
    scenario = SCENARIOS_BY_ID["connector-grows"]

    (after,) = evaluated(scenarios_page.seed_plan(ours(scenario)), scenario, simulator_of).detected.values()

    assert ON_TIME[0] < after < ON_TIME[1]


def test_on_the_seed_plans_wiring_its_own_rule_never_fires(ours: Variants, simulator_of: SimulatorFactory) -> None:
    scenario = SCENARIOS_BY_ID["connector-frozen"]

    result = evaluated(scenarios_page.seed_plan(ours(scenario)), scenario, simulator_of)

    assert result.detected == {}
    assert "should" in result.explanation


def test_on_the_seed_plans_wiring_our_rules_fire(ours: Variants, simulator_of: SimulatorFactory) -> None:
    scenario = SCENARIOS_BY_ID["connector-frozen"]

    assert evaluated(ours(scenario), scenario, simulator_of).explanation == ""


def test_a_deploy_starts_a_new_process_whose_counters_start_at_zero() -> None:
    deploy = SCENARIOS_BY_ID["api-deploy-restart"]
    (down,) = (fault for fault in deploy.faults if fault.kind == "api")
    with node.NodePrograms() as programs:
        simulator = programs.simulator("production", deploy.faults)
        scrapes = [
            {(one.name, dict(one.labels).get("status_code")): one.value for one in simulator.samples(at, lambda at: at)}
            for at in (down.since - 1, down.until)
        ]

    assert [scrape[("sv0_http_requests_total", "500")] for scrape in scrapes[:1]] == [12]
    assert ("sv0_http_requests_total", "500") not in scrapes[1]
    assert scrapes[1][("process_start_time_seconds", None)] == down.until


def test_the_command_runs_on_the_kit() -> None:
    result = CliRunner().invoke(main, ["rehearse", "queue-stuck", "--service", "node"])

    assert result.exit_code == 0, result.output
    assert "1 of 1 good" in result.output


def test_without_the_built_kit_the_command_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(node, "PROGRAM", tmp_path / "missing.js")

    with pytest.raises(RehearsalError, match="run `make test-kit` first"):
        node.NodeProgram("kit")
