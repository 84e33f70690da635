"""Addresses inside Grafana that a tired person can click."""

import json
from urllib.parse import quote, urlencode


def explore(grafana: str, datasource: str, kind: str, expr: str) -> str:
    """Explore with one query over the last hour; `kind` is prometheus or loki."""
    source = {"type": kind, "uid": datasource}
    pane = {
        "datasource": datasource,
        "queries": [{"refId": "A", "datasource": source, "expr": expr}],
        "range": {"from": "now-1h", "to": "now"},
    }
    panes = json.dumps({"a": pane}, separators=(",", ":"))
    return f"{grafana}/explore?{urlencode({'schemaVersion': 1, 'orgId': 1, 'panes': panes}, quote_via=quote)}"


def silence(grafana: str, **labels: str) -> str:
    """The form for a new silence with these labels filled in."""
    matchers = [("matcher", f"{name}={value}") for name, value in labels.items()]
    return f"{grafana}/alerting/silence/new?{urlencode([('alertmanager', 'grafana'), *matchers])}"
