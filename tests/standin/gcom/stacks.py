"""grafana.com: stacks and their addresses (grafana-provider.md 2.1)."""

import re

from tests.standin.state import now
from tests.standin.surfaces import GCOM
from tests.standin.wire import Json, StandinRequest, reject


def _view(stack: Json) -> Json:
    return {key: value for key, value in stack.items() if key != "ready_polls_left"}


def _view_v1(stack: Json) -> Json:
    kept = ("id", "slug", "name", "url", "orgId", "orgSlug", "labels", "description", "deleteProtection", "status")
    return {key: stack[key] for key in kept} | {"region": stack["regionSlug"]}


@GCOM("GET", "/instances/{key}")
def instance(request: StandinRequest) -> Json:
    return _view(request.state.stack(request.names["key"]))


@GCOM("GET", "/orgs/{org}/instances")
def instances(request: StandinRequest) -> Json:
    return {"items": [_view(stack) for stack in request.state.cloud["stacks"].values()]}


@GCOM("GET", "/instances/{key}/connections")
def private_connections(request: StandinRequest) -> Json:
    request.state.stack(request.names["key"])
    return {"privateConnectivityInfo": {"tenants": []}}


@GCOM("GET", "/v1/stacks/{key}/connections")
def connections(request: StandinRequest) -> Json:
    stack, base = request.state.stack(request.names["key"]), request.state.base
    metrics = {"type": "prometheus", "id": stack["hmInstancePromId"], "url": stack["hmInstancePromUrl"]}
    return {
        "tenants": [metrics],
        "services": {"oncallApiUrl": f"{base}/oncall", "influxUrl": base, "syntheticMonitoringApiUrl": f"{base}/sm"},
        "otlp": {"url": f"{base}/otlp"},
        "pdc": {"api": {}, "gateway": {}},
    }


@GCOM("POST", "/v1/stacks")
def create(request: StandinRequest) -> Json:
    wanted, state = request.fields("slug", "name"), request.state
    if not re.fullmatch(r"[a-z][a-z0-9]{0,28}", wanted["slug"]):
        reject(400, "slug is not valid", code="InvalidArgument")
    if state.find_stack(wanted["slug"]):
        reject(409, "Grafana stack with the same slug already exists, please choose another one", code="Conflict")
    if len(state.cloud["stacks"]) >= state.options.max_stacks:
        reject(403, "Your plan does not allow more stacks", code="Forbidden")
    return _view_v1(state.add_stack(wanted))


@GCOM("GET", "/v1/stacks/{key}/readiness")
def readiness(request: StandinRequest) -> Json:
    stack = request.state.stack(request.names["key"])
    if stack["ready_polls_left"] > 0:
        stack["ready_polls_left"] -= 1
        return {"ready": False}
    return {"ready": True}


@GCOM("POST", "/v1/stacks/{key}")
def update(request: StandinRequest) -> Json:
    stack, wanted = request.state.stack(request.names["key"]), request.fields()
    if wanted.get("slug") not in (None, "", stack["slug"]):
        _rename(request, stack, wanted["slug"])
    for key in ("name", "description", "labels", "deleteProtection"):
        if wanted.get(key) is not None:
            stack[key] = wanted[key]
    # The provider sends https://<slug>.grafana.net if no other address is wanted.
    if (wanted.get("url") or "").startswith(request.state.base):
        stack["url"] = wanted["url"]
    stack["updatedAt"] = now()
    return _view_v1(stack)


def _rename(request: StandinRequest, stack: Json, slug: str) -> None:
    if request.state.find_stack(slug):
        reject(409, "slug already taken", code="Conflict")
    grafanas = request.state.state["grafana"]
    grafanas[slug] = grafanas.pop(stack["slug"])
    stack |= {"slug": slug, "url": f"{request.state.base}/stack/{slug}"}


@GCOM("DELETE", "/v1/stacks/{key}")
def delete(request: StandinRequest) -> Json:
    stack, state = request.state.stack(request.names["key"]), request.state
    if stack["deleteProtection"]:
        reject(409, "Delete protection is enabled for this stack", code="Conflict")
    del state.cloud["stacks"][str(stack["id"])]
    del state.state["grafana"][stack["slug"]]
    return _view_v1(stack)
