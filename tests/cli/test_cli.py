"""The command: exit codes, all problems at once, no secret, no half-written file, no traceback."""

import importlib
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from resilience.cli import app
from resilience.core.yaml_files import read_own
from resilience.manifest import Manifest, declare
from resilience.manifest.rules import declared_rules
from resilience.model.catalogue import ROOT, Catalogue
from resilience.model.dated import clock
from resilience.model.dated.maintenance import FILE
from resilience.model.stack_file import file_of
from resilience.rehearsal.scenario.scenario import SCENARIOS
from resilience.rehearsal.virtual.boundary import BOUNDARIES
from tests.stack_files import own, settings_of, stack_text

PEOPLE = Catalogue.load().owners
FIRST, SECOND = list(PEOPLE)[:2]
MISSING_TOKEN = (
    "MISSING  grafana:cloudAccessPolicyToken: is not set; run `pulumi config set --secret "
    "grafana:cloudAccessPolicyToken --stack dev` or set GRAFANA_CLOUD_ACCESS_POLICY_TOKEN"
)
CANARY = "https://hooks.slack.com/services/T0/B0/CANARY"


class Checkout:
    """A copy of the files that people edit; runs the command on it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.now: datetime | None = None

    def run(self, *arguments: str) -> Result:
        """Run the command; an exception other than an exit would be a traceback, and fails the test."""
        with clock.standing(self.now):
            result = CliRunner().invoke(app.main, ["-C", str(self.root), *arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    def own(self, file: str) -> Path:
        """The path of a file of which this checkout has its own copy."""
        return own(self.root, file)

    def edit(self, file: str, *changes: tuple[str, str]) -> None:
        """Replace texts that must exist."""
        path = self.own(file)
        text = path.read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        path.write_text(text)

    def set(self, stack: str, key: str, value: str) -> None:
        """Set a value in clear, as no command does."""
        (self.root / file_of(stack)).write_text(stack_text(settings_of(stack), **{key: value}))


_declared: dict[object, Manifest] = {}


def _declare_once(name: str, root: Path) -> Manifest:
    """What the program declares depends on these files; most tests spoil others, or the same as another test."""
    read = [
        path for path in sorted((root / "catalogue").rglob("*.yaml")) if path.name not in {"limits.yaml", "usage.yaml"}
    ]
    settings = root / file_of(name)
    key = (name, *(path.read_bytes() for path in (settings, *read) if path.exists()))
    if key not in _declared:
        _declared[key] = declare(name, root)
    return _declared[key]


@pytest.fixture(name="checkout")
def _checkout(whole_checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """Without promtool and amtool, which are the point of other tests, and with each program run once."""
    # Read now: what is imported while the double is there would keep it.
    importlib.import_module("resilience.cli.rehearsing")
    monkeypatch.setattr("resilience.manifest.program.declare", _declare_once)
    monkeypatch.setattr("resilience.cli.checks._tools", lambda _: ())
    monkeypatch.setattr("resilience.lint.rules.unrouted.receivers", lambda _, alerts: [["somebody"]] * len(alerts))
    return whole_checkout


@pytest.fixture(name="whole_checkout")
def _whole_checkout(tmp_path: Path, lent_catalogue: Path) -> Checkout:
    """With all that the command does."""
    (tmp_path / "catalogue").symlink_to(lent_catalogue)
    for name in ("runbooks", ".github", SCENARIOS, BOUNDARIES):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copy(ROOT / "__main__.py", tmp_path)
    for stack in ("production", "dev"):
        (tmp_path / file_of(stack)).write_text(stack_text(settings_of(stack)), encoding="utf-8")
    return Checkout(tmp_path)


def test_a_good_checkout_has_no_problems(whole_checkout: Checkout) -> None:
    result = whole_checkout.run("check")

    assert (result.exit_code, result.stdout) == (0, "No problems found.\n")


def test_the_stacks_are_listed_with_the_shared_one_first(checkout: Checkout) -> None:
    assert checkout.run("stacks").stdout == "production\ndev\n"
    assert json.loads(checkout.run("stacks", "--json").stdout) == ["production", "dev"]


def test_a_third_environment_is_one_file(checkout: Checkout) -> None:
    shutil.copy(checkout.root / "Pulumi.dev.yaml", checkout.root / "Pulumi.staging.yaml")
    checkout.edit("Pulumi.staging.yaml", ("environment: dev", "environment: staging"))

    result = checkout.run("check")

    assert checkout.run("stacks").stdout == "production\ndev\nstaging\n"
    assert (result.exit_code, result.stdout, result.stderr) == (0, "No problems found.\n", "")


def test_all_problems_of_all_files_are_reported_at_once(checkout: Checkout) -> None:
    checkout.edit("Pulumi.dev.yaml", ("stack: ", "stack: 7 #"), ("adopt:", "adobt:"))
    checkout.edit("Pulumi.production.yaml", (f"member: {FIRST}", "member: boris"))
    checkout.edit("catalogue/alerts/worker.yaml", ("for: 5m", "for: 300s"), ("tier: P2", "tier: P9"))
    checkout.edit("catalogue/alerts/api.yaml", ("max by (environment) (", "max by ("))
    checkout.edit("catalogue/alerts/availability.yaml", ("id: telemetry-missing", "id: api-down"))
    checkout.edit("catalogue/owners.yaml", (PEOPLE[SECOND].time_zone, "Asia/Nowhere"))
    checkout.own("runbooks/connector-stale.md").unlink()

    result = checkout.run("check")

    assert result.exit_code == 1
    assert [line.split(": ")[:2] for line in result.stderr.splitlines()] == [
        ["Pulumi.dev.yaml", "sv0-resilience:settings.grafana.adobt"],
        ["Pulumi.dev.yaml", "sv0-resilience:settings.grafana.adopt"],
        ["Pulumi.dev.yaml", "sv0-resilience:settings.grafana.stack"],
        ["catalogue/alerts/api.yaml", "alerts[2].expr"],
        ["catalogue/alerts/availability.yaml", "alerts[1].id"],
        ["catalogue/alerts/connectors.yaml", "alerts[0].id"],
        ["catalogue/alerts/worker.yaml", "alerts[0].for"],
        ["catalogue/alerts/worker.yaml", "alerts[0].tier"],
        ["catalogue/owners.yaml", f"owners.{SECOND}.time_zone"],
    ]


def test_an_unknown_team_member_is_reported_with_the_known_ones(checkout: Checkout) -> None:
    checkout.edit("Pulumi.production.yaml", (f"member: {FIRST}", "member: boris"))

    assert checkout.run("check").stderr == (
        "Pulumi.production.yaml: sv0-resilience:settings.team[0].member: "
        f'unknown owner "boris"; write one of {", ".join(sorted(PEOPLE))}\n'
    )


WORK = """windows:
  - name: disk
    begins: 2027-03-01T22:00:00Z
    ends: 2027-03-02T00:30:00Z
    environments: [production, prod]
    alerts: all
    reason: A new disk
