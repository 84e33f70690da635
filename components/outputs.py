"""Stack outputs: what the deploy scripts and people need."""

import pulumi

from components.alert_rules import AlertRules
from components.checks_installation import ChecksInstallation
from components.grafana_stack import GrafanaStack
from components.telemetry_access import TelemetryAccess
from resilience.core.conventions import CHECKS_TOKEN
from resilience.model import links
from resilience.model.settings import StackSettings


def of(
    settings: StackSettings,
    stack: GrafanaStack,
    telemetry: TelemetryAccess,
    rules: AlertRules,
    installation: ChecksInstallation | None,
) -> dict[str, pulumi.Input[object]]:
    """Names are plain enough for a shell.

    Two are secret: `telemetry_token`, for Loki and Prometheus, and `checks_token`. Only the shared
    stack has `checks_token`; the other stacks read it there.
    """
    return {
        "environment": settings.environment,
        "grafana_url": stack.url,
        "loki_url": stack.loki_url,
        "loki_user": stack.loki_user,
        "prometheus_url": stack.prometheus_url,
        "prometheus_user": stack.prometheus_user,
        "telemetry_token": telemetry.token,
        "telemetry_token_expires_at": telemetry.expires_at,
        "explore": stack.url.apply(lambda url: _explore(url, settings)),
        "rule_uids": rules.uids,
        **({CHECKS_TOKEN: installation.token} if installation else {}),
    }


def _explore(url: str, settings: StackSettings) -> dict[str, str]:
    """Links to the queries that people run most."""
    here = f'environment="{settings.environment}"'
    logs = {
        "api_logs": f'{{{here}, service="api"}}',
        "error_logs": f'{{{here}, service="api"}} | json | level="error"',
    }
    metrics = {
        "requests": f"sum by (route) (rate(sv0_http_requests_total{{{here}}}[5m]))",
        "errors": f'sum by (route) (rate(sv0_http_requests_total{{{here},status_code=~"5.."}}[5m]))',
        "queue": f"sv0_queue_depth{{{here}}}",
        "connectors": f"sv0_sync_age_minutes{{{here}}}",
    }
    grafana = settings.grafana
    return {
        **{name: links.explore(url, grafana.logs_uid, "loki", query) for name, query in logs.items()},
        **{name: links.explore(url, grafana.metrics_uid, "prometheus", query) for name, query in metrics.items()},
    }
