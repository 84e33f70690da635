"""A rule is left out of a scenario only where its expression cannot see an environment that the scenario names."""

import pytest

from resilience.rehearsal.exported import Exported
from resilience.rehearsal.virtual.reach import environments_read
from tests import scenarios

BOTH = ("dev", "production")


@pytest.mark.parametrize(
    ("expr", "read"),
    [
        ('up{environment="dev",job="sv0-api"}', {"dev"}),
        ('up{environment!="dev",job="sv0-api"}', {"production"}),
        ('up{environment!="dev"}', {*BOTH}),  # the outside checks have no such label
        ('up{environment=~"dev|staging"}', {"dev"}),
        ('up{environment!~"prod.*",job="sv0-api"}', {"dev"}),
        ('up{environment=~"prod"}', set()),  # a pattern matches the whole value
        ('up{job="sv0-api"}', {*BOTH}),
        ("sv0_sync_age_minutes > 1440", {*BOTH}),
        ('probe_success{job="sv0-production-ready"}', {"production"}),
        ('probe_success{job=~"sv0-.+-ready"}', {*BOTH}),
        ('probe_success{environment="dev"}', {"dev"}),
        ('up{environment="dev"} unless on () up{environment="production"}', {*BOTH}),
        ("max(grafanacloud_instance_active_series)", set()),
        ("vector(1)", set()),
        ("sum by (", {*BOTH}),
    ],
)
def test_an_expression_reads_the_environments_that_its_selectors_match(expr: str, read: set[str]) -> None:
    assert environments_read(expr, BOTH) == read


def test_each_declared_rule_reads_its_own_environment_alone(declared: Exported) -> None:
    others = {
        one.rule.uid: read
        for one in declared.grafana
        if (read := environments_read(one.expr, declared.environments) - {one.rule.labels["environment"]})
    }

    assert others == {}


def test_a_scenario_evaluates_the_rules_of_all_environments_while_their_services_are_well() -> None:
    well = [one.id for one in scenarios.ALL if not one.expect and {fault.kind for fault in one.faults} == {"usage"}]

    assert well != []
