"""Stack outputs: what deploy scripts and people read, with the secrets masked."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from resilience.manifest import Manifest, types

LOGS = ["api_logs", "error_logs"]
METRICS = ["requests", "errors", "queue", "connectors"]


def pane(link: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(parse_qs(urlsplit(link).query)["panes"][0])["a"]
    return found


@pytest.fixture(params=["production", "dev"])
def manifest(request: pytest.FixtureRequest) -> Manifest:
    found: Manifest = request.getfixturevalue(request.param)
    return found


def test_shows_all_that_a_collector_needs_and_hides_only_the_tokens(manifest: Manifest) -> None:
    shown = {key: value for key, value in manifest.outputs.items() if key not in ("explore", "rule_uids")}

    assert shown == {
        "environment": manifest.stack,
        "grafana_url": "https://acme.grafana.net",
        "loki_url": "https://logs-prod-eu-west-2.grafana.net/loki/api/v1/push",
        "loki_user": "700002",
        "prometheus_url": "https://prometheus-prod-eu-west-2.grafana.net/api/prom/push",
        "prometheus_user": "700003",
        "telemetry_token": "[secret]",
        "telemetry_token_expires_at": "2099-01-01T00:00:00Z",
    } | ({"checks_token": "[secret]"} if manifest.stack == "production" else {})


def test_names_every_declared_rule(manifest: Manifest) -> None:
    declared = [rule["uid"] for group in manifest.of_type(types.RULE_GROUP) for rule in group.inputs["rules"]]

    assert manifest.outputs["rule_uids"] == sorted(declared)


def test_links_only_to_logs_and_metrics_of_this_environment(manifest: Manifest) -> None:
    panes = {name: pane(link) for name, link in manifest.outputs["explore"].items()}

    assert {name: found["datasource"] for name, found in panes.items()} == {
        **dict.fromkeys(LOGS, "grafanacloud-logs"),
        **dict.fromkeys(METRICS, "grafanacloud-prom"),
    }
    assert all(f'environment="{manifest.stack}"' in found["queries"][0]["expr"] for found in panes.values())


def test_output_names_are_valid_in_a_shell(manifest: Manifest) -> None:
    assert [name for name in manifest.outputs if not name.isidentifier() or not name.islower()] == []
