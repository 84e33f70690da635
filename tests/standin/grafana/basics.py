"""Grafana: readiness, data sources and their own check (grafana-provider.md 2.2; the program finds them by uid)."""

from tests.standin.surfaces import GRAFANA
from tests.standin.wire import Json, Reply, StandinRequest, reject


@GRAFANA("GET", "/login")
def login(request: StandinRequest) -> Json:
    """Wakes a paused stack; the provider ignores the answer."""
    return {"slug": request.names["slug"]}


@GRAFANA("GET", "/api/health")
def health(_request: StandinRequest) -> Json:
    return {"database": "ok", "version": "12.3.0"}


@GRAFANA("GET", "/api/org")
def org(_request: StandinRequest) -> Json:
    return {"id": 1, "name": "Main Org."}


@GRAFANA("GET", "/api/datasources")
def list_sources(request: StandinRequest) -> list[Json]:
    return list(request.grafana["datasources"].values())


@GRAFANA("GET", "/api/datasources/uid/{uid}")
def read_source(request: StandinRequest) -> Json:
    found: Json | None = request.grafana["datasources"].get(request.names["uid"])
    return found or reject(404, "Data source not found")


@GRAFANA("GET", "/api/datasources/uid/{uid}/health")
def check_source(request: StandinRequest) -> Reply:
    """Its own check; a test makes it fail with the key `broken` of the data source."""
    found = request.grafana["datasources"].get(request.names["uid"]) or reject(404, "Data source not found")
    if why := found.get("broken"):
        return Reply(400, {"status": "ERROR", "message": why})
    return Reply(200, {"status": "OK", "message": "Successfully queried the API."})


@GRAFANA("GET", "/api/frontend/settings")
def frontend_settings(request: StandinRequest) -> Json:
    """Of hundreds of keys, the one that says where the resources below `/apis/` are."""
    return {"namespace": namespace(request)}


def namespace(request: StandinRequest) -> str:
    """Of everything below `/apis/` in this Grafana; on Grafana Cloud it has the id of the stack."""
    return f"stacks-{request.state.stack(request.names['slug'])['id']}"


@GRAFANA("GET", "/api/serviceaccounts/search")
def search_accounts(request: StandinRequest) -> Json:
    """By a part of the name; without the tokens' values."""
    wanted = request.query.get("query", "").lower()
    found = [one for one in request.grafana["accounts"].values() if wanted in one["name"].lower()]
    return {"totalCount": len(found), "serviceAccounts": [{"id": one["id"], "name": one["name"]} for one in found]}
