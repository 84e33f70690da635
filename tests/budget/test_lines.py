"""Each line of the budget, from input with one thing in it."""

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from resilience.budget import BudgetInput, BudgetLine, display, lines, problems
from resilience.budget.cron import runs_a_month
from resilience.budget.workflows import Workflow
from resilience.core.problems import BadInputError, validated
from resilience.manifest import Manifest, types
from resilience.model.catalogue import Limit
from resilience.model.settings import StackSettings
from resilience.model.telemetry import Metric
from resilience.model.usage import ActionsUsage
from tests.budget.conftest import GOOD_USAGE

GAUGE = {"source": "api", "type": "gauge", "unit": "jobs", "labels": ["environment"], "at_most": 7}
PROBE = {"source": "probe", "type": "gauge", "unit": "1", "labels": ["job"], "at_most": 10}


RUNNERS = {"ubuntu": 1, "windows": 2, "macos": 10}


def limit(number: int, unit: str = "things") -> Limit:
    return Limit(limit=number, unit=unit, source="a test", read="2026-11-24")


def rule(uid: str, expr: str, kind: str = "prometheus") -> dict[str, Any]:
    model = json.dumps({"expr": expr, "datasource": {"type": kind}})
    return {"uid": uid, "labels": {"alert_id": uid.removesuffix("-p2")}, "datas": [{"model": model}]}


def line(facts: BudgetInput, key: str) -> BudgetLine:
    return next(one for one in lines(facts) if one.key == key)


def reported(facts: BudgetInput) -> list[str]:
    found, warnings = problems(facts)
    assert warnings == []
    return list(map(str, found))


def test_nothing_declared_uses_nothing_and_exceeds_nothing(facts: Callable[..., BudgetInput]) -> None:
    found = lines(facts())

    assert {one.key: one.used for one in found} == dict.fromkeys(
        (
            "rules",
            "rule_instances",
            "series",
            "log_gigabytes",
            "most_log_gigabytes",
            "users",
            "outside_checks",
            "actions_minutes",
        ),
        0,
    )
    assert [one.largest for one in found] == [None] * 8
    assert reported(facts()) == []


def test_rules_are_counted_by_alert_and_instances_by_rule(
    facts: Callable[..., BudgetInput], declared: Callable[..., Manifest]
) -> None:
    rules = [rule("hot", "depth"), rule("hot-p2", "depth or depth"), rule("cold", "sum(depth)")]
    found = facts(
        manifests=[declared(types.RULE_GROUP, {"rules": rules})], metrics={"depth": Metric.model_validate(GAUGE)}
    )

    assert [(one.name, one.amount) for one in line(found, "rules").contributions] == [("hot", 2), ("cold", 1)]
    assert line(found, "rules").used == 3
    assert [(one.name, one.amount) for one in line(found, "rule_instances").contributions] == [
        ("hot-p2", 14),
        ("hot", 7),
        ("cold", 1),
    ]
    assert line(found, "rule_instances").used == 14


def test_a_log_rule_without_a_bound_is_rejected(
    facts: Callable[..., BudgetInput], declared: Callable[..., Manifest]
) -> None:
    rules = [rule("good", "sum by (environment) (x)", "loki"), rule("bad", "rate(x)", "loki")]

    assert reported(facts(manifests=[declared(types.RULE_GROUP, {"rules": rules})])) == [
        'catalogue/alerts: expr: nothing bounds the instances of "bad"; begin it with `sum by (environment) (`'
    ]


def test_series_of_environments_count_for_each_and_other_series_once(
    facts: Callable[..., BudgetInput], good_settings: Callable[..., StackSettings]
) -> None:
    settings = {name: good_settings(environment=name) for name in ("production", "dev", "staging")}
    metrics = {"depth": Metric.model_validate(GAUGE), "probe": Metric.model_validate(PROBE)}
    usage = {"series": {"besides_the_contract": 5, "source": "a test"}}

    found = line(facts(settings=settings, metrics=metrics, usage=usage), "series")

    assert [(one.name, one.amount) for one in found.contributions] == [
        ("depth", 21),
        ("probe", 10),
        ("besides the contract", 5),
    ]


