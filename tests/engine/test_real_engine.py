"""The whole life of both stacks on the real engine and the real providers, against the stand-in.

Run by `make engine`, and by CI with the official binaries. Without them it is skipped with the reason.
A pass is no proof for the real services: the stand-in is written after what the providers do.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from resilience.model.settings import SETTINGS_KEY, Secret
from resilience.review.rotation import only_rotation
from tests.engine import live
from tests.engine.applied import HOOKS, planted
from tests.engine.project import CANARIES, Project, settings
from tests.standin.client import Client
from tests.standin.server import Standin

pytestmark = pytest.mark.integration

REPOSITORY = f"{settings('production').github.owner}/{settings('production').github.repositories[0]}"


def grafana(standin: Standin) -> dict[str, Any]:
    return standin.state.grafana(settings("production").grafana.stack)


def repository(standin: Standin) -> dict[str, Any]:
    found: dict[str, Any] = standin.state.github["repositories"][REPOSITORY]
    return found


def up(project: Project, stack: str, *flags: str) -> str:
    return project.good("up", "--yes", "--stack", stack, *flags)


def test_both_stacks_from_preview_to_destroy(project: Project, standin: Standin) -> None:
    """One test, because one `up` takes most of a minute."""
    _leave_the_team(project.folder / "Pulumi.production.yaml", "sergey")
    for stack in ("production", "dev"):
        project.init(stack, planted(settings(stack).required_secrets()))
        project.good("preview", "--stack", stack)
        up(project, stack)
        nothing_is_left_to_change(project, stack)
    assert live.differences(project, live.of(standin)) == []
    assert Client(standin)("GET", "/_unknown").body == []
    assert set(grafana(standin)["folders"]) >= {"sv0-production", "sv0-dev"}

    outputs_and_github_have_what_the_collector_needs(project, standin)
    no_secret_is_readable(project, standin)
    a_change_by_somebody_else_is_named_and_undone(project, standin)
    the_stack_is_protected_from_replacement(project, standin)
    a_renamed_owner_keeps_the_timing(project, standin)
    a_destroy_of_both_stacks_leaves_what_is_kept(project, standin)


def nothing_is_left_to_change(project: Project, stack: str) -> None:
    project.good("preview", "--expect-no-changes", "--stack", stack)
    up(project, stack, "--expect-no-changes")
    project.good("refresh", "--yes", "--stack", stack)
    assert project.plan(stack, "--refresh") == ()


def outputs_and_github_have_what_the_collector_needs(project: Project, standin: Standin) -> None:
    masked = project.json("stack", "output", "--stack", "production")
    clear = project.json("stack", "output", "--show-secrets", "--stack", "production")

    policies = {policy["id"]: policy["name"] for policy in standin.state.cloud["policies"].values()}
    tokens = [
        token["token"]
        for token in standin.state.cloud["tokens"].values()
        if policies[token["accessPolicyId"]] == "sv0-production-telemetry"
    ]
    assert (masked["telemetry_token"], [clear["telemetry_token"]]) == ("[secret]", tokens)
    written = repository(standin)["environments"]["production"]["secrets"]
    assert written["GRAFANA_CLOUD_LOKI_TOKEN"]["value"] == tokens[0]
    assert written["GRAFANA_CLOUD_LOKI_URL"]["value"] == clear["loki_url"]
    assert repository(standin)["secrets"]["SLACK_WEBHOOK_ALERTS"]["value"] == HOOKS[Secret.SLACK_WEBHOOK_ALERTS]


def no_secret_is_readable(project: Project, standin: Standin) -> None:
    """In state, history, backups, stack files, export and preview."""
    text = project.everything_written()
    for stack in ("production", "dev"):
        text += project.good("stack", "export", "--stack", stack)
        text += project.good("preview", "--json", "--refresh", "--stack", stack)

    generated = [token["token"] for token in standin.state.cloud["tokens"].values()]
    accounts = grafana(standin)["accounts"].values()
    generated += [token["key"] for account in accounts for token in account["tokens"].values()]
    planted = [*HOOKS.values(), *CANARIES.values()]
    assert len(generated) >= 4
    assert "sv0-production" in text
    assert [secret for secret in planted + generated if secret in text or json.dumps(secret)[1:-1] in text] == []


def a_change_by_somebody_else_is_named_and_undone(project: Project, standin: Standin) -> None:
    point = contact_point(standin, "slack-alerts")
    title = point["settings"]["title"]
    point["settings"]["title"] = "changed by hand"
    del repository(standin)["environments"]["production"]["secrets"]["GRAFANA_CLOUD_LOKI_USER"]

    # Without a refresh none of it is visible.
    assert project.plan("production") == ()
    found = project.plan("production", "--refresh")
    secret = f"github-secrets-{REPOSITORY.partition('/')[2]}-GRAFANA_CLOUD_LOKI_USER"
    assert {step.name for step in found} == {"contact-points-alerts", secret}
    assert not only_rotation(found)

    up(project, "production", "--refresh")
    assert contact_point(standin, "slack-alerts")["settings"]["title"] == title
    assert "GRAFANA_CLOUD_LOKI_USER" in repository(standin)["environments"]["production"]["secrets"]
    assert project.plan("production", "--refresh") == ()


def contact_point(standin: Standin, name: str) -> dict[str, Any]:
    points: list[dict[str, Any]] = list(grafana(standin)["contact_points"].values())
    return next(one for one in points if one["name"] == name)


def the_stack_is_protected_from_replacement(project: Project, standin: Standin) -> None:
    file = project.folder / "Pulumi.production.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(f"region: {settings('production').grafana.region}", "region: us"), encoding="utf-8")
    assert file.read_text(encoding="utf-8") != text

    done = project.pulumi("preview", "--stack", "production")
    file.write_text(text, encoding="utf-8")
    assert done.code != 0
    assert "protect" in done.out + done.err
    assert "sv0-production" in grafana(standin)["folders"]


def a_renamed_owner_keeps_the_timing(project: Project, standin: Standin) -> None:
    """In the provider's own order the old timing would be deleted first, and removed from the tree."""
    _rename_owner(project.folder, "sergey", "sergei")

    up(project, "production")
    assert set(grafana(standin)["timings"]) == {"business-hours-ivan", "business-hours-sergei"}
    assert project.plan("production", "--refresh") == ()


