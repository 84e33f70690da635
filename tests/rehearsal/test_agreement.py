"""Scenarios name alerts and environments that exist, and every alert is expected by one."""

from collections.abc import Callable
from typing import Any

import pytest

from resilience.core.conventions import WATCHDOG
from resilience.rehearsal.agreement import disagreements, misnamed_boundaries
from resilience.rehearsal.scenario.scenario import Scenario
from resilience.rehearsal.virtual.boundary import Boundaries
from tests.rehearsal.conftest import FAULT, WANTED

ALERTS = ("queue-backing-up",)
ENVIRONMENTS = {"production", "dev"}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"faults": [FAULT | {"environment": "prod"}]},
            'queue.yaml: faults[0].environment: "prod" does not exist; write one of dev, production',
        ),
        (
            {"expect": [WANTED | {"environment": "prod"}]},
            'queue.yaml: expect[0].environment: "prod" does not exist; write one of dev, production',
        ),
        (
            {"expect": [WANTED, WANTED | {"alert_id": "queue-backing"}]},
            (
                'queue.yaml: expect[1].alert_id: "queue-backing" does not exist; '
                "write one of DatasourceError, DatasourceNoData, queue-backing-up"
            ),
        ),
        (
            {"settings": {"prod": {}}, "live": False},
            'queue.yaml: settings."prod": "prod" does not exist; write one of dev, production',
        ),
    ],
)
def test_a_name_that_nothing_has_is_found(
    good_scenario: Callable[..., dict[str, Any]], changes: dict[str, Any], problem: str
) -> None:
    scenario = Scenario.model_validate(good_scenario(**changes))

    found = [str(one) for one in disagreements((scenario,), ALERTS, ENVIRONMENTS)]

    assert found == [f"resilience/rehearsal/scenarios/{problem}"]


def test_an_alert_that_no_scenario_expects_is_found(scenario: Callable[..., Scenario]) -> None:
    # The watchdog fires in every scenario, and none is about it.
    found = [str(one) for one in disagreements((scenario(),), (*ALERTS, "api-down", WATCHDOG), ENVIRONMENTS)]

    assert found == [
        "resilience/rehearsal/scenarios: api-down: no scenario expects this alert; write one in which it fires"
    ]


def test_boundaries_of_nothing_that_exists_are_found() -> None:
    fault = {"kind": "queue", "environment": "moon", "depth": 11}
    sides = {"pins": ["threshold"], "fires": [fault], "quiet": [fault]}
    ghost = Boundaries.model_validate({"version": 1, "alert": "ghost", "environment": "mars", "boundaries": [sides]})

    found = [str(one) for one in misnamed_boundaries({"ghost": ghost}, ALERTS, ENVIRONMENTS)]

    file = "resilience/rehearsal/boundaries/ghost.yaml"
    assert found == [
        f'{file}: alert: "ghost" does not exist; write one of queue-backing-up',
        f'{file}: environment: "mars" does not exist; write one of dev, production',
        f'{file}: environment: "moon" does not exist; write one of dev, production',
    ]


def test_a_why_that_repeats_a_number_is_rejected(scenario: Callable[..., Scenario]) -> None:
    with pytest.raises(ValueError, match='"10" would stay when the alert\'s number changes'):
        scenario(why="The alert is for more than 10.")
