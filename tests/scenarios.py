"""The scenarios, read once for all tests that only look at them."""

from resilience.rehearsal.scenario.scenario import load_scenarios

ALL = load_scenarios()
BY_ID = {scenario.id: scenario for scenario in ALL}
