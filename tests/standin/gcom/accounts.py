"""grafana.com: a stack's service accounts and their tokens (grafana-provider.md 2.2, 2.3)."""

import secrets

from tests.standin.state import now
from tests.standin.surfaces import GCOM
from tests.standin.wire import Json, Reply, StandinRequest, reject

_ACCOUNTS = "/instances/{slug}/api/serviceaccounts"
_ROLES = ("Viewer", "Editor", "Admin", "None")


def _account(request: StandinRequest) -> Json:
    found: Json | None = request.grafana["accounts"].get(request.names["id"])
    return found or reject(404, "service account not found")


def _view(account: Json) -> Json:
    return account | {"tokens": len(account["tokens"])}


@GCOM("POST", _ACCOUNTS)
def create(request: StandinRequest) -> Reply:
    wanted, accounts = request.fields("name"), request.grafana["accounts"]
    if wanted["name"] in {account["name"] for account in accounts.values()}:
        reject(400, "service account already exists", messageId="serviceaccounts.ErrAlreadyExists")
    role = wanted.get("role") or "Viewer"
    if role not in _ROLES:
        reject(400, "invalid role specified")
    account = {"id": request.state.serial(), "name": wanted["name"], "role": role, "tokens": {}}
    accounts[str(account["id"])] = account | {"isDisabled": bool(wanted.get("isDisabled")), "orgId": 1}
    return Reply(201, _view(accounts[str(account["id"])]))


@GCOM("GET", f"{_ACCOUNTS}/{{id}}")
def read(request: StandinRequest) -> Json:
    return _view(_account(request))


@GCOM("DELETE", f"{_ACCOUNTS}/{{id}}")
def delete(request: StandinRequest) -> Json:
    _account(request)
    del request.grafana["accounts"][request.names["id"]]
    return {"message": "Service account deleted"}


@GCOM("POST", f"{_ACCOUNTS}/{{id}}/tokens")
def create_token(request: StandinRequest) -> Json:
    wanted, tokens = request.fields("name"), _account(request)["tokens"]
    if wanted["name"] in {token["name"] for token in tokens.values()}:
        reject(409, "service account token with given name already exists in the organization")
    lives = int(wanted.get("secondsToLive") or 0)
    token = {
        "id": request.state.serial(),
        "name": wanted["name"],
        "created": now(),
        "expiration": now(lives) if lives else None,
        "key": f"glsa_{secrets.token_hex(16)}_{secrets.token_hex(4)}",
    }
    tokens[str(token["id"])] = token
    return {key: token[key] for key in ("id", "name", "key")}


@GCOM("GET", f"{_ACCOUNTS}/{{id}}/tokens")
def list_tokens(request: StandinRequest) -> list[Json]:
    """Keys are left out: only the answer to a creation contains one."""
    shown = ("id", "name", "created", "expiration")
    tokens = _account(request)["tokens"].values()
    return [
        {key: token[key] for key in shown} | {"hasExpired": (token["expiration"] or now(1)) <= now()}
        for token in tokens
    ]


@GCOM("DELETE", f"{_ACCOUNTS}/{{id}}/tokens/{{token}}")
def delete_token(request: StandinRequest) -> Json:
    if _account(request)["tokens"].pop(request.names["token"], None) is None:
        reject(404, "service account token not found")
    return {"message": "Service account token deleted"}
