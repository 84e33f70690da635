"""The declared rules on the service kit's API in Node, with its real `/metrics`.

The scenarios are the usual ones, but with one request a second, because the kit counts each request.
"""

from pathlib import Path

import pytest
from click.testing import CliRunner

from resilience.cli import main
from resilience.core.durations import HOUR
from resilience.docgen import scenarios as scenarios_page
from resilience.rehearsal import Result, load_scenarios
from resilience.rehearsal.scenario.faults import Traffic
from resilience.rehearsal.simulator import node
from resilience.rehearsal.variants import Variants
from resilience.tools.errors import RehearsalError

pytestmark = pytest.mark.usefixtures("reference")
SCENARIOS_BY_ID = {scenario.id: scenario for scenario in load_scenarios()}
PER_MINUTE = 60.0
ON_TIME = (24 * HOUR, 24.5 * HOUR)


NodeResults = dict[str, tuple[Result, Result]]


@pytest.fixture(scope="module", name="results")
def _results(tmp_path_factory: pytest.TempPathFactory) -> NodeResults:
    """The results of our rules and of the seed plan's on the API in Node, by scenario; a day there takes 8 s."""
    exports = Variants(tmp_path_factory.mktemp("exported"))
    traffic = Traffic(kind="traffic", environment="production", per_minute=PER_MINUTE)
    scenarios = tuple(
        one.model_copy(update={"faults": (*one.faults, traffic)})
        for one in map(SCENARIOS_BY_ID.__getitem__, ("connector-grows", "connector-frozen", "hang-one-route"))
    )
    with node.NodePrograms() as programs:
        both = scenarios_page.evaluated(exports, scenarios, programs.simulator)
    return {ours.scenario.id: (ours, theirs) for ours, theirs in zip(*both, strict=True)}


def test_a_connector_that_stops_on_the_kit_is_reported_in_time(results: NodeResults) -> None:
    ours, _ = results["connector-grows"]

    assert ours.explanation == ""


def test_a_route_that_hangs_on_the_kit_is_reported_in_time(results: NodeResults) -> None:
    ours, _ = results["hang-one-route"]

    assert ours.explanation == ""


def test_the_seed_plans_rule_fires_on_the_kit_as_well(results: NodeResults) -> None:
    _, theirs = results["connector-grows"]
    (after,) = theirs.detected.values()

    assert ON_TIME[0] < after < ON_TIME[1]


def test_on_the_seed_plans_wiring_its_own_rule_never_fires(results: NodeResults) -> None:
    _, theirs = results["connector-frozen"]

    assert theirs.detected == {}
    assert "should" in theirs.explanation


def test_on_the_seed_plans_wiring_our_rules_fire(results: NodeResults) -> None:
    ours, _ = results["connector-frozen"]

    assert ours.explanation == ""


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
