"""Links into Grafana: what was put in is what Grafana reads out."""

import json
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resilience.model import links

GRAFANA = "https://acme.grafana.net"


def panes_of(url: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(parse_qs(urlsplit(url).query, strict_parsing=True)["panes"][0])
    return found


def test_explore_opens_one_query_over_the_last_hour() -> None:
    url = links.explore(GRAFANA, "grafanacloud-prom", "prometheus", "up")

    assert panes_of(url) == {
        "a": {
            "datasource": "grafanacloud-prom",
            "queries": [{"refId": "A", "datasource": {"type": "prometheus", "uid": "grafanacloud-prom"}, "expr": "up"}],
            "range": {"from": "now-1h", "to": "now"},
        }
    }


def test_explore_is_a_page_of_the_first_organisation_in_the_newest_schema() -> None:
    parts = urlsplit(links.explore(GRAFANA, "grafanacloud-prom", "prometheus", "up"))

    assert (parts.scheme, parts.netloc, parts.path, parts.fragment) == ("https", "acme.grafana.net", "/explore", "")
    assert parse_qs(parts.query)["schemaVersion"] == ["1"]
    assert parse_qs(parts.query)["orgId"] == ["1"]


@pytest.mark.parametrize(
    "expr",
    [
        'sum(rate(x{environment="dev",status_code=~"5.."}[5m])) / 2',
        "a +\nb # 100 %",
        '{service="api"} | json | level="error" |= "a&b=c"',
        "ä > \\d+ <b>",
    ],
)
def test_the_query_survives_the_way_through_the_address(expr: str) -> None:
    assert panes_of(links.explore(GRAFANA, "uid", "loki", expr))["a"]["queries"][0]["expr"] == expr


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_query_survives_and_cannot_leave_the_markup_of_slack(expr: str) -> None:
    url = links.explore(GRAFANA, "uid", "prometheus", expr)

    assert panes_of(url)["a"]["queries"][0]["expr"] == expr
    assert not set(url) & set(' <>|"\n+')


def test_silence_opens_the_form_with_a_matcher_for_each_label() -> None:
    url = links.silence(GRAFANA, alert_id="api-down", environment="production")

    assert urlsplit(url).path == "/alerting/silence/new"
    assert parse_qsl(urlsplit(url).query) == [
        ("alertmanager", "grafana"),
        ("matcher", "alert_id=api-down"),
        ("matcher", "environment=production"),
    ]
