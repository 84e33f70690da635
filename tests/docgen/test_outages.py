"""docs/when-x-is-down.md: each row is held by a scenario or a test that exists, and nothing is left out."""

import ast
import re

import pytest

from resilience.core.durations import in_words
from resilience.docgen import outages
from resilience.docgen.outages import ProofByScenario, ProofByTests, load_outages
from resilience.model.catalogue import ROOT
from resilience.rehearsal import load_scenarios
from tests.workflows.test_overdue import LIMITS
from tests.workflows.test_sign_of_life import checks

ALL = load_outages()
DEPENDENCIES = (
    "Grafana Cloud",
    "Slack",
    "GitHub Actions",
    "Cloudflare",
    "The Mac mini",
    "The collector",
    "Pulumi's backend",
)
TESTS = [test for one in ALL if isinstance(one.proof, ProofByTests) for test in one.proof.tests]


@pytest.mark.parametrize("name", DEPENDENCIES)
def test_the_page_has_a_row_for_everything_that_is_not_ours(name: str) -> None:
    assert [one.down for one in ALL if re.match(rf"{name}\b", one.down)]


@pytest.mark.parametrize("test", TESTS)
def test_each_test_that_the_page_names_exists(test: str) -> None:
    file, _, name = test.partition("::")
    tree = ast.parse((ROOT / file).read_text("utf-8"))

    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_a_time_that_is_written_is_that_of_the_workflow() -> None:
    latest = {job: in_words((period + grace).total_seconds()) for job, _, period, grace in checks()}
    drift = next(period for job, _, period, _ in checks() if job == "drift")
    written = [one.proof.within for one in ALL if isinstance(one.proof, ProofByTests)]

    assert written == [
        latest["probe"],
        f"{in_words(LIMITS['drift'].total_seconds())} for drift",
        f"{in_words(drift.total_seconds())}, and GitHub's delay",
    ]


def test_times_come_from_the_scenario(monkeypatch: pytest.MonkeyPatch) -> None:
    proof = ProofByScenario(scenario="collector-stopped", alert="telemetry-missing")
    row = ALL[0].model_copy(update={"proof": proof})
    (scenario,) = (one for one in load_scenarios() if one.id == proof.scenario)
    slower = scenario.expect[0].model_copy(update={"firing": (11 * 60, 32 * 60)})
    monkeypatch.setattr(outages, "load_outages", lambda: (row,))
    monkeypatch.setattr(outages, "load_scenarios", lambda: (scenario.model_copy(update={"expect": (slower,)}),))

    assert f"| {in_words(30 * 60)} |" in outages.table()
