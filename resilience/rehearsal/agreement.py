"""What scenarios and boundaries must agree on with the catalogue and the stacks."""

from collections.abc import Collection, Iterator, Mapping

from resilience.core.conventions import STATE_ALERTS
from resilience.core.problems import Problem, shown
from resilience.rehearsal.boundary import BOUNDARIES, Boundaries
from resilience.rehearsal.faults import InEnvironment
from resilience.rehearsal.scenario import SCENARIOS, Scenario


def disagreements(
    scenarios: tuple[Scenario, ...], alerts: Collection[str], environments: Collection[str]
) -> Iterator[Problem]:
    """Names that nothing has, which would make a scenario quiet for the wrong reason; alerts that none expects."""
    for scenario in scenarios:
        file = f"{SCENARIOS}/{scenario.id}.yaml"
        for path, name, known in _names(scenario, (*alerts, *STATE_ALERTS), environments):
            if name not in known:
                yield Problem(file, path, f"{shown(name)} does not exist", f"write one of {', '.join(sorted(known))}")
    expected = {wanted.alert_id for scenario in scenarios for wanted in scenario.expect}
    for alert in alerts:
        if alert not in expected:
            yield Problem(SCENARIOS, alert, "no scenario expects this alert", "write one in which it fires")


def misnamed_boundaries(
    boundaries: Mapping[str, Boundaries], alerts: Collection[str], environments: Collection[str]
) -> Iterator[Problem]:
    """Boundaries of alerts and environments that do not exist."""
    for alert, one in boundaries.items():
        file = f"{BOUNDARIES}/{alert}.yaml"
        if alert not in alerts:
            yield Problem(file, "alert", f"{shown(alert)} does not exist", f"write one of {', '.join(sorted(alerts))}")
        for name in sorted(one.environments - set(environments)):
            known = ", ".join(sorted(environments))
            yield Problem(file, "environment", f"{shown(name)} does not exist", f"write one of {known}")


def _names(
    scenario: Scenario, alerts: Collection[str], environments: Collection[str]
) -> Iterator[tuple[str, str, Collection[str]]]:
    """Each name in a scenario, by its path, with what it may be."""
    for place in scenario.settings:
        yield f"settings.{shown(place)}", place, environments
    for number, fault in enumerate(scenario.faults):
        if isinstance(fault, InEnvironment):
            yield f"faults[{number}].environment", fault.environment, environments
    for number, wanted in enumerate(scenario.expect):
        yield f"expect[{number}].environment", wanted.environment, environments
        yield f"expect[{number}].alert_id", wanted.alert_id, alerts
