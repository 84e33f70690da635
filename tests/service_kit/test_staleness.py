"""The declared rules on the service kit's API in Node, with its real `/metrics`.

The scenarios are the usual ones, but with one request a second, because the kit counts each request.
"""

from collections.abc import Iterable
from pathlib import Path

import pytest
from click.testing import CliRunner

from resilience.cli import main, rehearsing
from resilience.core.durations import HOUR, MINUTE
from resilience.docgen import scenarios as scenarios_page
from resilience.rehearsal import Exported, Result
from resilience.rehearsal.scenario.faults import Fault, Traffic
from resilience.rehearsal.simulator import node
from resilience.rehearsal.simulator.api_simulator import SYNC_AGE, ApiSimulator
from resilience.rehearsal.simulator.sample import Sample
from resilience.tools.errors import RehearsalError
from tests import scenarios

pytestmark = pytest.mark.usefixtures("reference")
TRAFFIC = Traffic(kind="traffic", environment="production", per_minute=60)
STALE_SINCE, LENGTH = -23 * HOUR, 2 * HOUR
ON_TIME = (HOUR, 1.5 * HOUR)
"""A day after the last sync."""


NodeResults = dict[str, tuple[Result, Result]]


@pytest.fixture(scope="module", name="results")
def _results(declared: Exported) -> NodeResults:
    """The results of our rules and of the seed plan's on the API in Node, by scenario.

    Most of the day without a sync has passed when it begins: a whole one takes Node 8 s.
    """
    hangs, grows = (scenarios.BY_ID[name] for name in ("hang-one-route", "connector-grows"))
    (stopped,), (wanted,) = grows.faults, grows.expect
    shorter = grows.model_copy(
        update={
            "faults": (stopped.model_copy(update={"last_sync": STALE_SINCE}), TRAFFIC),
            "expect": (wanted.model_copy(update={"firing": ON_TIME}),),
            "length": LENGTH,
        }
    )
    # The first one begins in 1970, and the kit knows no sync before.
    both = (hangs.model_copy(update={"faults": (*hangs.faults, TRAFFIC)}), shorter)
    with node.NodePrograms() as programs:

        def simulator(environment: str, faults: tuple[Fault, ...]) -> ApiSimulator:
            return (programs.simulator if environment == "production" else ApiSimulator)(environment, faults)

        found = scenarios_page.evaluated(lambda _: declared, both, simulator)
    return {ours.scenario.id: (ours, theirs) for ours, theirs in zip(*found, strict=True)}


def test_a_connector_that_stops_on_the_kit_is_reported_in_time(results: NodeResults) -> None:
    assert results["connector-grows"][0].explanation == ""


def test_a_route_that_hangs_on_the_kit_is_reported_in_time(results: NodeResults) -> None:
    assert results["hang-one-route"][0].explanation == ""


def test_the_seed_plans_rule_fires_on_the_kit_as_well(results: NodeResults) -> None:
    (after,) = results["connector-grows"][1].detected.values()

    assert ON_TIME[0] < after < ON_TIME[1]


@pytest.mark.parametrize("name", ["connector-grows", "connector-frozen"])
def test_the_age_in_node_is_the_simulators_all_day(name: str) -> None:
    """So in both wirings the rules say of it what they say in virtual time."""
    faults = (*scenarios.BY_ID[name].faults, TRAFFIC)
    with node.NodePrograms() as programs:
        simulators = (programs.simulator("production", faults), ApiSimulator("production", faults))
        found, wanted = (
            [age(simulator.samples(hour * HOUR + MINUTE, lambda at: at)) for hour in range(26)]
            for simulator in simulators
        )

    stands_still = name == "connector-frozen"
    assert (len(set(found)) == 1, max(found) < 1) == (stands_still, stands_still)
    assert found == pytest.approx(wanted, abs=0.2)


def age(samples: Iterable[Sample]) -> float:
    """Minutes since the last sync of the connector that stops."""
    (found,) = (one.value for one in samples if one.name == SYNC_AGE and ("connector_id", "okta") in one.labels)
    return found


def test_a_deploy_starts_a_new_process_whose_counters_start_at_zero() -> None:
    deploy = scenarios.BY_ID["api-deploy-restart"]
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


def test_the_command_runs_on_the_kit(monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = scenarios.BY_ID["queue-stuck"]
    quiet = stuck.model_copy(update={"faults": (*stuck.faults, TRAFFIC)})
    monkeypatch.setattr(rehearsing, "load_scenarios", lambda: (quiet,))

    result = CliRunner().invoke(main, ["rehearse", "queue-stuck", "--service", "node"])

    assert result.exit_code == 0, result.output
    assert "1 of 1 good" in result.output


def test_without_the_built_kit_the_command_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(node, "PROGRAM", tmp_path / "missing.js")

    with pytest.raises(RehearsalError, match="run `make test-kit` first"):
        node.NodeProgram("kit")
