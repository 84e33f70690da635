"""Grafana: readiness and data sources (grafana-provider.md 2.2; the program looks sources up by uid)."""

from tests.standin.surfaces import GRAFANA
from tests.standin.wire import Json, StandinRequest, reject


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


@GRAFANA("GET", "/api/serviceaccounts/search")
def search_accounts(request: StandinRequest) -> Json:
    """By a part of the name; without the tokens' values."""
    wanted = request.query.get("query", "").lower()
    found = [one for one in request.grafana["accounts"].values() if wanted in one["name"].lower()]
    return {"totalCount": len(found), "serviceAccounts": [{"id": one["id"], "name": one["name"]} for one in found]}
