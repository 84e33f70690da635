"""GitHub: Actions secrets of repositories and environments (pulumi.md 4), really encrypted."""

import base64
import binascii
import re
from collections.abc import Callable

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

from tests.standin.github.repositories import environment_of, not_found, repository_of
from tests.standin.state import now
from tests.standin.surfaces import GITHUB
from tests.standin.wire import Json, Reply, StandinRequest, reject

Place = Callable[[StandinRequest], Json]
_PLACES: dict[str, Place] = {
    "/repos/{owner}/{repository}/actions/secrets": repository_of,
    "/repositories/{id}/environments/{environment}/secrets": environment_of,
    "/repos/{owner}/{repository}/environments/{environment}/secrets": environment_of,
}


def _key(request: StandinRequest) -> PrivateKey:
    return PrivateKey(base64.b64decode(request.state.github["private_key"]))


def _name(request: StandinRequest) -> str:
    name = request.names["name"].upper()
    if not re.fullmatch(r"[A-Z_][A-Z0-9_]*", name) or name.startswith("GITHUB_"):
        reject(422, "Secret names can only contain alphanumeric characters and underscores")
    return name


def _decrypted(request: StandinRequest) -> str:
    wanted = request.fields()
    if wanted.get("key_id") != request.state.github["key_id"]:
        reject(422, "Bad request - key_id is not the public key's")
    try:
        return SealedBox(_key(request)).decrypt(base64.b64decode(wanted.get("encrypted_value") or "")).decode()
    except (CryptoError, ValueError, TypeError, binascii.Error):
        reject(422, "Bad request - encrypted_value can not be decrypted")


def _view(secret: Json) -> Json:
    """A secret without its value, which GitHub never returns."""
    return {key: secret[key] for key in ("name", "created_at", "updated_at")}


def _secret(request: StandinRequest, place: Place) -> Json:
    found: Json | None = place(request)["secrets"].get(_name(request))
    return found or not_found()


def _put(request: StandinRequest, place: Place) -> Reply:
    secrets, name, value = place(request)["secrets"], _name(request), _decrypted(request)
    before = secrets.get(name)
    created = before["created_at"] if before else now()
    secrets[name] = {"name": name, "value": value, "created_at": created, "updated_at": now()}
    return Reply(204) if before else Reply(201, {})


def _delete(request: StandinRequest, place: Place) -> Reply:
    secret = _secret(request, place)
    del place(request)["secrets"][secret["name"]]
    return Reply(204)


def _public_key(request: StandinRequest, place: Place) -> Json:
    place(request)
    key = base64.b64encode(bytes(_key(request).public_key)).decode()
    return {"key_id": request.state.github["key_id"], "key": key}


def _list(request: StandinRequest, place: Place) -> Json:
    every = [_view(secret) for secret in place(request)["secrets"].values()]
    return {"total_count": len(every), "secrets": every}


def _serve(path: str, place: Place) -> None:
    GITHUB("GET", path)(lambda request: _list(request, place))
    GITHUB("GET", f"{path}/public-key")(lambda request: _public_key(request, place))
    GITHUB("GET", f"{path}/{{name}}")(lambda request: _view(_secret(request, place)))
    GITHUB("PUT", f"{path}/{{name}}")(lambda request: _put(request, place))
    GITHUB("DELETE", f"{path}/{{name}}")(lambda request: _delete(request, place))


for _path, _place in _PLACES.items():
    _serve(_path, _place)