def test_logs_are_counted_for_31_days_in_each_environment(
    facts: Callable[..., BudgetInput], good_settings: Callable[..., StackSettings]
) -> None:
    settings = {name: good_settings(environment=name) for name in ("production", "dev", "staging")}
    usage = {"logs": GOOD_USAGE["logs"] | {"production": 10**9, "others": 10**8}}

    found = line(facts(settings=settings, usage=usage), "log_gigabytes")

    assert [(one.name, one.amount) for one in found.contributions] == [
        ("production", 31),
        ("dev", pytest.approx(3.1)),
        ("staging", pytest.approx(3.1)),
    ]


def at_most(rate: float) -> dict[str, Any]:
    short = {"api": {"rate": rate, "burst": 1_000_000}}
    limits = {"long_from": 8, "longest": 1024, "short": short, "long": {}}
    return {"logs": {"production": 0, "others": 0, "source": "a test", "at_most": limits}}


def test_a_flood_counts_in_every_environment_by_its_longest_lines(
    facts: Callable[..., BudgetInput], good_settings: Callable[..., StackSettings]
) -> None:
    settings = {name: good_settings(environment=name) for name in ("production", "dev")}
    found = line(facts(settings=settings, usage=at_most(100)), "most_log_gigabytes")

    # 7 characters, one of them of 4 bytes; 31 days, and the burst.
    each = (100 * 31 * 86_400 + 1_000_000) * 10 / 10**9
    assert [(one.name, one.amount) for one in found.contributions] == [("dev", each), ("production", each)]
    assert found.limit.unit == "things, at worst"


def test_a_flood_above_the_plan_is_a_warning(facts: Callable[..., BudgetInput]) -> None:
    found, warnings = problems(facts(usage=at_most(1_000), limits={"log_gigabytes": limit(20, "GB of logs a month")}))

    assert (found, [str(warning) for warning in warnings]) == (
        [],
        [
            (
                "catalogue/usage.yaml: (all stacks): 26.8 GB of logs a month, at worst, but the free tier allows 20 "
                "(most by production: 26.8); lower the rates of logs.at_most"
            )
        ],
    )


def test_users_are_the_team(facts: Callable[..., BudgetInput], good_settings: Callable[..., StackSettings]) -> None:
    team = [{"member": name, "role": "Editor", "joined": True} for name in ("ann", "bob")]

    assert line(facts(settings={"production": good_settings(team=team)}), "users").used == 2


@pytest.mark.parametrize(
    ("check", "executions"),
    [
        ({"frequency": 60_000, "enabled": False}, 0),
        ({"frequency": 3_600_000}, 744 * 2),
        ({"frequency": 60_000}, 44_640 * 2),
        ({"frequency": 60_000, "timeout": 60_000}, 44_640 * 2),
        ({"frequency": 120_000, "timeout": 61_000}, 22_320 * 2 * 2),
        ({}, 44_640 * 2),
    ],
)
def test_executions_are_probes_times_whole_minutes_times_runs(
    facts: Callable[..., BudgetInput], declared: Callable[..., Manifest], check: dict[str, Any], executions: int
) -> None:
    found = facts(manifests=[declared(types.CHECK, {"job": "ready", "probes": [1, 2], **check})])

    assert line(found, "outside_checks").used == executions


def test_executions_are_counted_against_their_limit(
    facts: Callable[..., BudgetInput], declared: Callable[..., Manifest]
) -> None:
    found = facts(
        manifests=[declared(types.CHECK, {"job": "ready", "probes": [1]})],
        limits={"outside_checks": limit(44_639, "executions")},
    )

    assert reported(found) == [
        (
            "Pulumi.*.yaml: (all stacks): 44640 executions, but the free tier allows 44639 (most by ready: 44640); "
            "probe less often or from fewer places"
        ),
    ]


PROBES = Workflow(
    "health",
    ".github/workflows/health.yml",
    100,
    ("workflow_dispatch",),
    {"probe": ("ubuntu-24.04",) * 2, "notify": ("ubuntu-24.04",)},
)


def actions(minutes: dict[str, dict[str, Any]], **events: int) -> dict[str, Any]:
    return {
        "actions": {
            "events": events,
            "runners": RUNNERS,
            "other_repositories": 9,
            "source": "a test",
            "minutes": minutes,
        }
    }


