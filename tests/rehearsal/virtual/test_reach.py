"""A rule is left out of a scenario only where its expression cannot see what the scenario changes."""

from collections.abc import Iterator
from typing import get_args

import pytest

from resilience.core.durations import HOUR, MINUTE
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.scenario.faults import Fault, LogShipping, Part, PlanUsage
from resilience.rehearsal.simulator.targets import EnvironmentPart, ScrapeTarget, targets_of
from resilience.rehearsal.virtual.evaluation import checked, play
from resilience.rehearsal.virtual.reach import places_read, places_touched
from tests import scenarios

BOTH = ("dev", "production")
UP = (Part.PROCESS, Part.COLLECTOR)
FAULTS = {f"{fault.kind}-{index}": fault for one in scenarios.ALL for index, fault in enumerate(one.faults)}


def everywhere(*parts: Part) -> set[EnvironmentPart]:
    """These parts of both environments."""
    return {(name, part) for name in BOTH for part in parts}


@pytest.mark.parametrize(
    ("expr", "read"),
    [
        ('up{environment="dev",job="sv0-api"}', {("dev", Part.PROCESS)}),
        ('up{environment!="dev",job="sv0-api"}', {("production", Part.PROCESS)}),
        ('up{environment=~"dev|staging"}', {("dev", part) for part in UP}),
        ('up{environment!~"prod.*",job="integrations/alloy"}', {("dev", Part.COLLECTOR)}),
        ('up{environment=~"prod"}', set()),  # a pattern matches the whole value
        ('up{job="sv0-api"}', everywhere(Part.PROCESS)),
        ("sv0_sync_age_minutes > 1440", everywhere(Part.SYNCS)),
        ('rate(loki_write_dropped_entries_total{environment="dev"}[5m])', {("dev", Part.COLLECTOR)}),
        ('log_lines{environment="dev"}', {("dev", part) for part in Part if part is not Part.OUTSIDE}),
        ('probe_success{job="sv0-production-ready"}', {("production", Part.OUTSIDE)}),
        ('probe_success{job=~"sv0-.+-ready"}', everywhere(Part.OUTSIDE)),
        ('probe_success{environment="dev"}', set()),  # the outside checks have no such label
        (
            'up{environment="dev"} unless on () sv0_queue_depth',
            {*(("dev", part) for part in UP), *everywhere(Part.QUEUE)},
        ),
        ("max(grafanacloud_instance_active_series)", {("", Part.OUTSIDE)}),
        ("vector(1)", set()),
        ("sum by (", {*everywhere(*Part), *(("", part) for part in Part)}),
    ],
)
def test_an_expression_reads_the_places_that_its_selectors_match(expr: str, read: set[EnvironmentPart]) -> None:
    assert places_read(expr, BOTH) == read


def test_each_declared_rule_reads_its_own_environment_alone(declared: Exported) -> None:
    others = {
        one.rule.uid: read
        for one in declared.grafana
        for read in [{name for name, _ in places_read(one.expr, declared.environments)}]
        if read - {one.rule.labels["environment"], ""}
    }

    assert others == {}


def scraped(target: ScrapeTarget, at: float, part: Part) -> object:
    """What a scrape stores of a part."""
    if not target.scraped(at):
        return None
    return target.is_up(at) and sorted(target.samples(at, float, frozenset({part})))


def changed_parts(fault: Fault) -> Iterator[Part]:
    """The parts whose scrapes are others with the fault than without it."""
    ends = {fault.since, min(fault.until, fault.since + 26 * HOUR)}
    times = [moment + minute * MINUTE for moment in ends for minute in (-1, 0, 0.5, 1, 2, 3, 5, 8, 13, 30, 60)]
    usual = {target.name: target for target in targets_of(BOTH, ())}
    for target in targets_of(BOTH, (fault,)):
        before = usual.get(target.name)
        for part in {part for _, part in target.places}:
            if before is None or any(scraped(target, at, part) != scraped(before, at, part) for at in times):
                yield part


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_changes_nothing_but_the_parts_in_which_it_shows(name: str) -> None:
    assert {*changed_parts(FAULTS[name])} <= FAULTS[name].shows_in


def test_every_kind_of_fault_is_tried() -> None:
    assert {type(one) for one in FAULTS.values()} == {*get_args(get_args(Fault)[0])}


def test_faults_touch_their_parts_and_without_any_everything_is_looked_at() -> None:
    shipping = next(one for one in FAULTS.values() if isinstance(one, LogShipping) and one.environment == "production")
    usage = next(one for one in FAULTS.values() if isinstance(one, PlanUsage))

    assert places_touched((shipping,), BOTH) == {("production", Part.COLLECTOR)}
    assert places_touched((usage,), BOTH) == {("", Part.OUTSIDE), *everywhere(Part.OUTSIDE)}
    assert places_touched((), BOTH) == {*everywhere(*Part), *(("", part) for part in Part)}


def test_while_nothing_happens_nothing_fires(declared: Exported) -> None:
    quiet = scenarios.BY_ID["queue-short-peak"].model_copy(update={"faults": (), "expect": ()})
    ((played,),) = play((lambda _: declared,), (quiet,))

    assert checked(played).explanation == ""
