"""Members by login and role; one who accepted the invitation is imported, an administrator is protected."""

from collections.abc import Callable

import pulumiverse_grafana as grafana
import pytest

from components.team import Team, TeamArgs
from resilience.manifest import Manifest, types
from resilience.model.catalogue import Catalogue
from resilience.model.settings import Member


@pytest.fixture(name="declare_team")
def _declare_team(
    declare_program: Callable[..., Manifest], good_catalogue: Callable[..., Catalogue]
) -> Callable[..., Manifest]:
    def run(*members: Member) -> Manifest:
        people = good_catalogue().owners

        def program() -> None:
            cloud = grafana.Provider("given-cloud", cloud_access_policy_token="canary")
            Team("team", TeamArgs(org="acme", members=members, people=people), cloud)

        return declare_program(program)

    return run


ANN = Member(member="ann", role="Admin", joined=True)
BOB = Member(member="bob", role="Editor", joined=False)


def test_declares_one_membership_for_each_person_and_nothing_else(
    declare_team: Callable[..., Manifest], listed: Callable[[Manifest], object]
) -> None:
    assert listed(declare_team(ANN, BOB)) == [
        ("sv0:grafana:Team", "team", "sv0-resilience-test"),
        (types.ORG_MEMBER, "team-ann-sv0", "team"),
        (types.ORG_MEMBER, "team-bob-sv0", "team"),
    ]


def test_declares_nothing_for_an_empty_team(
    declare_team: Callable[..., Manifest], listed: Callable[[Manifest], object]
) -> None:
    assert listed(declare_team()) == [("sv0:grafana:Team", "team", "sv0-resilience-test")]


def test_members_are_declared_by_login_and_only_an_administrator_gets_the_bills(
    declare_team: Callable[..., Manifest],
) -> None:
    assert [one.inputs for one in declare_team(ANN, BOB).of_type(types.ORG_MEMBER)] == [
        {"org": "acme", "user": "ann-sv0", "role": "Admin", "receiveBillingEmails": True},
        {"org": "acme", "user": "bob-sv0", "role": "Editor", "receiveBillingEmails": False},
    ]


def test_a_member_who_joined_is_imported_because_creating_would_be_rejected(
    declare_team: Callable[..., Manifest],
) -> None:
    assert [one.import_id for one in declare_team(ANN, BOB).of_type(types.ORG_MEMBER)] == ["acme:ann-sv0", ""]


def test_only_an_administrator_is_protected_and_kept_on_delete(
    declare_team: Callable[..., Manifest], named: Callable[..., list[str]]
) -> None:
    members = declare_team(ANN, BOB).of_type(types.ORG_MEMBER)

    assert [(one.protect, one.retain_on_delete, named([one.provider])) for one in members] == [
        (True, True, ["given-cloud"]),
        (False, False, ["given-cloud"]),
    ]
