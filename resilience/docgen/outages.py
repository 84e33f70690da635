"""The table of docs/when-x-is-down.md: who notices what is down beside the platform, and within what time."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field

from resilience.budget.workflows import read_workflows
from resilience.core.conventions import Frozen
from resilience.core.durations import DAY, in_words
from resilience.core.problems import validated
from resilience.core.text import markdown
from resilience.core.yaml_files import read_yaml
from resilience.model.catalogue import ROOT
from resilience.rehearsal import Scenario, load_scenarios
from resilience.rehearsal.scenario.scenario import SCENARIOS

_FILE = Path(__file__).with_name("outages.yaml")
_HEAD = ("down", "who notices", "within", "how you would know", "what still works", "held by")
_MONTH = 31 * DAY  # as the runs of a workflow are counted


class ScenarioProof(Frozen):
    """A scenario, and the alert of it that notices; without an alert, its dead man's switch."""

    scenario: str
    alert: str | None = None


class WorkflowProof(Frozen):
    """A workflow that notices at its next run, and the tests that show it, by their pytest ids."""

    tests: tuple[str, ...] = Field(min_length=1)
    workflow: str
    within: str | None = None
    """Where its next run is not what counts."""


class Outage(Frozen):
    """Something that is down, and how its absence shows."""

    down: str
    sign: str
    meanwhile: str
    proof: ScenarioProof | WorkflowProof


class OutageFile(Frozen):
    """What can be down beside the platform's own code."""

    version: Literal[1]
    outages: tuple[Outage, ...]


def load_outages() -> tuple[Outage, ...]:
    """Read them.

    Raises:
        BadInputError: everything that is wrong in the file.
    """
    return validated(OutageFile, read_yaml(_FILE, _FILE.name), _FILE.name).outages


def table() -> str:
    """One row for each outage.

    Raises:
        BadInputError: the file is wrong.
    """
    scenarios = {one.id: one for one in load_scenarios()}
    return markdown(_HEAD, [_row(one, scenarios) for one in load_outages()])


def _row(outage: Outage, scenarios: Mapping[str, Scenario]) -> tuple[str, ...]:
    proof = outage.proof
    by = _by_workflow(proof) if isinstance(proof, WorkflowProof) else _by_alert(proof, scenarios)
    who, within, held = by
    return (outage.down, who, within, outage.sign, outage.meanwhile, held)


def _by_alert(proof: ScenarioProof, scenarios: Mapping[str, Scenario]) -> tuple[str, ...]:
    scenario = scenarios[proof.scenario]
    who, latest = _noticed(proof.alert, scenario)
    return who, in_words(latest - scenario.begins), f"[{scenario.id}](../{SCENARIOS}/{scenario.id}.yaml)"


def _noticed(alert: str | None, scenario: Scenario) -> tuple[str, float]:
    """Who notices, and the virtual second by which it has."""
    if alert is None and scenario.watchdog_speaks:
        return "the address outside", scenario.watchdog_speaks[1]
    wanted = next(one for one in scenario.expect if one.alert_id == alert)
    return f"`{wanted.alert_id}` in `#sv0-{wanted.channel}`", wanted.arrival[1]


def _by_workflow(proof: WorkflowProof) -> tuple[str, ...]:
    (workflow,) = (one for one in read_workflows(ROOT) if one.name == proof.workflow)
    after = proof.within or f"{in_words(_MONTH / workflow.scheduled)}, and GitHub's delay"
    files = dict.fromkeys(test.partition("::")[0] for test in proof.tests)
    return f"`{workflow.name}`, its next run", after, ", ".join(map(_link, files))


def _link(file: str) -> str:
    return f"[{Path(file).stem}](../{file})"
