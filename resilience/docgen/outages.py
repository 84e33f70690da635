"""The table of docs/when-x-is-down.md: who notices what is down beside the platform, and within what time."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field

from resilience.core.conventions import Frozen, Tier
from resilience.core.durations import in_words
from resilience.core.problems import validated
from resilience.core.text import markdown
from resilience.core.yaml_files import read_yaml
from resilience.rehearsal import Scenario, load_scenarios
from resilience.rehearsal.scenario.scenario import SCENARIOS, slack_outages

_FILE = Path(__file__).with_name("outages.yaml")
_HEAD = ("down", "who notices", "within", "how you would know", "what still works", "held by")


class ProofByScenario(Frozen):
    """A scenario, and the alert of it that notices; without an alert, its dead man's switch."""

    scenario: str
    alert: str | None = None


class ProofByTests(Frozen):
    """Tests, by their pytest ids, where what notices is no alert."""

    tests: tuple[str, ...] = Field(min_length=1)
    who: str
    within: str


class Outage(Frozen):
    """Something that is down, and how its absence shows."""

    down: str
    sign: str
    meanwhile: str
    proof: ProofByScenario | ProofByTests


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
    who, within, held = _by_tests(proof) if isinstance(proof, ProofByTests) else _by_alert(proof, scenarios)
    return (outage.down, who, within, outage.sign, outage.meanwhile, held)


def _by_alert(proof: ProofByScenario, scenarios: Mapping[str, Scenario]) -> tuple[str, str, str]:
    scenario = scenarios[proof.scenario]
    who, latest = _noticed(proof.alert, scenario)
    return who, in_words(latest - scenario.begins), f"[{scenario.id}](../{SCENARIOS}/{scenario.id}.yaml)"


def _noticed(alert: str | None, scenario: Scenario) -> tuple[str, float]:
    """Who notices, and the virtual second by which it has."""
    if alert is None and scenario.watchdog_speaks:
        return "the address outside", scenario.watchdog_speaks[1]
    wanted = next(one for one in scenario.expect if one.alert_id == alert)
    if slack_outages(scenario) and wanted.tier == Tier.P1:
        return f"`{wanted.alert_id}` by e-mail", wanted.firing[1]
    return f"`{wanted.alert_id}` in `#sv0-{wanted.channel}`", wanted.arrival[1]


def _by_tests(proof: ProofByTests) -> tuple[str, str, str]:
    files = dict.fromkeys(test.partition("::")[0] for test in proof.tests)
    return proof.who, proof.within, ", ".join(map(_link, files))


def _link(file: str) -> str:
    return f"[{Path(file).stem}](../{file})"