def test_each_job_of_each_run_is_rounded_up_to_a_whole_minute(facts: Callable[..., BudgetInput]) -> None:
    usage = actions({"health": {"probe": 0.2, "notify": 2.1}}, workflow_dispatch=10)

    found = line(facts(workflows=[PROBES], usage=usage), "actions_minutes")

    assert [(one.name, one.amount) for one in found.contributions] == [
        ("health", 110 * (2 * 1 + 1 * 3)),
        ("other repositories", 9),
    ]


@pytest.mark.parametrize(("stacks", "minutes"), [(1, 3), (2, 4), (3, 6)])
def test_a_job_that_does_its_work_for_every_stack_takes_longer_with_each(
    facts: Callable[..., BudgetInput], good_settings: Callable[..., StackSettings], stacks: int, minutes: int
) -> None:
    job = Workflow("up", ".github/workflows/up.yml", 1, (), {"up": ("ubuntu-24.04",)})
    usage = actions({"up": {"up": {"once": 1, "each_stack": 1.5}}})
    settings = {str(number): good_settings() for number in range(stacks)}

    found = line(facts(workflows=[job], usage=usage, settings=settings), "actions_minutes")

    assert found.contributions[1].amount == minutes


@pytest.mark.parametrize(
    ("machine", "minutes"),
    [
        ("ubuntu-24.04-arm", 3),
        ("windows-2025", 6),
        ("macos-latest", 30),
        ("macOS-14", 30),
        ("self-hosted macOS", 0),
        ("self-hosted linux x64", 0),
        ("./.github/workflows/called.yml", 30),
    ],
)
def test_a_minute_costs_what_its_machine_costs_after_it_is_rounded_up(
    facts: Callable[..., BudgetInput], machine: str, minutes: int
) -> None:
    called = Workflow("called", ".github/workflows/called.yml", 0, (), {"a": ("ubuntu-24.04", "macos-14")})
    calling = Workflow("one", ".github/workflows/one.yml", 1, (), {"a": (machine,)})
    usage = actions({"one": {"a": 2.2}, "called": {"a": 1}})

    found = line(facts(workflows=[calling, called], usage=usage), "actions_minutes")

    assert {one.name: one.amount for one in found.contributions}["one"] == minutes


@pytest.mark.parametrize(
    ("machine", "what"),
    [
        ("", "has no price"),
        ("${{ inputs.machine }}", "has no price"),
        ("acme/infra/.github/workflows/x.yml@main", "has no price"),
        ("group:fast", "has no price"),
        ("macos-14-xlarge", "is a larger runner, which no plan includes"),
        ("ubuntu-16-cores", "is a larger runner, which no plan includes"),
    ],
)
def test_a_machine_without_a_price_is_rejected(facts: Callable[..., BudgetInput], machine: str, what: str) -> None:
    job = Workflow("one", ".github/workflows/one.yml", 1, (), {"a": (machine,)})
    (found,) = reported(facts(workflows=[job], usage=actions({"one": {"a": 1}})))

    assert found.startswith(f'.github/workflows/one.yml: jobs.a.runs-on: "{machine}" {what}; write ')


def test_minutes_that_are_no_number_are_rejected_with_their_place() -> None:
    with pytest.raises(BadInputError) as rejected:
        validated(ActionsUsage, actions({"ci": {"test": "six"}})["actions"], "usage.yaml")

    assert str(rejected.value).startswith('usage.yaml: minutes.ci.test.once: "six" is not right; write a valid number')


def test_a_workflow_without_minutes_an_event_without_runs_and_minutes_without_a_job_are_rejected(
    facts: Callable[..., BudgetInput],
) -> None:
    usage = actions({"health": {"notify": 1, "old": 1}, "gone": {"all": 1}})

    assert reported(facts(workflows=[PROBES], usage=usage)) == [
        (
            "catalogue/usage.yaml: actions.events.workflow_dispatch: is missing for .github/workflows/health.yml; "
            "write how many runs it starts a month"
        ),
        "catalogue/usage.yaml: actions.minutes.gone.all: no workflow has this job; remove it, or correct its spelling",
        (
            "catalogue/usage.yaml: actions.minutes.health.old: no workflow has this job; "
            "remove it, or correct its spelling"
        ),
        (
            "catalogue/usage.yaml: actions.minutes.health.probe: is missing for .github/workflows/health.yml; "
            "write the minutes of one run"
        ),
    ]


