"""The life of both stacks on the real engine, with doubles of the providers: from the first `up` to `destroy`."""

import signal
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from resilience.cli import main
from resilience.docgen.schemas import LINE
from resilience.manifest import Manifest, types
from resilience.review.previews import Preview
from tests.engine.conftest import Life
from tests.engine.doubled import PLANTED, DoubledProject
from tests.engine.doubles.messages import clear
from tests.engine.doubles.provider import CREATE, DELETE, UPDATE, ProviderCall, ProviderFault
from tests.engine.doubles.services import Services
from tests.engine.project import Snapshot, settings
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


def change(services: Services, name: str, **by_hand: str) -> None:
    """Change a contact point."""
    point = services.get(types.CONTACT_POINT, f"0:{name}")
    point.inputs |= {"slacks": [clear(point.inputs["slacks"])[0] | by_hand]}


class Drifted(NamedTuple):
    """A state, what would undo it, and exit code and output of `resilience drift`."""

    snapshot: Snapshot
    found: Preview
    code: int
    printed: str


@pytest.fixture(scope="module")
def drifted(life: Life) -> Drifted:
    """Production after changes by somebody else, some of which no service shows, and what would undo them.

    The variables of the shell would be a difference beside these changes.
    """
    life.project.restore(life.applied)
    life.project.shell(HARMLESS)
    services = life.project.services
    change(services, "slack-alerts", title="changed by hand")
    services.delete(types.RULE_GROUP, "0:sv0-production:queue-backing-up")
    services.delete(types.ENVIRONMENT_SECRET, f"{REPOSITORY}:production:GRAFANA_CLOUD_LOKI_USER")
    change(services, "slack-deploys", url="of somebody else")
    services.get(types.ACTIONS_SECRET, f"{REPOSITORY}:SLACK_WEBHOOK_ALERTS").inputs["value"] = "of somebody else"
    found = life.project.preview("production", "--refresh", "--diff")
    drift = CliRunner().invoke(main, ["drift", str(life.project.state.parent / "drift-production.json")])
    return Drifted(life.project.saved(), found, drift.exit_code, drift.stdout)


def test_what_somebody_else_changes_is_found_and_undone_where_the_service_shows_it_and_the_shell_changes_nothing(
    drifted: Drifted, doubled_project: DoubledProject
) -> None:
    """The known limit: the webhook of a contact point, and the value of a GitHub secret."""
    before = doubled_project.plain()
    doubled_project.restore(drifted.snapshot)
    assert drifted.found.whole
    assert {(step.op, step.name) for step in drifted.found.steps} == {
        ("update", "contact-points-alerts"),
        ("create", "alert-rules-queue-backing-up"),
        ("create", f"github-secrets-{REPOSITORY}-GRAFANA_CLOUD_LOKI_USER"),
    }
    assert (drifted.code, drifted.printed.count("production: ")) == (1, 3)

    doubled_project.up("production", "--refresh")
    after = doubled_project.plain()
    assert {key[1] for key in before | after if before.get(key) != after.get(key)} == {
        "0:slack-deploys",
        f"{REPOSITORY}:SLACK_WEBHOOK_ALERTS",
    }


def written(project: DoubledProject) -> str:
    """State, history, backups, stack files, logs and all that was printed."""
    logs = [path for path in Path(project.environment["PULUMI_HOME"]).rglob("*.log*") if path.is_file()]
    assert logs
    return project.everything_written() + "".join(
        [*project.printed, *(path.read_text(errors="replace") for path in logs)]
    )


def secrets(project: DoubledProject) -> list[str]:
    """Those that were planted, and those that the services made."""
    every = [
        held.computed.get(key) for held in project.services.held.values() for key in ("token", "key", "smAccessToken")
    ]
    return [*PLANTED.values(), *filter(None, every)]


@pytest.mark.usefixtures("drifted")
def test_no_secret_is_readable_although_the_providers_mark_none(doubled_project: DoubledProject) -> None:
    """Also in the plan that was printed for `drifted`, in export and outputs.

    First with the key that the double of Vault keeps, then with the passphrase that a backend of one's own needs.
    """
    text = written(doubled_project)
    doubled_project.good("stack", "change-secrets-provider", "passphrase", "--stack", "production")
    doubled_project.good("stack", "export", "--stack", "production")
    doubled_project.good("stack", "output", "--json", "--stack", "production")
    text += written(doubled_project)

    every = secrets(doubled_project)
    assert len(every) == len(PLANTED) + 6
    assert '"detailedDiff"' in text
    assert [one for one in every if one in text] == []


def test_setting_secrets_leaves_the_line_that_names_the_schema(life: Life) -> None:
    text = life.initialised.files[life.project.folder / "Pulumi.production.yaml"].decode()

    assert "secure:" in text
    assert text.startswith(f"{LINE}catalogue/schemas/stack.json\n")


def test_after_an_interrupt_and_after_a_failure_in_the_middle_that_is_named_the_next_up_continues(life: Life) -> None:
    project = life.project.with_checkpoints()
    project.restore(life.initialised)
    interrupt(project)
    assert project.services.of_type(types.RULE_GROUP) == []

    project.doubles.faults = [ProviderFault(CREATE, types.CONTACT_POINT, nth=2)]
    done = project.pulumi("up", "--yes", "--skip-preview", "--stack", "production")
    assert done.code != 0
    assert "contact-points-" in done.out + done.err
    assert project.services.of_type(types.NOTIFICATION_POLICY) == []
    text = written(project)
    assert [one for one in secrets(project) if one in text] == []

    life.project.up("production")
    assert project.plan("production", "--refresh") == ()
    assert {one.plain()["name"] for one in project.services.of_type(types.CONTACT_POINT)} == {
        "slack-alerts",
        "slack-alerts-p1",
        "slack-deploys",
        "slack-unrouted",
        "watchdog",
    }


def interrupt(project: DoubledProject) -> None:
    """Let an `up` begin, and end it with Ctrl-C."""
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


def test_variables_that_would_change_a_provider_are_rejected(doubled_project: DoubledProject) -> None:
    hostile = [name for name in VARIABLES if name not in (*HARMLESS, "PULUMI_CONFIG")]
    doubled_project.shell(VARIABLES)
    done = doubled_project.pulumi("preview", "--stack", "dev")

    assert done.code != 0
    assert [name for name in hostile if f"environment: {name}: " not in done.out + done.err] == []


def test_a_destroy_leaves_what_is_kept(doubled_project: DoubledProject) -> None:
    before = len(doubled_project.doubles.calls)
    doubled_project.good("destroy", "--yes", "--refresh", "--stack", "dev")
    doubled_project.good("state", "unprotect", "--all", "--yes", "--stack", "production")
    doubled_project.good("destroy", "--yes", "--refresh", "--stack", "production")

    calls = doubled_project.doubles.calls[before:]
    tree = index(calls, DELETE, "notification-policy-tree")
    assert tree < min(index(calls, DELETE, name) for name in names(calls, types.CONTACT_POINT, DELETE))
    kept = sorted(held.type for held in doubled_project.services.held.values())
    # The Grafana stack, its administrator, and GitHub's environments.
    assert kept == sorted([types.STACK, types.ORG_MEMBER, *[types.REPOSITORY_ENVIRONMENT] * 2])
