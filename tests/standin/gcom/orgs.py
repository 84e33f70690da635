"""grafana.com: the organisation and its members (grafana-provider.md 2.7)."""

from tests.standin.surfaces import GCOM
from tests.standin.wire import Json, StandinRequest, reject


def _org(request: StandinRequest) -> Json:
    org: Json = request.state.cloud["org"]
    if request.names["org"] not in (org["slug"], str(org["id"])):
        reject(404, "Organization not found", code="NotFound")
    return org


def _member(request: StandinRequest) -> Json:
    _org(request)
    found: Json | None = request.state.cloud["members"].get(request.names["user"])
    return found or reject(404, "Member not found", code="NotFound")


@GCOM("GET", "/orgs/{org}")
def read(request: StandinRequest) -> Json:
    return _org(request)


@GCOM("GET", "/orgs/{org}/members")
def list_members(request: StandinRequest) -> Json:
    _org(request)
    return {"items": list(request.state.cloud["members"].values())}


@GCOM("POST", "/orgs/{org}/members")
def add(request: StandinRequest) -> Json:
    """This does not invite: the user must have an account."""
    _org(request)
    wanted, cloud = request.fields("username", "role"), request.state.cloud
    if wanted["username"] in cloud["members"]:
        reject(409, "User is already a member of this org", code="Conflict")
    if wanted["username"] not in cloud["users"]:
        reject(404, "User not found", code="NotFound")
    return request.state.add_member(wanted["username"], wanted["role"], int(wanted.get("billing") or 0))


@GCOM("GET", "/orgs/{org}/members/{user}")
def read_member(request: StandinRequest) -> Json:
    return _member(request)


@GCOM("POST", "/orgs/{org}/members/{user}")
def update_member(request: StandinRequest) -> Json:
    member, wanted = _member(request), request.fields()
    member |= {"role": wanted.get("role") or member["role"], "billing": int(wanted.get("billing") or 0)}
    return member


@GCOM("DELETE", "/orgs/{org}/members/{user}")
def remove_member(request: StandinRequest) -> Json:
    _member(request)
    del request.state.cloud["members"][request.names["user"]]
    return {}
