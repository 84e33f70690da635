"""Synthetic Monitoring: checks and their places (grafana-provider.md 2.14)."""

from time import time

from tests.standin.surfaces import SYNTHETICS
from tests.standin.synthetics.tenants import failed
from tests.standin.wire import Json, StandinRequest, reject

_SHORTEST_MS, _LONGEST_MS = 10_000, 3_600_000


def _check(request: StandinRequest, identifier: str = "") -> Json:
    found: Json | None = request.state.synthetics["checks"].get(identifier or request.names["id"])
    return found or reject(404, "Not Found", msg="check not found", err="404 Not Found")


def _check_wanted(request: StandinRequest, wanted: Json) -> None:
    """Reject what the service would, as far as our checks could be wrong."""
    known, checks = request.state.synthetics["probes"], request.state.synthetics["checks"]
    if len(wanted["settings"]) != 1:
        failed(400, "exactly one kind of settings is needed")
    if not set(map(str, wanted["probes"])) <= set(known):
        failed(400, "unknown probe")
    if not _SHORTEST_MS <= int(wanted["frequency"]) <= _LONGEST_MS:
        failed(400, "frequency is not valid")
    place = (wanted["target"], wanted["job"])
    if place in [(one["target"], one["job"]) for one in checks.values() if one["id"] != wanted.get("id")]:
        failed(409, "target/job combination already exists")


@SYNTHETICS("POST", "/check/add")
def add(request: StandinRequest) -> Json:
    wanted = request.fields("target", "job", "frequency", "settings", "probes")
    _check_wanted(request, wanted | {"id": None})
    made = wanted | {"id": request.state.serial(), "tenantId": 1, "created": time(), "modified": time()}
    request.state.synthetics["checks"][str(made["id"])] = made
    return made


@SYNTHETICS("GET", "/check/list")
def list_checks(request: StandinRequest) -> list[Json]:
    return list(request.state.synthetics["checks"].values())


@SYNTHETICS("GET", "/check/{id}")
def read(request: StandinRequest) -> Json:
    return _check(request)


@SYNTHETICS("POST", "/check/update")
def update(request: StandinRequest) -> Json:
    wanted = request.fields("id", "target", "job", "frequency", "settings", "probes")
    check = _check(request, str(wanted["id"]))
    _check_wanted(request, wanted)
    check |= wanted | {"modified": time()}
    return check


@SYNTHETICS("DELETE", "/check/delete/{id}")
def delete(request: StandinRequest) -> Json:
    check = _check(request)
    del request.state.synthetics["checks"][str(check["id"])]
    return {"msg": "Check deleted", "checkId": check["id"]}


@SYNTHETICS("GET", "/check/{id}/alerts")
def read_alerts(request: StandinRequest) -> Json:
    _check(request)
    return {"alerts": request.state.synthetics["alerts"].get(request.names["id"], [])}


@SYNTHETICS("PUT", "/check/{id}/alerts")
def put_alerts(request: StandinRequest) -> Json:
    _check(request)
    request.state.synthetics["alerts"][request.names["id"]] = request.fields().get("alerts") or []
    return {"alerts": request.state.synthetics["alerts"][request.names["id"]]}


@SYNTHETICS("GET", "/probe/list")
def list_probes(request: StandinRequest) -> list[Json]:
    return list(request.state.synthetics["probes"].values())
