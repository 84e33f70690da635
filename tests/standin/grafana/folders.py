"""Grafana: folders (grafana-provider.md 2.8)."""

import re
import secrets

from tests.standin.surfaces import GRAFANA
from tests.standin.wire import Json, StandinRequest, reject


def _folder(request: StandinRequest, uid: str = "") -> Json:
    found: Json | None = request.grafana["folders"].get(uid or request.names["uid"])
    return found or reject(404, "folder not found", status="not-found")


def _view(folder: Json) -> Json:
    slug = re.sub(r"[^a-z0-9]+", "-", folder["title"].lower()).strip("-")
    shown = {key: value for key, value in folder.items() if key != "parentUid" or value}
    return shown | {"url": f"/dashboards/f/{folder['uid']}/{slug}"}


@GRAFANA("GET", "/api/folders")
def list_folders(request: StandinRequest) -> list[Json]:
    parent = request.query.get("parentUid", "")
    return [_view(folder) for folder in request.grafana["folders"].values() if folder["parentUid"] == parent]


@GRAFANA("POST", "/api/folders")
def create(request: StandinRequest) -> Json:
    wanted, folders = request.fields("title"), request.grafana["folders"]
    uid, parent = wanted.get("uid") or f"f{secrets.token_hex(6)}", wanted.get("parentUid") or ""
    if not re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", uid):
        reject(400, "uid contains illegal characters")
    if uid in folders:
        reject(412, "a folder with the same uid already exists", status="version-mismatch")
    if parent:
        _folder(request, parent)
    made = {"id": request.state.serial(), "uid": uid, "title": wanted["title"], "parentUid": parent, "version": 1}
    folders[uid] = made
    return _view(made)


@GRAFANA("GET", "/api/folders/{uid}")
def read(request: StandinRequest) -> Json:
    return _view(_folder(request))


@GRAFANA("PUT", "/api/folders/{uid}")
def update(request: StandinRequest) -> Json:
    folder = _folder(request)
    folder |= {"title": request.fields("title")["title"], "version": folder["version"] + 1}
    return _view(folder)


@GRAFANA("POST", "/api/folders/{uid}/move")
def move(request: StandinRequest) -> Json:
    folder, parent = _folder(request), request.fields().get("parentUid") or ""
    if parent:
        _folder(request, parent)
    folder["parentUid"] = parent
    return _view(folder)


@GRAFANA("GET", "/api/search")
def search(_request: StandinRequest) -> list[Json]:
    """Dashboards of a folder, which the provider requests before a delete; there are none here."""
    return []


@GRAFANA("DELETE", "/api/folders/{uid}")
def delete(request: StandinRequest) -> Json:
    folder, grafana = _folder(request), request.grafana
    doomed = _with_those_inside(grafana["folders"], folder["uid"])
    rules = [uid for uid, rule in grafana["rules"].items() if rule["folderUID"] in doomed]
    if rules and request.query.get("forceDeleteRules") != "true":
        reject(400, "folder cannot be deleted: folder contains alert rules", messageId="folder.contains-alert-rules")
    for uid in rules:
        del grafana["rules"][uid]
    for uid in doomed:
        del grafana["folders"][uid]
    return {"message": "Folder deleted", "id": folder["id"], "title": folder["title"]}


def _with_those_inside(folders: Json, uid: str) -> set[str]:
    below = {one["uid"] for one in folders.values() if one["parentUid"] == uid}
    return {uid}.union(*(_with_those_inside(folders, one) for one in below))
