"""Grafana: message templates (grafana-provider.md 2.10)."""

import re

from tests.standin.surfaces import GRAFANA
from tests.standin.wire import Json, Reply, StandinRequest, reject

_TEMPLATES = "/api/v1/provisioning/templates"
_DEFINES = re.compile(r"\{\{-?\s*define\s")


@GRAFANA("GET", _TEMPLATES)
def list_templates(request: StandinRequest) -> list[Json]:
    return list(request.grafana["templates"].values())


@GRAFANA("GET", f"{_TEMPLATES}/{{name}}")
def read(request: StandinRequest) -> Json:
    found: Json | None = request.grafana["templates"].get(request.names["name"])
    return found or reject(404, "template not found")


@GRAFANA("PUT", f"{_TEMPLATES}/{{name}}")
def put(request: StandinRequest) -> Reply:
    """A text without `define` is wrapped in one; the provider then shows a difference in every preview."""
    text, name = request.fields().get("template") or "", request.names["name"]
    if not text.strip() or text.count("{{") != text.count("}}"):
        reject(400, "invalid object specification: invalid template")
    if not _DEFINES.search(text):
        text = f'{{{{ define "{name}" }}}}\n{text}\n{{{{ end }}}}'
    kept = {"name": name, "template": text, "provenance": request.provenance}
    request.grafana["templates"][name] = kept
    return Reply(202, kept)


@GRAFANA("DELETE", f"{_TEMPLATES}/{{name}}")
def delete(request: StandinRequest) -> Reply:
    if request.grafana["templates"].pop(request.names["name"], None) is None:
        reject(404, "template not found")
    return Reply(204)
