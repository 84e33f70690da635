"""The members of the organisation: does the plan have room, and is each one of `team` where it must be?"""

from collections.abc import Iterator

from resilience.account.doctor.finding import Finding
from resilience.account.doctor.given import DoctorInput
from resilience.account.http import ApiClient, ApiObject
from resilience.manifest import types
from resilience.model.settings import Member


class _InOrganisation(ApiObject):
    userUsername: str | None = None  # noqa: N815  # as grafana.com spells it
    userName: str | None = None  # noqa: N815  # the same, in older answers


class _Members(ApiObject):
    """Without `items` every member would be missing."""

    items: list[_InOrganisation]


def findings(given: DoctorInput, client: ApiClient) -> Iterator[Finding]:
    """The number of members, then each one of `team` that would stop an `up`."""
    members = client.read(f"/api/orgs/{given.stack.settings.grafana.org}/members", _Members).items
    logins = {str(member.userUsername or member.userName).lower() for member in members}
    allowed = given.stack.catalogue.limits["users"].limit
    found = f"{len(members)} of {allowed:g} members of the organisation"
    # Members above the free plan's limit cannot use Grafana.
    yield Finding("grafana users", len(members) <= allowed, found, "remove a member in the Cloud Portal")
    for member in given.stack.settings.team:
        yield from _membership(given, member, logins)


def _membership(given: DoctorInput, member: Member, logins: set[str]) -> Iterator[Finding]:
    owner = given.stack.catalogue.owners.get(member.member)
    if owner is None:  # `resilience check` reports it
        return
    name, there = f"{owner.login} ({member.member})", owner.login.lower() in logins
    if member.joined and not there:
        remedy = "invite it in the Cloud Portal and wait until it accepts; leave it out of `team` until then"
        found = f"{name} is `joined: true`, but not in the organisation"
        yield Finding("grafana users", good=False, found=found, remedy=remedy)
    if there and not member.joined and not _ours(given, owner.login):
        found = f"{name} is `joined: false`, but in the organisation already"
        yield Finding("grafana users", good=False, found=found, remedy="write `joined: true`, which imports it")


def _ours(given: DoctorInput, login: str) -> bool:
    """Whether the membership is one that this program made; if the state cannot be read, it may be."""
    return given.state is None or login in [one.inputs.get("user") for one in given.state.of_type(types.ORG_MEMBER)]
