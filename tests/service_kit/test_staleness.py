"""The rehearsal on the service kit's API in Node: what its own `/metrics` tells the declared rules.

The incidents are those of the corpus, with a request a second: each is counted one by one.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from resilience.cli import main
from resilience.core.durations import HOUR
from resilience.docgen import scenarios as corpus
from resilience.rehearsal import Exported, Result, Scenario, load_scenarios, node
from resilience.rehearsal.faults import Fault, Traffic
from resilience.rehearsal.sample import Sample
from resilience.rehearsal.targets import Epoch, SimulatorFactory
from resilience.rehearsal.variants import Variants
from resilience.rehearsal.virtual import evaluate
from resilience.tools.errors import RehearsalError

pytestmark = pytest.mark.usefixtures("reference")
SCENARIOS_BY_ID = {scenario.id: scenario for scenario in load_scenarios()}
PER_MINUTE = 60.0
ON_TIME = (24 * HOUR, 24.5 * HOUR)


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Variants:
    """What the real program declares."""
    return Variants(tmp_path_factory.mktemp("exported"))


class Recorded(node.NodeSimulator):
    """Asks Node once for each moment, however many rules judge it: a day takes 8 s."""

    def __init__(self, environment: str, faults: tuple[Fault, ...], programs: node.NodePrograms) -> None:
        super().__init__(environment, faults, programs)
        self._seen: dict[float, list[Sample]] = {}

    def samples(self, at: float, epoch: Epoch) -> Iterator[Sample]:
        """Yield what was seen then."""
        if at not in self._seen:
            self._seen[at] = list(super().samples(at, epoch))
        return iter(self._seen[at])


@pytest.fixture(scope="module")
def simulator_of() -> Iterator[SimulatorFactory]:
    """The API in Node, recorded."""
    with node.NodePrograms() as programs:
        yield cache(lambda environment, faults: Recorded(environment, faults, programs))


def evaluated(exported: Exported, scenario: Scenario, simulator_of: SimulatorFactory) -> Result:
    """The incident on the API in Node."""
    traffic = Traffic(kind="traffic", environment="production", per_minute=PER_MINUTE)
    return evaluate(exported, scenario.model_copy(update={"faults": (*scenario.faults, traffic)}), simulator_of)


def test_a_connector_that_stops_on_the_kit_is_reported_as_promised(
    ours: Variants, simulator_of: SimulatorFactory
) -> None:
    scenario = SCENARIOS_BY_ID["connector-grows"]

    assert evaluated(ours(scenario), scenario, simulator_of).explanation == ""


def test_the_seed_plan_s_rule_fires_on_the_kit_as_well(ours: Variants, simulator_of: SimulatorFactory) -> None:
    scenario = SCENARIOS_BY_ID["connector-grows"]

    (after,) = evaluated(corpus.seed_plan(ours(scenario)), scenario, simulator_of).detected.values()

    assert ON_TIME[0] < after < ON_TIME[1]


def test_on_the_seed_plan_s_wiring_its_own_rule_never_fires(ours: Variants, simulator_of: SimulatorFactory) -> None:
    scenario = SCENARIOS_BY_ID["connector-frozen"]

    result = evaluated(corpus.seed_plan(ours(scenario)), scenario, simulator_of)

    assert result.detected == {}
    assert "should" in result.explanation


def test_on_the_seed_plan_s_wiring_our_rules_fire(ours: Variants, simulator_of: SimulatorFactory) -> None:
    scenario = SCENARIOS_BY_ID["connector-frozen"]

    assert evaluated(ours(scenario), scenario, simulator_of).explanation == ""


def test_a_deploy_begins_a_new_process_whose_counters_begin_at_zero() -> None:
    deploy = SCENARIOS_BY_ID["api-deploy-restart"]
    (down,) = (fault for fault in deploy.faults if fault.kind == "api")
    with node.NodePrograms() as programs:
        simulator = programs.simulator("production", deploy.faults)
        looks = [
            {(one.name, dict(one.labels).get("status_code")): one.value for one in simulator.samples(at, lambda at: at)}
            for at in (down.since - 1, down.until)
        ]

    assert [look[("sv0_http_requests_total", "500")] for look in looks[:1]] == [12]
    assert ("sv0_http_requests_total", "500") not in looks[1]
    assert looks[1][("process_start_time_seconds", None)] == down.until


def test_the_command_runs_on_it() -> None:
    result = CliRunner().invoke(main, ["rehearse", "queue-stuck", "--service", "node"])

    assert result.exit_code == 0, result.output
    assert "1 of 1 good" in result.output


def test_without_the_built_kit_the_command_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(node, "PROGRAM", tmp_path / "missing.js")

    with pytest.raises(RehearsalError, match="run `make test-kit` first"):
        node.NodeProgram("kit")
