"""Grafana: contact points, their secrets redacted (grafana-provider.md 2.9)."""

import secrets

from tests.standin.grafana import names
from tests.standin.state import DEFAULT_RECEIVER
from tests.standin.surfaces import GRAFANA
from tests.standin.wire import Json, Reply, StandinRequest, reject

REDACTED = "[REDACTED]"
_POINTS = "/api/v1/provisioning/contact-points"
_SECRET = {"slack": {"url", "token"}, "webhook": {"password", "authorization_credentials"}}


def _view(point: Json) -> Json:
    """The key of a secret must stay: without it the provider drops the value."""
    hidden = _SECRET.get(point["type"], set())
    shown = {key: REDACTED if key in hidden and value else value for key, value in point["settings"].items()}
    return point | {"settings": shown}


def _point(request: StandinRequest) -> Json:
    found: Json | None = request.grafana["contact_points"].get(request.names["uid"])
    return found or reject(404, "contact point not found")


def _check(kind: str, settings: Json) -> None:
    where = {"slack": settings.get("url") or (settings.get("token") and settings.get("recipient"))}
    where |= {"email": settings.get("addresses"), "webhook": settings.get("url")}
    if not where.get(kind, settings):
        reject(400, f"invalid object specification: {kind} does not say where to send")


@GRAFANA("GET", _POINTS)
def list_points(request: StandinRequest) -> list[Json]:
    default = {"uid": "", "name": DEFAULT_RECEIVER, "type": "email", "settings": {"addresses": "<example@email.com>"}}
    every = [default, *(_view(point) for point in request.grafana["contact_points"].values())]
    wanted = request.query.get("name")
    return sorted((one for one in every if wanted in (None, "", one["name"])), key=lambda one: str(one["name"]))


@GRAFANA("POST", _POINTS)
def create(request: StandinRequest) -> Reply:
    """A known name is no conflict: the receiver gets one more integration."""
    wanted, points = request.fields("name", "type", "settings"), request.grafana["contact_points"]
    _check(wanted["type"], wanted["settings"])
    uid = wanted.get("uid") or f"cp{secrets.token_hex(6)}"
    if uid in points:
        reject(409, "contact point uid already in use")
    points[uid] = _kept(request, uid, wanted, wanted["settings"])
    return Reply(202, _view(points[uid]))


def _kept(request: StandinRequest, uid: str, wanted: Json, settings: Json) -> Json:
    return {
        "uid": uid,
        "name": wanted["name"],
        "type": wanted["type"],
        "settings": settings,
        "disableResolveMessage": bool(wanted.get("disableResolveMessage")),
        "provenance": request.provenance,
    }


@GRAFANA("PUT", f"{_POINTS}/{{uid}}")
def update(request: StandinRequest) -> Reply:
    """A secret that is sent back redacted keeps its value."""
    point, wanted = _point(request), request.fields("name", "type", "settings")
    settings = {
        key: point["settings"].get(key) if value == REDACTED else value for key, value in wanted["settings"].items()
    }
    _check(wanted["type"], settings)
    request.grafana["contact_points"][point["uid"]] = _kept(request, point["uid"], wanted, settings)
    return Reply(202, {"message": "contactpoint updated"})


@GRAFANA("DELETE", f"{_POINTS}/{{uid}}")
def delete(request: StandinRequest) -> Reply:
    point, points = _point(request), request.grafana["contact_points"]
    last = sum(one["name"] == point["name"] for one in points.values()) == 1
    if last and point["name"] in names.used(request.grafana, "receiver"):
        reject(
            409,
            "Contact point is currently referenced by a notification policy or alert rule",
            messageId="alerting.notifications.contact-points.referenced",
        )
    del points[point["uid"]]
    return Reply(202, {"message": "contactpoint deleted"})
