"""Grafana: readiness and data sources (grafana-provider.md 2.2; the program looks sources up by uid)."""

from tests.standin.surfaces import GRAFANA
from tests.standin.wire import Json, Request, reject


@GRAFANA("GET", "/login")
def login(request: Request) -> Json:
    """Waking a paused stack: the provider ignores what it says."""
    return {"slug": request.names["slug"]}


@GRAFANA("GET", "/api/health")
def health(_request: Request) -> Json:
    return {"database": "ok", "version": "12.3.0"}


@GRAFANA("GET", "/api/org")
def org(_request: Request) -> Json:
    return {"id": 1, "name": "Main Org."}


@GRAFANA("GET", "/api/datasources")
def list_sources(request: Request) -> list[Json]:
    return list(request.grafana["datasources"].values())


@GRAFANA("GET", "/api/datasources/uid/{uid}")
def read_source(request: Request) -> Json:
    found: Json | None = request.grafana["datasources"].get(request.names["uid"])
    return found or reject(404, "Data source not found")
