"""What goes wrong by hand or by chance, and the commands of docs/bootstrap.md that mend it, on the real engine."""

from resilience.manifest import types
from tests.engine.conftest import Life
from tests.engine.doubled import DoubledProject
from tests.engine.doubles.messages import clear
from tests.engine.doubles.provider import CREATE, ProviderFault
from tests.engine.project import settings


def account(project: DoubledProject, environment: str) -> str:
    """The id of Pulumi's own service account."""
    every = project.services.of_type(types.SERVICE_ACCOUNT)
    return next(one.id for one in every if one.plain()["name"] == f"sv0-{environment}-pulumi")


def test_without_its_own_account_nothing_is_seen_until_it_is_made_again(doubled_project: DoubledProject) -> None:
    doubled_project.services.delete(types.SERVICE_ACCOUNT, account(doubled_project, "dev"))
    done = doubled_project.pulumi("preview", "--refresh", "--stack", "dev")
    assert done.code != 0
    assert "401: Invalid API key" in done.out + done.err

    urns = [doubled_project.urn("dev", f"grafana-access-{name}") for name in ("account", "token")]
    doubled_project.good("refresh", "--yes", "--stack", "dev", *(f"--target={urn}" for urn in urns))
    calls = doubled_project.up("dev")
    assert [call.op for call in calls] == [CREATE, CREATE]
    assert doubled_project.plan("dev", "--refresh") == []


def test_a_member_who_was_removed_is_added_again_as_one_who_has_not_joined(doubled_project: DoubledProject) -> None:
    services, team = doubled_project.services, settings("production").team
    (member, *_) = services.of_type(types.ORG_MEMBER)
    services.delete(types.ORG_MEMBER, member.id)
    done = doubled_project.pulumi("preview", "--refresh", "--stack", "production")
    assert done.code != 0
    assert f"resource '{member.id}' does not exist" in done.out + done.err

    doubled_project.settle("production", team=[one.model_dump() | {"joined": False} for one in team])
    doubled_project.up("production", "--refresh")
    assert services.find(types.ORG_MEMBER, member.id)
    doubled_project.settle("production", team=[one.model_dump() for one in team])
    assert doubled_project.plan("production", "--refresh") == []


def test_the_tree_and_a_group_can_be_replaced_by_command(doubled_project: DoubledProject) -> None:
    before = doubled_project.plain()
    urns = [doubled_project.urn("production", name) for name in ("notification-policy-tree", "alert-rules-api-down")]

    doubled_project.up("production", *(f"--replace={urn}" for urn in urns))
    assert doubled_project.plain() == before


def test_a_contact_point_cannot_be_replaced_by_command_and_nothing_is_lost(doubled_project: DoubledProject) -> None:
    before, urn = doubled_project.plain(), doubled_project.urn("production", "contact-points-alerts")

    done = doubled_project.pulumi("up", "--yes", "--skip-preview", "--stack", "production", f"--replace={urn}")
    assert done.code != 0
    assert "409: slack-alerts is used by the policy tree" in done.out + done.err
    assert doubled_project.plain() == before


def test_after_a_lost_answer_what_exists_but_is_not_known_must_be_deleted_by_hand(life: Life) -> None:
    project = life.project
    project.restore(life.initialised)
    project.doubles.faults = [ProviderFault(CREATE, types.FOLDER, done=True)]
    project.pulumi("up", "--yes", "--skip-preview", "--stack", "production")

    again = project.pulumi("up", "--yes", "--skip-preview", "--refresh", "--stack", "production")
    assert again.code != 0
    assert "0:sv0-production already exists" in again.out + again.err

    project.services.delete(types.FOLDER, "0:sv0-production")
    project.up("production")


def test_a_contact_point_that_exists_already_is_taken_over(life: Life) -> None:
    project = life.project
    project.restore(life.initialised)
    by_hand = {"name": "slack-alerts", "slacks": [{"url": "https://hooks.example.com", "title": "by hand"}]}
    project.services.create(types.CONTACT_POINT, "given", by_hand)

    project.up("production")
    (point,) = clear(project.services.get(types.CONTACT_POINT, "0:slack-alerts").inputs["slacks"])
    assert point["title"] != "by hand"