def a_destroy_of_both_stacks_leaves_what_is_kept(project: Project, standin: Standin) -> None:
    project.good("destroy", "--yes", "--refresh", "--stack", "dev")
    assert "sv0-dev" not in grafana(standin)["folders"]
    assert "sv0-production" in grafana(standin)["folders"]

    project.good("state", "unprotect", "--all", "--yes", "--stack", "production")
    project.good("destroy", "--yes", "--refresh", "--stack", "production")
    assert grafana(standin)["rules"] == {}
    assert grafana(standin)["policy"]["receiver"] == "grafana-default-email"
    # Kept on purpose: the stack itself, its administrator, and GitHub's environments.
    assert len(standin.state.cloud["stacks"]) == 1
    assert "Admin" in {member["role"] for member in standin.state.cloud["members"].values()}
    assert set(repository(standin)["environments"]) == {"production", "dev"}


def test_a_failed_up_names_what_failed_and_the_next_up_continues(project: Project, standin: Standin) -> None:
    project.init("production", planted(settings("production").required_secrets()))
    passing = [
        {"match": "POST .*/folders", "status": 503},
        {"match": "POST .*/serviceaccounts$", "status": 429, "headers": {"Retry-After": "1"}},
    ]
    lasting = {"match": "POST .*/contact-points", "status": 400, "skip": 1}
    for fault in (*passing, lasting):
        Client(standin)("POST", "/_faults", fault)

    done = project.pulumi("up", "--yes", "--skip-preview", "--stack", "production")
    assert done.code != 0
    assert "contact-points-" in done.out + done.err
    assert not [value for value in (*HOOKS.values(), *CANARIES.values()) if value in done.out + done.err]
    assert len(grafana(standin)["contact_points"]) < 3

    up(project, "production")
    names = sorted(one["name"] for one in grafana(standin)["contact_points"].values())
    assert names == ["slack-alerts", "slack-alerts-p1", "slack-deploys", "slack-unrouted"]
    # The engine waited for the faults that pass.
    assert [fault["hits"] for fault in Client(standin)("GET", "/_faults").body] == [1, 1, 1]
    assert project.plan("production", "--refresh") == ()


def _leave_the_team(file: Path, member: str) -> None:
    """A renamed member is a new membership, which grafana.com rejects while the old one exists."""
    found = yaml.safe_load(file.read_text(encoding="utf-8"))
    stack = found["config"][SETTINGS_KEY]
    stack["team"] = [one for one in stack["team"] if one["member"] != member]
    file.write_text(yaml.safe_dump(found, sort_keys=False), encoding="utf-8")


def _rename_owner(folder: Path, old: str, new: str) -> None:
    for path in [folder / "Pulumi.production.yaml", *(folder / "catalogue").rglob("*.yaml")]:
        text = path.read_text(encoding="utf-8")
        # The key and references to it; the login stays.
        for before, after in (
            (f"  {old}:", f"  {new}:"),
            (f"owner: {old}", f"owner: {new}"),
            (f"member: {old}", f"member: {new}"),
        ):
            text = text.replace(before, after)
        path.write_text(text, encoding="utf-8")
