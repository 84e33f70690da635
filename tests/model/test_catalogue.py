"""The catalogue: a copy of the real one with one thing spoilt, and the exact sentence that says so."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from resilience.core.conventions import STATE_ALERTS, Tier
from resilience.core.problems import RENAMED, BadInputError
from resilience.core.yaml_files import read_yaml
from resilience.export.files import as_yaml
from resilience.model.alert import Threshold
from resilience.model.catalogue import ROOT, Catalogue, Hours, Route, Routing
from resilience.model.dated.maintenance import FILE
from tests.stack_files import announce_nothing

API, WORKER = "catalogue/alerts/api.yaml", "catalogue/alerts/worker.yaml"
OWNERS, TIERS, TELEMETRY = "catalogue/owners.yaml", "catalogue/tiers.yaml", "catalogue/telemetry.yaml"
PEOPLE = Catalogue.load().owners
OWNER, KNOWN = next(iter(PEOPLE)), ", ".join(sorted(PEOPLE))
ENDS = PEOPLE[OWNER].ends
ABSENT = object()
CANARY = "glsa_AbCdEfGhIjKlMnOpQrStUvWxYz012345"
WEBHOOK = "https://hooks.slack.com/services/T00000000/B00000000/abcdefghijklmnopqrstuvwx"
Spoil = Callable[[str, str, object], Path]


@pytest.fixture(name="copied", scope="module")
def _copied(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[Path, bytes]]:
    """A copy for all tests, and its files as they are: making 44 files takes longer than most of them."""
    root = tmp_path_factory.mktemp("copied")
    for folder in ("catalogue", "runbooks"):
        shutil.copytree(ROOT / folder, root / folder)
    announce_nothing(root)
    return root, {path: path.read_bytes() for path in root.rglob("*.*")}


@pytest.fixture(name="root")
def a_copy(copied: tuple[Path, dict[Path, bytes]]) -> Iterator[Path]:
    """The copy; what a test spoils, removes or adds is as before after it."""
    root, files = copied
    yield root
    for path in {*root.rglob("*.*")} - files.keys():
        path.unlink()
    for path, content in files.items():
        path.parent.mkdir(exist_ok=True)
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)


@pytest.fixture
def spoil(root: Path) -> Spoil:
    """Spoil one value of one file and return the root; numbers in the path are places in a list."""

    def edit(file: str, path: str, value: object) -> Path:
        data: Any = read_yaml(root / file, file)
        place: Any = data
        *way, last = [int(key) if key.isdigit() else key for key in path.split("/")]
        for key in way:
            place = place[key]
        if value is ABSENT:
            del place[last]
        else:
            place[last] = value
        (root / file).write_text(as_yaml(data), encoding="utf-8")
        return root

    return edit


def problems_of(root: Path) -> list[str]:
    with pytest.raises(BadInputError) as rejected:
        Catalogue.load(root)
    return str(rejected.value).split("\n")


def test_the_committed_catalogue_is_accepted() -> None:
    catalogue = Catalogue.load()

    assert catalogue.alerts
    assert len({alert.id for alert in catalogue.alerts}) == len(catalogue.alerts)


def test_groups_are_the_files_and_alerts_keep_the_order_of_files_and_lines(root: Path) -> None:
    files = sorted((root / "catalogue/alerts").glob("*.yaml"))
    raw = {file.stem: read_yaml(file, file.name)["alerts"] for file in files}

    catalogue = Catalogue.load(root)

    assert list(catalogue.groups) == list(raw)
    assert [alert.id for alert in catalogue.alerts] == [alert["id"] for alerts in raw.values() for alert in alerts]


def test_every_alert_is_for_production_and_has_a_tier_with_a_route() -> None:
    catalogue = Catalogue.load()

    assert set(catalogue.routing.tiers) == set(Tier)
    assert not {alert.id for alert in catalogue.alerts if not alert.is_for("production") and not alert.is_for("dev")}


@pytest.mark.parametrize(
    ("environments", "found"),
    [("all", [True, True]), ("production", [True, False]), ("others", [False, True])],
)
def test_an_alert_is_for_the_environments_that_it_names(
    root: Path, spoil: Spoil, environments: str, found: list[bool]
) -> None:
    spoil(API, "alerts/0/environments", environments)

    alert = Catalogue.load(root).groups["api"][0]

    assert [alert.is_for("production"), alert.is_for("dev")] == found


@pytest.mark.parametrize("folder_only", ["notes.txt", "api.yaml.orig", ".hidden.yml"])
def test_files_of_another_kind_are_left_alone(root: Path, folder_only: str) -> None:
    (root / "catalogue/alerts" / folder_only).write_text("[", encoding="utf-8")

    assert Catalogue.load(root).alerts


@pytest.mark.parametrize(
    ("threshold", "evaluator", "value"),
    [({"gt": 10}, "gt", 10), ({"lt": 1}, "lt", 1), ({"gt": 0}, "gt", 0), ({"lt": -1.5}, "lt", -1.5)],
)
def test_a_threshold_is_one_comparison_with_a_number(threshold: dict[str, float], evaluator: str, value: float) -> None:
    found = Threshold.model_validate(threshold)

    assert (found.evaluator, found.value) == (evaluator, value)


ALERT = f"{API}: alerts[0]"
ONE_COMPARISON = "a threshold is one comparison; write gt: or lt: with a number"
PLACEHOLDERS = (
    "write a parameter or one of $environment, $retired_connectors, $monitoring_routes, $credentials, "
    "$renewed_credentials, $limit_series, $limit_log_gigabytes, $limit_users, $limit_outside_checks"
)
PROMTOOL = "write it so that `promtool check rules` takes it"


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        pytest.param("owner", "bob", f'.owner: unknown owner "bob"; write one of {KNOWN}', id="unknown owner"),
        pytest.param("tier", "P4", """.tier: "P4" is not right; write 'P1', 'P2' or 'P3'""", id="unknown tier"),
        pytest.param(
            "id", "api-slow", '.id: "api-slow" has no runbook; write runbooks/api-slow.md', id="no runbook of its name"
        ),
        pytest.param("for", "60s", '.for: "60s" is not how Grafana spells it; write 1m', id="a minute in seconds"),
        pytest.param("for", "24h", '.for: "24h" is not how Grafana spells it; write 1d', id="a day in hours"),
        pytest.param(
            "for", "five", '.for: "five" is not a duration; write it as 30s, 5m, 1h30m or 1d', id="no duration"
        ),
        pytest.param("for", 5, '.for: "5" is not right; write text, in quotes', id="a duration without its unit"),
        pytest.param("for", ABSENT, ".for: is missing; write it", id="no duration at all"),
        pytest.param(
            "keep_firing_for",
            "7d",
            '.keep_firing_for: "7d" is not how Grafana spells it; write 1w',
            id="days that are a week",
        ),
        pytest.param("expr", ABSENT, ".expr: is missing; write it", id="no expression"),
        pytest.param(
            "expr",
            "sum(up",
            f'.expr: prometheus query of "high-error-rate": unclosed left parenthesis; {PROMTOOL}',
            id="bad PromQL",
        ),
        pytest.param(
            "expr",
            "   ",
            f'.expr: prometheus query of "high-error-rate": no expression found in input; {PROMTOOL}',
            id="empty PromQL",
        ),
        pytest.param(
            "expr",
            'up{environment="$stack"}',
            f'.expr: prometheus query of "high-error-rate": unknown placeholder "$stack"; {PLACEHOLDERS}',
            id="unknown placeholder",
        ),
        pytest.param(
            "expr",
            "$fail(rate_over)",
            f'.expr: prometheus query of "high-error-rate": unknown placeholder "$fail"; {PLACEHOLDERS}',
            id="unknown macro",
        ),
        pytest.param(
            "expr",
            "$failed(counted_ovr)",
            f'.expr: prometheus query of "high-error-rate": unknown placeholder "$counted_ovr"; {PLACEHOLDERS}',
            id="a macro over an unknown range",
        ),
        pytest.param(
            "expr",
            "sv0_queue_dept",
            '.expr: "sv0_queue_dept" is no series of the telemetry contract; see catalogue/telemetry.yaml',
            id="a series that nobody exposes",
        ),
        pytest.param(
            "expr",
            'sv0_queue_depth{env="$environment"}',
            '.expr: "sv0_queue_depth" has no label "env"; write one of job, instance, environment',
            id="a label that the series has not",
        ),
        pytest.param("threshold", {"gt": 1, "lt": 2}, f".threshold: {ONE_COMPARISON}", id="two comparisons"),
        pytest.param("threshold", {}, f".threshold: {ONE_COMPARISON}", id="no comparison"),
        pytest.param(
            "threshold", {"ge": 1}, ".threshold.ge: unknown key; remove it, or correct its spelling", id="no such one"
        ),
        pytest.param("threshold", 5, '.threshold: "5" is not right; write keys with values', id="bare"),
        pytest.param(
            "no_data_state",
            "Maybe",
            """.no_data_state: "Maybe" is not right; write 'OK', 'NoData', 'Alerting' or 'KeepLast'""",
            id="unknown state without data",
        ),
        pytest.param(
            "exec_err_state", ABSENT, ".exec_err_state: is missing; write it", id="the state on an error is stated"
        ),
        pytest.param(
            "environments",
            "dev",
            """.environments: "dev" is not right; write 'all', 'production' or 'others'""",
            id="an environment by its name",
        ),
        pytest.param(
            "severity", "high", ".severity: unknown key; remove it, or correct its spelling", id="unknown key"
        ),
        pytest.param(
            "escalation",
            {"tier": "P1", "title": "Worse"},
            ".escalation.threshold: is missing; write it",
            id="an escalation without its own threshold",
        ),
    ],
)
def test_one_spoilt_field_of_an_alert_is_one_problem(
    root: Path, spoil: Spoil, key: str, value: object, problem: str
) -> None:
    spoil(API, f"alerts/0/{key}", value)

    assert problems_of(root) == [f"{ALERT}{problem}"]


@pytest.mark.parametrize(
    ("file", "path", "value", "problem"),
    [
        pytest.param(
            API,
            "macros/failed",
            5,
            'macros.failed: "5" is not right; write text, in quotes',
            id="a macro that is no text",
        ),
        pytest.param(
            OWNERS,
            f"owners/{OWNER}/time_zone",
            "Mars/Base",
            f'owners.{OWNER}.time_zone: "Mars/Base" is not a time zone; write one of the IANA names, as Europe/Berlin',
            id="an owner in no time zone of this world",
        ),
        pytest.param(
            OWNERS,
            f"owners/{OWNER}/time_zone",
            "../etc/x",
            f'owners.{OWNER}.time_zone: "../etc/x" is not a time zone; write one of the IANA names, as Europe/Berlin',
            id="a time zone that is a path",
        ),
        pytest.param(
            OWNERS,
            f"owners/{OWNER}/begins",
            ENDS,
            f'owners.{OWNER}: hours "{ENDS}" to "{ENDS}" are empty; write begins before ends',
            id="hours that end before they begin",
        ),
        pytest.param(
            OWNERS,
            f"owners/{OWNER}/begins",
            540,
            f'owners.{OWNER}.begins: "540" is not right; write text, in quotes',
            id="hours without quotes, which YAML reads as minutes",
        ),
        pytest.param(
            TIERS,
            "routing/tiers/P2",
            ABSENT,
            'routing: tier "P2" has no route; write it under tiers',
            id="tier missing",
        ),
        pytest.param(
            TIERS,
            "routing/other_environments/hours",
            "business",
            'routing: "other_environments" waits for the hours of an owner it may not have; write hours: always',
            id="other environments with business hours",
        ),
        pytest.param(
            TIERS,
            "routing/default/hours",
            "business",
            'routing: "default" waits for the hours of an owner it may not have; write hours: always',
            id="the default with business hours",
        ),
        pytest.param(
            TIERS,
            "routing/tiers/P1/repeat_interval",
            "60m",
            'routing.tiers.P1.repeat_interval: "60m" is not how Grafana spells it; write 1h',
            id="an interval in another spelling",
        ),
        pytest.param(
            TIERS,
            "routing/tiers/P1/channel",
            "general",
            """routing.tiers.P1.channel: "general" is not right; write 'alerts' or 'deploys'""",
            id="unknown channel",
        ),
        pytest.param(TIERS, "version", 2, 'version: "2" is not right; write 1', id="another version of the format"),
        pytest.param(TIERS, "version", ABSENT, "version: is missing; write it", id="no version"),
        pytest.param(
            "catalogue/limits.yaml",
            "limits/rules/limit",
            0,
            'limits.rules.limit: "0" is not right; write greater than 0',
            id="a limit that allows nothing",
        ),
        pytest.param(
            TELEMETRY,
            "metrics/up/type",
            "info",
            """metrics.up.type: "info" is not right; write 'counter', 'gauge' or 'histogram'""",
            id="unknown type of a metric",
        ),
        pytest.param(
            API,
            "alerts/0",
            5,
            'alerts[0]: "5" is not right; write keys with values',
            id="an alert that is none",
        ),
        pytest.param(API, "alerts", {}, "alerts: a dict is not right; write a list", id="alerts that are no list"),
    ],
)
def test_one_spoilt_place_is_one_problem(spoil: Spoil, file: str, path: str, value: object, problem: str) -> None:
    assert problems_of(spoil(file, path, value)) == [f"{file}: {problem}"]


@pytest.mark.parametrize("zone", ["", "a\nb", "é", "Europe", "/etc/passwd", "UTC\x00", "x" * 300])
def test_whatever_is_no_time_zone_is_one_problem_of_one_line(root: Path, spoil: Spoil, zone: str) -> None:
    spoil(OWNERS, f"owners/{OWNER}/time_zone", zone)

    found = problems_of(root)

    assert len(found) == 1
    assert found[0].startswith(f"{OWNERS}: owners.{OWNER}.time_zone: ")


def test_a_runbook_that_is_gone_is_a_problem(root: Path) -> None:
    (root / "runbooks/high-error-rate.md").unlink()

    assert problems_of(root) == [f'{ALERT}.id: "high-error-rate" has no runbook; write runbooks/high-error-rate.md']


def test_an_id_that_stands_in_two_files_is_a_problem_of_the_second(root: Path, spoil: Spoil) -> None:
    spoil(WORKER, "alerts/0/id", "high-error-rate")

    assert problems_of(root) == [
        f'{WORKER}: alerts[0].id: "high-error-rate" stands in {ALERT} already; write another id'
    ]


def test_an_id_that_stands_twice_in_one_file_is_a_problem(root: Path) -> None:
    text = (root / WORKER).read_text(encoding="utf-8")
    again = text.split("alerts:\n")[1].replace("title: Queue", "title: The queue")
    (root / WORKER).write_text(text + again, encoding="utf-8")

    assert problems_of(root) == [
        f'{WORKER}: alerts[1].id: "queue-backing-up" stands in {WORKER}: alerts[0] already; write another id'
    ]


def test_three_problems_in_three_files_are_all_reported_at_once_sorted(root: Path, spoil: Spoil) -> None:
    spoil(TIERS, "version", 2)
    spoil(WORKER, "alerts/0/for", "60s")
    spoil(API, "alerts/0/owner", "bob")

    assert problems_of(root) == [
        f'{ALERT}.owner: unknown owner "bob"; write one of {KNOWN}',
        f'{WORKER}: alerts[0].for: "60s" is not how Grafana spells it; write 1m',
        f'{TIERS}: version: "2" is not right; write 1',
    ]


def test_owners_that_cannot_be_read_do_not_make_every_owner_unknown(root: Path) -> None:
    (root / OWNERS).write_text("[", encoding="utf-8")

    assert [problem.split(":")[0] for problem in problems_of(root)] == [OWNERS]


def test_a_contract_that_cannot_be_read_does_not_make_every_series_unknown(root: Path) -> None:
    (root / TELEMETRY).unlink()

    assert problems_of(root) == [
        f"{TELEMETRY}: (whole file): cannot be read (No such file or directory); make it readable"
    ]


def test_several_problems_of_one_alert_are_all_reported(root: Path, spoil: Spoil) -> None:
    spoil(API, "alerts/0/owner", "bob")
    spoil(API, "alerts/0/id", "api-slow")
    spoil(API, "alerts/0/expr", "sum(up")

    assert problems_of(root) == [
        f'{ALERT}.expr: prometheus query of "api-slow": unclosed left parenthesis; {PROMTOOL}',
        f'{ALERT}.id: "api-slow" has no runbook; write runbooks/api-slow.md',
        f'{ALERT}.owner: unknown owner "bob"; write one of {KNOWN}',
    ]


def test_a_folder_without_alerts_is_a_problem(root: Path) -> None:
    shutil.rmtree(root / "catalogue/alerts")

    assert problems_of(root) == ["catalogue/alerts: (whole folder): holds no alert; write at least one file"]


def test_nothing_at_all_is_a_problem_for_each_file(tmp_path: Path) -> None:
    found = [problem.split(":")[0] for problem in problems_of(tmp_path)]

    assert found == ["catalogue/alerts", "catalogue/limits.yaml", FILE, OWNERS, TELEMETRY, TIERS]


@pytest.mark.parametrize("name", ["API", "api_2", "2api", "a" * 31])
def test_a_file_that_cannot_name_a_group_is_a_problem(root: Path, name: str) -> None:
    (root / API).rename(root / f"catalogue/alerts/{name}.yaml")

    found = problems_of(root)

    assert len(found) == 1
    assert found[0].startswith("catalogue/alerts")
    assert name in found[0]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_threshold_that_is_no_finite_number_is_a_problem(root: Path, spoil: Spoil, value: float) -> None:
    spoil(API, "alerts/0/threshold", {"gt": value})

    found = problems_of(root)

    assert len(found) == 1
    assert found[0].startswith(f"{ALERT}.threshold")


def test_an_escalation_of_the_alerts_own_tier_is_a_problem(root: Path, spoil: Spoil) -> None:
    # Both rules would have the same uid.
    spoil(API, "alerts/0/escalation", {"tier": "P2", "title": "Worse", "threshold": {"gt": 0.5}})

    assert [problem[: len(ALERT)] for problem in problems_of(root)] == [ALERT]


@pytest.mark.parametrize("expr", ['up{environment="${stack}"}', 'up{environment="$Stack"}', 'up{environment="$env2"}'])
def test_a_placeholder_in_another_spelling_is_a_problem(root: Path, spoil: Spoil, expr: str) -> None:
    spoil(API, "alerts/0/expr", expr)

    assert [problem[: len(ALERT)] for problem in problems_of(root)] == [ALERT]


@pytest.mark.parametrize("weekdays", ["someday", "monday:funday"])
def test_a_day_that_no_week_has_is_a_problem(root: Path, spoil: Spoil, weekdays: str) -> None:
    spoil(OWNERS, f"owners/{OWNER}/weekdays", weekdays)

    assert [problem.split(": ")[1] for problem in problems_of(root)] == [f"owners.{OWNER}.weekdays"]


@pytest.mark.parametrize("canary", [CANARY, WEBHOOK])
@pytest.mark.parametrize(
    ("file", "path"),
    [
        *[(API, f"alerts/0/{key}") for key in ("id", "tier", "owner", "service", "environments", "expr", "threshold")],
        *[(API, f"alerts/0/{key}") for key in ("for", "keep_firing_for", "no_data_state", "escalation")],
        *[(OWNERS, f"owners/{OWNER}/{key}") for key in ("time_zone", "weekdays", "begins")],
        *[
            (TIERS, f"routing/{key}")
            for key in ("group_by", "tiers", "other_environments/hours", "other_environments/group_wait")
        ],
        *[(TIERS, "version"), (TIERS, "routing/tiers/P1"), (TELEMETRY, "metrics/up/labels")],
    ],
)
def test_a_secret_in_the_wrong_field_is_never_shown(
    root: Path, spoil: Spoil, file: str, path: str, canary: str
) -> None:
    spoil(file, path, canary)

    found = "\n".join(problems_of(root))

    # Not even its beginning.
    assert canary[:20] not in found


@pytest.mark.parametrize("canary", [CANARY, WEBHOOK])
@pytest.mark.parametrize(
    ("file", "path"),
    [(API, "alerts/0"), (OWNERS, "owners"), (TIERS, "routing/tiers"), ("catalogue/limits.yaml", "limits")],
)
def test_a_secret_as_a_key_is_never_shown(root: Path, spoil: Spoil, file: str, path: str, canary: str) -> None:
    data: Any = read_yaml(root / file, file)
    place = data
    for key in path.split("/"):
        place = place[int(key) if key.isdigit() else key]
    spoil(file, path, {**place, canary: "x"})

    assert canary not in "\n".join(problems_of(root))


def test_production_degraded_waits_for_business_hours_and_production_down_does_not() -> None:
    tiers = Catalogue.load().routing.tiers

    assert {tier: route.hours for tier, route in tiers.items()} == {
        Tier.P1: Hours.ALWAYS,
        Tier.P2: Hours.BUSINESS,
        Tier.P3: Hours.ALWAYS,
    }


@pytest.mark.parametrize("name", STATE_ALERTS)
def test_no_title_is_a_name_that_grafana_gives_itself(name: str) -> None:
    assert name not in {alert.title for alert in Catalogue.load().alerts}


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_a_key_by_its_old_name_is_rejected_with_the_new_one(root: Path, spoil: Spoil, old: str, new: str) -> None:
    in_routes = new in {*Routing.model_fields, *Route.model_fields}
    spoil(TIERS if in_routes else API, f"routing/{old}" if in_routes else f"alerts/0/{old}", "OK")

    (problem,) = problems_of(root)
    assert problem.endswith(f"{old}: unknown key; write {new}, its new name")


@pytest.mark.parametrize("key", ["summary", "impact"])
def test_a_placeholder_that_nothing_fills_is_a_problem(root: Path, spoil: Spoil, key: str) -> None:
    spoil(API, f"alerts/0/{key}", "$environmen has {{ $labels.route }} errors on $url.")

    assert problems_of(root) == [
        (
            f'{ALERT}.{key}: unknown placeholder "$environmen"; write one of $bad_requests, '
            "$counted_over, $environment, $for, $rate_over, $threshold, $url"
        )
    ]


def test_the_limit_that_is_checked_must_be_there(root: Path, spoil: Spoil) -> None:
    spoil("catalogue/limits.yaml", "limits", {})

    assert problems_of(root) == [
        'catalogue/limits.yaml: (whole file): the limit "rules" is missing; write what the plan allows'
    ]


def test_two_rules_of_one_title_are_a_problem(root: Path, spoil: Spoil) -> None:
    # Grafana would reject the second one in up, after two minutes of retries.
    spoil(WORKER, "alerts/0/title", "API down")

    assert problems_of(root) == [
        f'{WORKER}: alerts[0].title: "API down" is the title of another rule already; write another'
    ]


@pytest.mark.parametrize("weekdays", ["friday:sunday", "friday:monday"])
def test_days_that_run_backwards_are_a_problem(root: Path, spoil: Spoil, weekdays: str) -> None:
    spoil(OWNERS, f"owners/{OWNER}/weekdays", weekdays)

    assert problems_of(root) == [
        f'{OWNERS}: owners.{OWNER}: weekdays "{weekdays}" run backwards; sunday is the first day of a week'
    ]


def test_a_week_from_sunday_is_accepted(root: Path, spoil: Spoil) -> None:
    spoil(OWNERS, f"owners/{OWNER}/weekdays", "sunday:thursday")

    assert Catalogue.load(root).owners[OWNER].weekdays == "sunday:thursday"


@pytest.mark.parametrize(
    ("path", "value", "what"),
    [
        (
            "metrics/sv0_http_request_duration_seconds/buckets",
            [],
            "a histogram has buckets and nothing else has; write their upper bounds, or none",
        ),
        (
            "metrics/sv0_queue_depth/buckets",
            [1.0],
            "a histogram has buckets and nothing else has; write their upper bounds, or none",
        ),
        (
            "metrics/sv0_http_request_duration_seconds/buckets",
            [0.5, 0.1],
            "buckets do not rise; write each upper bound once, from low to high",
        ),
        (
            "metrics/probe_success/labels",
            ["job", "environment"],
            'source "probe" and the label "environment" contradict; see the file\'s head',
        ),
        (
            "metrics/sv0_http_requests_total/refreshed_by",
            "event",
            "refreshed_by: event is for gauges, not for a counter; leave it out",
        ),
    ],
)
def test_a_metric_of_the_contract_must_add_up(root: Path, spoil: Spoil, path: str, value: object, what: str) -> None:
    spoil(TELEMETRY, path, value)

    metric = path.split("/")[1]
    assert problems_of(root) == [f"{TELEMETRY}: metrics.{metric}: {what}"]


HOURS = {"begins": "09:00", "ends": "18:00"}


@pytest.mark.parametrize("place", ["tiers/P2", "no_data_or_error"])
@pytest.mark.parametrize("repeats", ["15h", "1d"])
def test_a_repetition_that_is_no_shorter_than_a_night_is_a_problem(
    root: Path, spoil: Spoil, place: str, repeats: str
) -> None:
    """As it was: a day, so that what ended at night and began again was kept quiet until the next evening."""
    for owner in PEOPLE:
        spoil(OWNERS, f"owners/{owner}", {**read_yaml(root / OWNERS, OWNERS)["owners"][owner], **HOURS})
    spoil(TIERS, f"routing/{place}/repeat_interval", repeats)

    where = place.replace("/", ".")
    assert problems_of(root) == [
        (
            f'{TIERS}: routing.{where}.repeat_interval: "{repeats}" is no shorter than a night (15h): '
            "what returns after it is not sent; write 12h or less"
        )
    ]


def test_the_shortest_night_of_all_owners_counts(root: Path, spoil: Spoil) -> None:
    spoil(OWNERS, f"owners/{OWNER}/begins", "00:30")
    spoil(OWNERS, f"owners/{OWNER}/ends", "23:00")

    assert [problem.partition(" is no shorter")[2].partition(":")[0] for problem in problems_of(root)] == [
        " than a night (1h30m)"
    ] * 2


def test_an_event_that_would_wait_is_a_problem(root: Path, spoil: Spoil) -> None:
    spoil(TIERS, "routing/events/hours", "business")

    assert problems_of(root) == [f'{TIERS}: routing: "events" waits, but an event is over by then; write hours: always']


@pytest.mark.parametrize(("key", "value"), [("mention", "here"), ("email", True)])
def test_what_waits_for_business_hours_makes_no_sound_and_no_email(
    root: Path, spoil: Spoil, key: str, value: object
) -> None:
    spoil(TIERS, f"routing/tiers/P2/{key}", value)

    what = "a mention or an e-mail is for what cannot wait; write hours: always, or leave it out"
    assert problems_of(root) == [f"{TIERS}: routing.tiers.P2: {what}"]


@pytest.mark.parametrize("whom", ["everyone", "<!channel>", "@here", "s0123456789", "S01", "U0123456789", ""])
def test_a_mention_is_the_channel_or_a_user_group(root: Path, spoil: Spoil, whom: str) -> None:
    spoil(TIERS, "routing/tiers/P1/mention", whom)

    (problem,) = problems_of(root)
    assert problem.startswith(f"{TIERS}: routing.tiers.P1.mention: ")


def test_production_down_makes_a_sound_and_does_not_depend_on_slack() -> None:
    tiers = Catalogue.load().routing.tiers

    assert {tier: (route.mention, route.email) for tier, route in tiers.items()} == {
        Tier.P1: ("channel", True),
        Tier.P2: (None, False),
        Tier.P3: (None, False),
    }


def test_what_is_over_when_hours_begin_is_an_event() -> None:
    events = {alert.id for alert in Catalogue.load().alerts if alert.event}

    assert events == {"uncaught-exception", "crash-looping", "notifications-failing"}


WORK = {
    "name": "disk",
    "begins": "2027-03-01T22:00:00Z",
    "ends": "2027-03-02T00:30:00Z",
    "environments": ["production"],
    "alerts": "all",
    "reason": "A new disk",
}


def test_a_window_may_name_no_alert_that_cannot_fall_silent(root: Path, spoil: Spoil) -> None:
    named = ["api-down", "watchdog", "api-up", "dev-unreachable"]
    spoil(FILE, "windows", [WORK, WORK | {"alerts": named}])

    alerts = ", ".join(sorted(alert.id for alert in Catalogue.load().alerts if alert.id != "watchdog"))
    assert problems_of(root) == [
        f'{FILE}: windows[1].alerts[1]: "watchdog" must never be silent; remove it',
        f'{FILE}: windows[1].alerts[2]: "api-up" does not exist; write all, or some of {alerts}',
        (
            f'{FILE}: windows[1].alerts[3]: "dev-unreachable" is an alert of none of its environments; '
            "remove it, or write another environment"
        ),
        f'{FILE}: windows[1].name: "disk" is the name of another window already; write another',
    ]


QUEUE = f"{WORKER}: alerts[0]"
QUIET = (
    "calibrating_until would keep a P1, or the watchdog, from those who must hear of it; remove it, "
    "or begin with tier: P2"
)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"tier": "P1"}, f": {QUIET}"),
        ({"escalation": {"tier": "P1", "title": "Worse", "threshold": {"gt": 99}}}, f": {QUIET}"),
        ({"calibrating_until": 20270301}, '.calibrating_until: "20270301" is not a date; write the day on which it'),
        ({"calibrating_until": "20270301"}, '.calibrating_until: "20270301" is not a date; write the day on which it'),
        ({"calibrating_until": "2027-02-29"}, '.calibrating_until: "2027-02-29" is not a date; write the day on'),
        ({"calibrating_until": True}, '.calibrating_until: "True" is not a date; write the day on which it becomes'),
    ],
)
def test_what_cannot_be_on_trial_is_rejected(
    root: Path, spoil: Spoil, changes: dict[str, object], problem: str
) -> None:
    for key, value in ({"calibrating_until": "2027-03-01"} | changes).items():
        spoil(WORKER, f"alerts/0/{key}", value)

    (found,) = problems_of(root)
    assert found.startswith(f"{QUEUE}{problem}")


def test_a_window_names_no_unknown_alert_while_the_alert_itself_cannot_be_read(root: Path, spoil: Spoil) -> None:
    spoil(FILE, "windows", [WORK | {"alerts": ["queue-backing-up"]}])
    spoil(WORKER, "alerts/0/tier", "P9")

    assert [problem[: len(QUEUE)] for problem in problems_of(root)] == [QUEUE]


def test_the_route_of_trials_calls_nobody(root: Path, spoil: Spoil) -> None:
    for key, value in {"channel": "alerts", "hours": "business"}.items():
        spoil(TIERS, f"routing/calibrating/{key}", value)

        (found,) = problems_of(root)
        assert found == f'{TIERS}: routing: "calibrating" calls somebody; write channel: deploys and hours: always'


def test_at_a_moment_ended_windows_and_trials_are_as_if_they_were_not_there(root: Path, spoil: Spoil) -> None:
    plain = Catalogue.load(root)
    spoil(FILE, "windows", [WORK, WORK | {"name": "other", "ends": "2027-03-02T00:31:00Z"}])
    spoil(WORKER, "alerts/0/calibrating_until", date(2027, 3, 2))
    catalogue = Catalogue.load(root)
    end = datetime(2027, 3, 2, 0, 30, tzinfo=UTC)

    assert [one.name for one in catalogue.at(end - timedelta(seconds=1)).maintenance] == ["disk", "other"]
    assert [one.name for one in catalogue.at(end).maintenance] == ["other"]
    assert catalogue.at(end.replace(hour=1)) == plain
    assert catalogue.at(end - timedelta(hours=1)).alerts == catalogue.at(None).alerts == catalogue.alerts
    assert catalogue.alerts != plain.alerts
