"""What scenarios and boundaries must agree on with the catalogue and the stacks."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from resilience.core.conventions import STATE_ALERTS, WATCHDOG
from resilience.core.problems import Problem, shown
from resilience.rehearsal.scenario.faults import InEnvironment
from resilience.rehearsal.scenario.scenario import SCENARIOS, Scenario
from resilience.rehearsal.virtual.boundary import BOUNDARIES, Boundaries

_Mention = tuple[str, str, Collection[str]]
"""The path of a name, the name, and what it may be."""


def disagreements(
    scenarios: tuple[Scenario, ...], alerts: Collection[str], environments: Collection[str]
) -> Iterator[Problem]:
    """Names that nothing has, which would make a scenario quiet for the wrong reason; alerts that none expects."""
    for scenario in scenarios:
        names = _names(scenario, (*alerts, *STATE_ALERTS), environments)
        yield from _unknown(f"{SCENARIOS}/{scenario.id}.yaml", names)
    expected = {wanted.alert_id for scenario in scenarios for wanted in scenario.expect}
    for alert in alerts:
        # The watchdog fires whatever happens, so no scenario can be about it (exported.py leaves it out).
        if alert not in expected and alert != WATCHDOG:
            yield Problem(SCENARIOS, alert, "no scenario expects this alert", "write one in which it fires")


def misnamed_boundaries(
    boundaries: Mapping[str, Boundaries], alerts: Collection[str], environments: Collection[str]
) -> Iterator[Problem]:
    """Boundaries of alerts and environments that do not exist."""
    for alert, one in boundaries.items():
        places: list[_Mention] = [("environment", name, environments) for name in sorted(one.environments)]
        yield from _unknown(f"{BOUNDARIES}/{alert}.yaml", [("alert", alert, alerts), *places])


def _unknown(file: str, names: Iterable[_Mention]) -> Iterator[Problem]:
    for path, name, known in names:
        if name not in known:
            yield Problem(file, path, f"{shown(name)} does not exist", f"write one of {', '.join(sorted(known))}")


def _names(scenario: Scenario, alerts: Collection[str], environments: Collection[str]) -> Iterator[_Mention]:
    """Each name in a scenario."""
    for place in scenario.settings:
        yield f"settings.{shown(place)}", place, environments
    for name in scenario.calibrating:
        yield f"calibrating.{shown(name)}", name, alerts
    if window := scenario.maintenance:
        yield from (("maintenance.environments", place, environments) for place in window.environments)
        yield from (("maintenance.alerts", name, alerts) for name in window.alerts if window.alerts != "all")
    for number, fault in enumerate(scenario.faults):
        if isinstance(fault, InEnvironment):
            yield f"faults[{number}].environment", fault.environment, environments
    for number, wanted in enumerate(scenario.expect):
        yield f"expect[{number}].environment", wanted.environment, environments
        yield f"expect[{number}].alert_id", wanted.alert_id, alerts
