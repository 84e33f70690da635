"""The life of both stacks on the real engine, with doubles of the providers: from the first `up` to `destroy`."""

import signal
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace

import pytest

from resilience.docgen.schemas import LINE
from resilience.manifest import Manifest, types
from tests.engine.conftest import Life
from tests.engine.doubled import PLANTED, DoubledProject, hosted
from tests.engine.doubles.messages import clear
from tests.engine.doubles.provider import CREATE, DELETE, UPDATE, ProviderCall, ProviderFault
from tests.engine.project import settings
from tests.program.test_shell import VARIABLES

REPOSITORY = settings("production").github.repositories[0]
# What the program does not pass on: it reads these two itself, and Actions sets or people use the others.
HARMLESS = ("GITHUB_TOKEN", "GH_TOKEN", "GRAFANA_CLOUD_ACCESS_POLICY_TOKEN")


def index(calls: list[ProviderCall], op: str, name: str) -> int:
    return next(place for place, call in enumerate(calls) if (call.op, call.name) == (op, name))


def names(calls: Iterable[ProviderCall], type_: str, op: str = CREATE) -> list[str]:
    return [call.name for call in calls if (call.op, call.type) == (op, type_)]


def test_the_first_up_imports_what_exists_and_creates_all_that_is_declared(
    life: Life, production: Manifest, dev: Manifest
) -> None:
    declared = [one for manifest in (production, dev) for one in manifest.resources if one.custom]

    assert sorted(call.name for call in life.first if call.op == CREATE) == sorted(
        one.name for one in declared if not one.import_id
    )
    assert sorted(call.name for call in life.first if call.op == UPDATE) == sorted(
        one.name for one in declared if one.import_id
    )


def test_the_first_up_creates_in_the_order_that_the_services_need(life: Life) -> None:
    tree = index(life.first, CREATE, "notification-policy-tree")
    points = [index(life.first, CREATE, name) for name in names(life.first, types.CONTACT_POINT)]
    timings = [index(life.first, CREATE, name) for name in names(life.first, types.MUTE_TIMING)]
    chains = (
        ("telemetry-access-policy", "telemetry-access-token", f"github-secrets-{REPOSITORY}-GRAFANA_CLOUD_LOKI_TOKEN"),
        ("grafana-access-account", "grafana-access-token", "alert-rules-folder", "alert-rules-api-down"),
        ("outside-checks-policy", "outside-checks-publisher", "outside-checks-installation", "uptime-checks-ready"),
    )

    assert index(life.first, CREATE, "message-templates-slack") < min(points)
    assert max(points + timings) < tree
    for chain in chains:
        places = [index(life.first, CREATE, name) for name in chain]
        assert places == sorted(places)


@pytest.mark.parametrize("stack", ["production", "dev"])
def test_nothing_is_left_to_change_after_an_up_and_after_a_refresh(doubled_project: DoubledProject, stack: str) -> None:
    assert doubled_project.up(stack, "--expect-no-changes") == []
    doubled_project.good("refresh", "--yes", "--stack", stack)
    assert doubled_project.plan(stack) == ()


def test_a_change_by_somebody_else_is_found_and_undone(doubled_project: DoubledProject) -> None:
    services = doubled_project.services
    before = {key: held.plain() for key, held in services.held.items()}
    point = services.get(types.CONTACT_POINT, "0:slack-alerts")
    point.inputs |= {"slacks": [clear(point.inputs["slacks"])[0] | {"title": "changed by hand"}]}
    services.delete(types.RULE_GROUP, "0:sv0-production:queue-backing-up")
    services.delete(types.ENVIRONMENT_SECRET, f"{REPOSITORY}:production:GRAFANA_CLOUD_LOKI_USER")

    assert doubled_project.plan("production") == ()
    found = doubled_project.plan("production", "--refresh")
    assert {(step.op, step.name) for step in found} == {
        ("update", "contact-points-alerts"),
        ("create", "alert-rules-queue-backing-up"),
        ("create", f"github-secrets-{REPOSITORY}-GRAFANA_CLOUD_LOKI_USER"),
    }
    assert reported(doubled_project, "production") == (1, 3)

    doubled_project.up("production", "--refresh")
    assert {key: held.plain() for key, held in services.held.items()} == before