"""


def test_a_window_that_has_ended_is_a_warning_so_that_no_clock_breaks_a_check(checkout: Checkout) -> None:
    checkout.edit(FILE, ("windows: []\n", WORK.replace(", prod", "")))
    end = datetime(2027, 3, 2, 0, 30, tzinfo=UTC)

    checkout.now = end - timedelta(seconds=1)
    before = checkout.run("check")
    checkout.now = end
    after = checkout.run("check")

    assert (before.exit_code, before.stderr) == (0, "")
    warning = f'warning: {FILE}: windows[0]: "disk" has ended; remove it; the next up leaves it out anyway\n'
    assert (after.exit_code, after.stderr) == (0, warning)


def test_a_window_of_an_environment_that_no_stack_has_is_reported(checkout: Checkout) -> None:
    checkout.edit(FILE, ("windows: []\n", WORK))

    result = checkout.run("check")

    problem = f'{FILE}: windows[0].environments[1]: "prod" does not exist; write some of dev, production\n'
    assert (result.exit_code, result.stderr) == (1, problem)


def test_a_trial_is_reported_from_its_date_on_and_while_it_is_too_long(checkout: Checkout) -> None:
    checkout.edit("catalogue/alerts/worker.yaml", ("tier: P2", "tier: P2\n    calibrating_until: 2027-03-01"))
    day, second = datetime(2027, 3, 1, tzinfo=UTC), timedelta(seconds=1)

    def found(now: datetime) -> list[str]:
        checkout.now = now
        return checkout.run("check").stderr.splitlines()

    place = "catalogue/alerts/worker.yaml: alerts[0].calibrating_until"
    assert found(day - second) == []
    assert found(day) == [f'{place}: "2027-03-01" has come, so the alert is real; remove the key, or set a later date']
    assert found(day - timedelta(days=31) - second) == [
        f'{place}: "2027-03-01" is more than 31 days ahead; write 2027-02-28 or an earlier day'
    ]
    assert found(day - timedelta(days=31)) == []


def test_more_rules_than_the_free_tier_allows_are_rejected(
    checkout: Checkout, production: Manifest, dev: Manifest
) -> None:
    checkout.edit("catalogue/limits.yaml", ("limit: 100\n", "limit: 20\n"))

    assert checkout.run("check").stderr == (
        f"catalogue/alerts: (all stacks): {len(list(declared_rules([production, dev])))} Grafana-managed alert rules, "
        "but the free tier allows 20 "
        "(most by credential-expiring: 4); declare fewer\n"
    )


def plant_what_only_lints_find(checkout: Checkout) -> None:
    checkout.edit("catalogue/alerts/worker.yaml", ("summary: '", "summary: '{{ $labels.job }} "))
    checkout.edit("catalogue/alerts/availability.yaml", ("unseen_for: 5m", "unseen_for: 3m"))
    checkout.edit("runbooks/api-down.md", ("## How to silence", "## Silence"))


LINTED = [
    (
        "runbooks/api-down.md: (sections)",
        'lacks "How to silence"',
        "write something under each of these headings [runbook-incomplete]",
    ),
    (
        "stack production, stack dev: queue-backing-up.summary",
        'shows the label "job", which the expression does not always return',
        "keep it in the expression's by (…), or show one of environment [label-aggregated-away]",
    ),
    (
        "stack production, stack dev: telemetry-missing.expr",
        '"up[3m]" is shorter than 4 scrapes',
        "write 4m or more [range-too-short]",
    ),
]


def test_all_lints_are_reported_at_once_each_line_ends_with_the_id(checkout: Checkout) -> None:
    plant_what_only_lints_find(checkout)

    result = checkout.run("check")

    assert result.exit_code == 1
    assert result.stderr.splitlines() == [f"{where}: {what}; {instead}" for where, what, instead in LINTED]


def test_on_a_terminal_each_problem_has_three_lines(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    plant_what_only_lints_find(checkout)
    monkeypatch.setattr(app, "_is_terminal", lambda: True)

    result = checkout.run("check")

    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        line for where, what, instead in LINTED for line in (where, f"  {what}", f"  {instead}")
    ]


def test_the_budget_names_what_costs_most(checkout: Checkout) -> None:
    result = checkout.run("budget")

    assert result.exit_code == 0
    assert [line.rstrip().split("  ")[-1].split(":")[0].strip() for line in result.stdout.splitlines()][:3] == [
        "costs most",
        "credential-expiring",
        "sv0-dev-connector-stale",
    ]


def test_a_budget_over_a_limit_fails_as_text_and_as_json(checkout: Checkout) -> None:
    checkout.edit("catalogue/limits.yaml", ("limit: 100\n", "limit: 20\n"))

    text, machine = checkout.run("budget"), checkout.run("budget", "--json")

    assert (text.exit_code, machine.exit_code) == (1, 1)
    assert [line.endswith("OVER THE LIMIT") for line in text.stdout.splitlines()].count(True) == 1
    assert [line["limit"] for line in json.loads(machine.stdout) if line["exceeded"]] == ["rules"]


def test_a_schedule_without_minutes_is_rejected_by_check_and_budget(checkout: Checkout) -> None:
    text = 'on: {schedule: [{cron: "7 * * * *"}]}\njobs: {probe: {runs-on: ubuntu-24.04}}\n'
    checkout.own(".github/workflows/nightly.yml").write_text(text)
    missing = (
        "catalogue/usage.yaml: actions.minutes.nightly.probe: "
        "is missing for .github/workflows/nightly.yml; write the minutes of one run\n"
    )

    found = [checkout.run(command) for command in ("check", "budget")]

    assert [(one.exit_code, one.stderr) for one in found] == [(1, missing), (2, missing)]


def test_all_stacks_must_name_the_same_grafana(checkout: Checkout) -> None:
    checkout.edit("Pulumi.dev.yaml", ("stack: ", "stack: another #"))

    grafana = settings_of("production")["grafana"]
    assert checkout.run("check").stderr == (
        "Pulumi.dev.yaml: sv0-resilience:settings.grafana.stack: "
        f'"another" is not the Grafana of Pulumi.production.yaml, "{grafana["stack"]}"; write the same\n'
    )


def test_a_stack_that_cannot_be_read_may_be_the_shared_one(checkout: Checkout) -> None:
    key = "sv0-resilience:slackWebhookAlerts"
    checkout.set("production", key, CANARY)

    assert checkout.run("check").stderr == (
        f"Pulumi.production.yaml: {key}: is not encrypted; run `pulumi config set --secret {key} --stack production`\n"
    )


@pytest.mark.parametrize("command", [["manifest"], ["manifest", "--json"], ["export", "--out", "OUT"], ["rehearse"]])
def test_every_command_rejects_bad_input_with_2_and_without_a_traceback(
    checkout: Checkout, tmp_path: Path, command: list[str]
) -> None:
    checkout.edit("catalogue/alerts/worker.yaml", ("for: 5m", "for: five"))
    out = tmp_path / "out"

    result = checkout.run(*(str(out) if word == "OUT" else word for word in command))

    assert (result.exit_code, result.stdout, result.stderr) == (
        2,
        "",
        'catalogue/alerts/worker.yaml: alerts[0].for: "five" is not a duration; write it as 30s, 5m, 1h30m or 1d\n',
    )
    assert not out.exists()


def test_an_unknown_stack_is_rejected(checkout: Checkout) -> None:
    result = checkout.run("manifest", "--stack", "staging")

    assert (result.exit_code, result.stderr) == (
        2,
        "Pulumi.staging.yaml: (whole file): cannot be read (No such file or directory); make it readable\n",
    )


def test_a_secret_in_clear_is_rejected_and_not_shown(checkout: Checkout) -> None:
    checkout.set("production", "sv0-resilience:slackWebhookAlerts", CANARY)

    result = checkout.run("manifest")

    assert result.exit_code == 2
    assert result.stderr == (
        "Pulumi.production.yaml: sv0-resilience:slackWebhookAlerts: is not encrypted; "
        "run `pulumi config set --secret sv0-resilience:slackWebhookAlerts --stack production`\n"
    )


@pytest.mark.parametrize("key", ["grafana:auth", "slackWebhook", "sv0-resilience:other"])
def test_an_unknown_configuration_key_is_rejected_and_its_value_not_shown(checkout: Checkout, key: str) -> None:
    checkout.set("dev", key, CANARY)

    result = checkout.run("check")

    assert result.exit_code == 1
    assert result.stderr == f"Pulumi.dev.yaml: {key}: unknown key; remove it, or correct its spelling\n"


def test_the_manifest_as_json_is_one_list_of_both_stacks(checkout: Checkout) -> None:
    resources = json.loads(checkout.run("manifest", "--json").stdout)

    assert {resource["stack"] for resource in resources} == {"production", "dev"}
    assert set(resources[0]) >= {"urn", "type", "name", "parent", "inputs", "secrets", "dependsOn", "protect"}


def test_the_export_writes_what_it_names(checkout: Checkout, tmp_path: Path) -> None:
    result = checkout.run("export", "--out", str(tmp_path / "out"))

    assert sorted(result.stdout.split()) == sorted(str(path) for path in (tmp_path / "out").iterdir())
    assert set(read_own((tmp_path / "out/rules.yml").read_text())) == {"groups"}


def test_the_doctor_names_the_command_for_each_missing_secret(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("GRAFANA_CLOUD_ACCESS_POLICY_TOKEN", raising=False)
    monkeypatch.setenv("GITHUB_TOKEN", CANARY)

    result = checkout.run("doctor", "--stack", "dev", "--offline")

    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "MISSING  engine: there is no `pulumi` on PATH; see pulumi.com/docs/iac/download-install",
        "MISSING  toolchain: there is no `uv` on PATH; run `make preview` or `make up`, which bring their own",
        "unknown  login: cannot be checked (there is no `pulumi` on PATH)",
        "ok       input: Pulumi.dev.yaml and the catalogue are right",
        MISSING_TOKEN,
        "ok       github:token: is set",
        *(
            f"MISSING  {key}: is not set; run `pulumi config set --secret {key} --stack dev`"
            for key in (f"sv0-resilience:{name}" for name in ("accessClientId", "accessClientSecret"))
        ),
        "ok       limits: all 7 limits of the free plans are kept",
        "unknown  production: cannot be checked (Pulumi cannot be asked for its outputs)",
    ]


def test_the_doctor_prints_json(checkout: Checkout) -> None:
    findings = json.loads(checkout.run("doctor", "--json", "--offline").stdout)

    assert {"subject", "good", "found", "remedy", "known"} == set(findings[0])


def test_the_alerts_are_listed_by_tier(checkout: Checkout) -> None:
    assert [line.split()[0] for line in checkout.run("alerts").stdout.splitlines()][:2] == ["alert", "api-down"]


def test_an_unknown_scenario_is_rejected_with_those_that_exist(checkout: Checkout) -> None:
    result = checkout.run("rehearse", "no-such-incident")

    assert result.exit_code == 2
    assert result.stderr.startswith('no scenario "no-such-incident"; use one of ')


def test_a_scenario_of_an_environment_that_no_stack_has_is_found(checkout: Checkout) -> None:
    checkout.edit(f"{SCENARIOS}/queue-exactly-ten.yaml", ("environment: production", "environment: prod"))

    result = checkout.run("check")

    assert (result.exit_code, result.stderr) == (
        1,
        (
            f'{SCENARIOS}/queue-exactly-ten.yaml: faults[0].environment: "prod" does not exist; '
            "write one of dev, production\n"
        ),
    )


def test_scenarios_and_boundaries_are_checked_too(checkout: Checkout) -> None:
    checkout.edit(f"{SCENARIOS}/queue-stuck.yaml", ("title:", "titel:"))
    checkout.edit(f"{BOUNDARIES}/queue-backing-up.yaml", ("pins: [for]", "pins: [fore]"))

    result = checkout.run("check")

    assert (result.exit_code, result.stderr.splitlines()) == (
        1,
        [
            (
                f'{BOUNDARIES}/queue-backing-up.yaml: boundaries: nothing pins "for"; '
                "write what fires just past it, and what does not"
            ),
            (
                f"{BOUNDARIES}/queue-backing-up.yaml: fore: is no number of the alert; "
                "write one of for, seen_for, threshold"
            ),
            f"{SCENARIOS}/queue-stuck.yaml: titel: unknown key; remove it, or correct its spelling",
            f"{SCENARIOS}/queue-stuck.yaml: title: is missing; write it",
        ],
    )
