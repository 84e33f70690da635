"""grafana.com: access policies and their tokens (grafana-provider.md 2.4 to 2.6)."""

import base64
import json
import re
import secrets

from tests.standin.state import now
from tests.standin.surfaces import GCOM
from tests.standin.wire import Json, Reply, StandinRequest, reject

_POLICIES, _TOKENS = "/v1/accesspolicies", "/v1/tokens"
_SCOPE = re.compile(r"[^:\s]+:[^:\s]+(:[^:\s]+)?")


def _region(request: StandinRequest) -> str:
    return request.query.get("region") or reject(400, "region is required", code="InvalidArgument")


def _found(request: StandinRequest, kind: str) -> Json:
    one: Json | None = request.state.cloud[kind].get(request.names["id"])
    if not one or one["region"] != _region(request):
        reject(404, f"{'Access Policy' if kind == 'policies' else 'Token'} not found", code="NotFound")
    return one


def _listed(request: StandinRequest, kind: str) -> list[Json]:
    region, wanted = _region(request), {key: request.query[key] for key in ("name",) if request.query.get(key)}
    every = request.state.cloud[kind].values()
    return [one for one in every if one["region"] == region and wanted.items() <= one.items()]


def _free(request: StandinRequest, kind: str, what: str) -> str:
    """The wanted name, which must be unique for its kind and region."""
    name: str = request.fields("name")["name"]
    if name in {one["name"] for one in request.state.cloud[kind].values() if one["region"] == _region(request)}:
        reject(409, f"{what} with this name already exists", code="Conflict")
    return name


def _check(request: StandinRequest, policy: Json, region: str) -> None:
    scopes, realms = policy.get("scopes") or [], policy.get("realms") or []
    if not scopes or not all(_SCOPE.fullmatch(scope) for scope in scopes):
        reject(400, "scopes are not valid", code="InvalidArgument")
    if not realms:
        reject(400, "at least one realm is required", code="InvalidArgument")
    for realm in realms:
        _check_realm(request, realm, region)


def _check_realm(request: StandinRequest, realm: Json, region: str) -> None:
    state, identifier = request.state, str(realm.get("identifier"))
    if realm.get("type") == "org" and identifier == str(state.cloud["org"]["id"]):
        return
    stack = state.cloud["stacks"].get(identifier)
    if realm.get("type") != "stack" or stack is None:
        reject(400, "realm is not valid", code="InvalidArgument")
    if stack["regionSlug"] != region:
        reject(400, "stack is not in the policy's region", code="InvalidArgument")


def _view(policy: Json) -> Json:
    return {key: value for key, value in policy.items() if key != "region"}


@GCOM("POST", _POLICIES)
def create(request: StandinRequest) -> Json:
    region, name, wanted = _region(request), _free(request, "policies", "Access Policy"), request.fields("name")
    _check(request, wanted, region)
    policy = {
        "id": f"{request.state.serial():08x}-0000-4000-8000-{secrets.token_hex(6)}",
        "orgId": str(request.state.cloud["org"]["id"]),
        "region": region,
        "name": name,
        "displayName": wanted.get("displayName") or name,
        "scopes": wanted["scopes"],
        "realms": wanted["realms"],
        "conditions": wanted.get("conditions") or {"allowedSubnets": []},
        # Without this key the provider dereferences a nil pointer.
        "createdAt": now(),
        "updatedAt": now(),
        "status": "active",
    }
    request.state.cloud["policies"][policy["id"]] = policy
    return _view(policy)


@GCOM("GET", _POLICIES)
def list_policies(request: StandinRequest) -> Json:
    return {"items": [_view(policy) for policy in _listed(request, "policies")]}


@GCOM("GET", f"{_POLICIES}/{{id}}")
def read(request: StandinRequest) -> Json:
    return _view(_found(request, "policies"))


@GCOM("POST", f"{_POLICIES}/{{id}}")
def update(request: StandinRequest) -> Json:
    policy, wanted = _found(request, "policies"), request.fields()
    _check(request, policy | wanted, policy["region"])
    changed = {key: wanted[key] for key in ("displayName", "scopes", "realms", "conditions") if key in wanted}
    policy |= changed | {"updatedAt": now()}
    return _view(policy)


@GCOM("DELETE", f"{_POLICIES}/{{id}}")
def delete(request: StandinRequest) -> Reply:
    """Delete its tokens too."""
    policy, cloud = _found(request, "policies"), request.state.cloud
    cloud["tokens"] = {key: token for key, token in cloud["tokens"].items() if token["accessPolicyId"] != policy["id"]}
    del cloud["policies"][policy["id"]]
    return Reply(204)


def _token_view(token: Json) -> Json:
    return {key: value for key, value in token.items() if key not in ("region", "token") and value is not None}


@GCOM("POST", _TOKENS)
def create_token(request: StandinRequest) -> Json:
    """Only this answer contains the value."""
    region, wanted, cloud = _region(request), request.fields("name", "accessPolicyId"), request.state.cloud
    policy = cloud["policies"].get(wanted["accessPolicyId"])
    if not policy or policy["region"] != region:
        reject(404, "Access Policy not found", code="NotFound")
    name = _free(request, "tokens", "Token")
    token = {
        "id": f"{request.state.serial():08x}-0000-4000-9000-{secrets.token_hex(6)}",
        "accessPolicyId": policy["id"],
        "region": region,
        "name": name,
        "displayName": wanted.get("displayName") or name,
        "expiresAt": wanted.get("expiresAt"),
        "createdAt": now(),
        "updatedAt": now(),
        "token": _value(policy["orgId"], name),
    }
    cloud["tokens"][token["id"]] = token
    return _token_view(token) | {"token": token["token"]}


def _value(org: str, name: str) -> str:
    content = json.dumps({"o": org, "n": name, "k": secrets.token_hex(12)})
    return f"glc_{base64.b64encode(content.encode()).decode()}"


@GCOM("GET", _TOKENS)
def list_tokens(request: StandinRequest) -> Json:
    return {"items": [_token_view(token) for token in _listed(request, "tokens")]}


@GCOM("GET", f"{_TOKENS}/{{id}}")
def read_token(request: StandinRequest) -> Json:
    return _token_view(_found(request, "tokens"))


@GCOM("POST", f"{_TOKENS}/{{id}}")
def update_token(request: StandinRequest) -> Json:
    token = _found(request, "tokens")
    token |= {"displayName": request.fields().get("displayName") or token["displayName"], "updatedAt": now()}
    return _token_view(token)


@GCOM("DELETE", f"{_TOKENS}/{{id}}")
def delete_token(request: StandinRequest) -> Reply:
    del request.state.cloud["tokens"][_found(request, "tokens")["id"]]
    return Reply(204)