def reported(project: DoubledProject, stack: str) -> tuple[int, int]:
    """Exit code and number of lines of `resilience drift` on the last plan."""
    command = [sys.executable, "-m", "resilience", "drift", str(project.state.parent / f"drift-{stack}.json")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout.count(f"{stack}: ")


def test_what_a_service_does_not_show_is_no_drift(doubled_project: DoubledProject) -> None:
    """The known limit: the webhook of a contact point, and the value of a GitHub secret."""
    services = doubled_project.services
    services.get(types.ACTIONS_SECRET, f"{REPOSITORY}:SLACK_WEBHOOK_ALERTS").inputs["value"] = "of somebody else"
    point = services.get(types.CONTACT_POINT, "0:slack-alerts")
    point.inputs |= {"slacks": [clear(point.inputs["slacks"])[0] | {"url": "of somebody else"}]}

    assert doubled_project.plan("production", "--refresh") == ()


def test_no_secret_is_readable_although_the_providers_mark_none(doubled_project: DoubledProject) -> None:
    """In state, history, backups, stack files, export, plan, outputs, logs and all that was printed.

    First with the key that the double of Vault keeps, then with the passphrase that a backend of one's own needs.
    """
    for stack in ("production", "dev"):
        doubled_project.good("stack", "change-secrets-provider", "passphrase", "--stack", stack)
        doubled_project.good("stack", "export", "--stack", stack)
        doubled_project.good("stack", "output", "--json", "--stack", stack)
        doubled_project.plan(stack, "--refresh", "--diff")
    logs = [path for path in (doubled_project.state.parent / "home").rglob("*.log*") if path.is_file()]
    text = doubled_project.everything_written() + "".join(doubled_project.printed)
    text += "".join(path.read_text(errors="replace") for path in logs)

    computed = ("token", "key", "smAccessToken")
    generated = [
        held.computed[key]
        for held in doubled_project.services.held.values()
        for key in computed
        if key in held.computed
    ]
    assert len(generated) == 6
    assert "sv0-production" in text
    assert [one for one in (*PLANTED.values(), *generated) if one in text] == []


def test_setting_secrets_leaves_the_line_that_names_the_schema(life: Life) -> None:
    text = life.initialised.files[life.project.folder / "Pulumi.production.yaml"].decode()

    assert "secure:" in text
    assert text.startswith(f"{LINE}catalogue/schemas/stack.json\n")


def test_a_failure_in_the_middle_is_named_and_the_next_up_continues(life: Life) -> None:
    project = life.project
    project.restore(life.initialised)
    project.doubles.faults = [
        ProviderFault(CREATE, types.FOLDER, seconds=1, fails=False),
        ProviderFault(CREATE, types.CONTACT_POINT, nth=2),
    ]

    done = project.pulumi("up", "--yes", "--skip-preview", "--stack", "production")
    assert done.code != 0
    assert "contact-points-" in done.out + done.err
    assert project.services.of_type(types.NOTIFICATION_POLICY) == []

    project.up("production")
    assert project.plan("production", "--refresh") == ()
    assert {one.plain()["name"] for one in project.services.of_type(types.CONTACT_POINT)} == {
        "slack-alerts",
        "slack-alerts-p1",
        "slack-deploys",
        "slack-unrouted",
        "watchdog",
    }


def test_after_an_interrupt_the_next_up_continues(life: Life) -> None:
    project = life.project
    project.restore(life.initialised)
    slow = ProviderFault(CREATE, types.FOLDER, seconds=2, fails=False)
    project.doubles.faults = [slow]

    command = ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive", "--client", project.client]
    running = subprocess.Popen(
        [*command, "--stack", "production"], cwd=project.folder, env=project.environment, stdout=subprocess.DEVNULL
    )
    try:
        assert slow.begun.wait(timeout=60)
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=60) != 0
    finally:
        running.kill()
        running.wait(timeout=60)
    assert project.services.of_type(types.RULE_GROUP) == []

    project.up("production")
    assert project.plan("production", "--refresh") == ()


def test_variables_that_would_change_a_provider_are_rejected(doubled_project: DoubledProject) -> None:
    hostile = [name for name in VARIABLES if name not in (*HARMLESS, "PULUMI_CONFIG")]
    with hosted(doubled_project.folder, {**doubled_project.environment, **dict.fromkeys(VARIABLES, "7")}) as port:
        done = replace(doubled_project, client=f"127.0.0.1:{port}").pulumi("preview", "--stack", "dev")

    assert done.code != 0
    assert [name for name in hostile if f"environment: {name}: " not in done.out + done.err] == []


def test_the_other_variables_of_the_shell_change_no_resource(doubled_project: DoubledProject) -> None:
    with hosted(doubled_project.folder, {**doubled_project.environment, **dict.fromkeys(HARMLESS, "7")}) as port:
        assert replace(doubled_project, client=f"127.0.0.1:{port}").plan("dev") == ()


def test_a_destroy_leaves_what_is_kept(doubled_project: DoubledProject) -> None:
    before = len(doubled_project.doubles.calls)
    for stack in ("dev", "production"):
        doubled_project.good("state", "unprotect", "--all", "--yes", "--stack", stack)
        doubled_project.good("destroy", "--yes", "--refresh", "--stack", stack)

    calls = doubled_project.doubles.calls[before:]
    tree = index(calls, DELETE, "notification-policy-tree")
    assert tree < min(index(calls, DELETE, name) for name in names(calls, types.CONTACT_POINT, DELETE))
    kept = sorted(held.type for held in doubled_project.services.held.values())
    # The Grafana stack, its administrator, and GitHub's environments.
    assert kept == sorted([types.STACK, types.ORG_MEMBER, *[types.REPOSITORY_ENVIRONMENT] * 2])