def test_the_seed_plans_probe_every_five_minutes_is_over_the_free_minutes(facts: Callable[..., BudgetInput]) -> None:
    probe = Workflow(
        "health", ".github/workflows/health.yml", runs_a_month("*/5 * * * *"), (), {"probe": ("ubuntu-24.04",)}
    )
    usage = actions({"health": {"probe": 0.5}})

    assert reported(facts(workflows=[probe], usage=usage, limits={"actions_minutes": limit(2000, "minutes")})) == [
        (
            ".github/workflows: (all stacks): 8937 minutes, but the free tier allows 2000 (most by health: 8928); "
            "run less often"
        ),
    ]


def test_a_limit_that_is_exactly_reached_is_not_exceeded(facts: Callable[..., BudgetInput]) -> None:
    usage = actions({})

    assert reported(facts(usage=usage, limits={"actions_minutes": limit(9)})) == []
    assert reported(facts(usage=usage, limits={"actions_minutes": limit(8, "minutes")})) == [
        (
            ".github/workflows: (all stacks): 9 minutes, but the free tier allows 8 (most by other repositories: 9); "
            "run less often"
        ),
    ]


def test_a_limit_that_is_only_assumed_gives_a_warning(facts: Callable[..., BudgetInput]) -> None:
    assumed = limit(8, "executions").model_copy(update={"assumed": True})
    found = facts(usage=actions({}), limits={"actions_minutes": assumed})

    failed, warnings = problems(found)

    assert failed == []
    assert list(map(str, warnings)) == [
        (
            ".github/workflows: (all stacks): 9 executions, but we assume that the free tier allows 8 "
            "(most by other repositories: 9); run less often"
        ),
    ]
    assert (line(found, "actions_minutes").exceeded, line(found, "actions_minutes").doubtful) == (False, True)


@pytest.mark.parametrize(
    ("allowed", "marked"),
    [(12, False), (11, True), (9, True), (8, False)],
    ids=["exactly 75 %", "above what is planned", "all of it", "above the limit"],
)
def test_more_than_we_plan_to_use_is_marked(facts: Callable[..., BudgetInput], allowed: int, *, marked: bool) -> None:
    planned = limit(allowed, "minutes").model_copy(update={"planned": 75})
    found = line(facts(usage=actions({}), limits={"actions_minutes": planned}), "actions_minutes")
    console = Console(width=200, file=StringIO())
    console.print(display.as_table([found]))

    assert isinstance(console.file, StringIO)
    assert ("over what we plan" in console.file.getvalue()) is found.crowded is marked


def test_a_limit_without_a_count_and_a_count_without_a_limit_are_rejected(
    facts: Callable[..., BudgetInput],
) -> None:
    found = facts(limits={"traces": limit(1)})
    del found.catalogue.limits["users"]

    assert reported(found) == [
        (
            "catalogue/limits.yaml: limits.traces: nothing counts against it; write one of rules, rule_instances, "
            "series, log_gigabytes, users, outside_checks, actions_minutes"
        ),
        "catalogue/limits.yaml: limits.users: is missing; write what the plan allows, with source and date",
    ]


def test_the_table_shows_share_bar_and_what_is_over_the_limit(facts: Callable[..., BudgetInput]) -> None:
    found = facts(usage=actions({}), limits={"actions_minutes": limit(8)})
    console = Console(file=StringIO(), width=120, color_system=None)

    with console.capture() as captured:
        console.print(display.as_table([line(found, key) for key in ("users", "actions_minutes")]))

    assert [row.rstrip() for row in captured.get().splitlines()] == [
        "            limit   used  allowed   share  costs most",
        "            things     0     1000    0.0%  -",
        "━━━━━━━━━━  things     9        8  112.5%  other repositories: 9  OVER THE LIMIT",
    ]
