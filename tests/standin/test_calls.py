"""Every call that the providers make for what we declare has a route, and our types are those listed here."""

import pytest

from resilience.manifest import Manifest
from tests.standin.server import SURFACES

_GCOM, _STACK, _ALERTING = "/api", "/stack/acme", "/stack/acme/api/v1/provisioning"
_HUB, _SM = "/api/v3", "/sm/api/v1"
_READY = (
    f"GET {_GCOM}/instances/acme",
    f"GET {_STACK}/login",
    f"GET {_STACK}/api/health",
)
_TOKEN = (
    f"POST {_GCOM}/v1/tokens",
    f"GET {_GCOM}/v1/tokens/1",
    f"POST {_GCOM}/v1/tokens/1",
    f"DELETE {_GCOM}/v1/tokens/1",
)
# By type, in the order of grafana-provider.md section 2 and pulumi.md section 4.
CALLS = {
    "grafana:cloud/stack:Stack": (
        *_READY,
        f"POST {_GCOM}/v1/stacks",
        f"GET {_GCOM}/v1/stacks/1/connections",
        f"GET {_GCOM}/instances/1/connections",
        f"GET {_GCOM}/v1/stacks/1/readiness",
        f"POST {_GCOM}/v1/stacks/1",
        f"DELETE {_GCOM}/v1/stacks/1",
    ),
    "grafana:cloud/stackServiceAccount:StackServiceAccount": (
        *_READY,
        f"POST {_GCOM}/instances/acme/api/serviceaccounts",
        f"GET {_GCOM}/instances/acme/api/serviceaccounts/1",
        f"DELETE {_GCOM}/instances/acme/api/serviceaccounts/1",
    ),
    "grafana:cloud/stackServiceAccountToken:StackServiceAccountToken": (
        *_READY,
        f"POST {_GCOM}/instances/acme/api/serviceaccounts/1/tokens",
        f"GET {_GCOM}/instances/acme/api/serviceaccounts/1/tokens",
        f"DELETE {_GCOM}/instances/acme/api/serviceaccounts/1/tokens/2",
    ),
    "grafana:cloud/accessPolicy:AccessPolicy": (
        f"POST {_GCOM}/v1/accesspolicies",
        f"GET {_GCOM}/v1/accesspolicies",
        f"GET {_GCOM}/v1/accesspolicies/1",
        f"POST {_GCOM}/v1/accesspolicies/1",
        f"DELETE {_GCOM}/v1/accesspolicies/1",
    ),
    "grafana:cloud/accessPolicyToken:AccessPolicyToken": _TOKEN,
    "grafana:cloud/accessPolicyRotatingToken:AccessPolicyRotatingToken": _TOKEN,
    "grafana:cloud/orgMember:OrgMember": (
        f"POST {_GCOM}/orgs/acme/members",
        f"GET {_GCOM}/orgs/acme/members/ann",
        f"POST {_GCOM}/orgs/acme/members/ann",
        f"DELETE {_GCOM}/orgs/acme/members/ann",
    ),
    "grafana:oss/folder:Folder": (
        f"POST {_STACK}/api/folders",
        f"GET {_STACK}/api/folders/a",
        f"POST {_STACK}/api/folders/a/move",
        f"PUT {_STACK}/api/folders/a",
        f"GET {_STACK}/api/search",
        f"DELETE {_STACK}/api/folders/a",
    ),
    "grafana:alerting/contactPoint:ContactPoint": (
        f"POST {_ALERTING}/contact-points",
        f"GET {_ALERTING}/contact-points",
        f"PUT {_ALERTING}/contact-points/a",
        f"DELETE {_ALERTING}/contact-points/a",
    ),
    "grafana:alerting/messageTemplate:MessageTemplate": (
        f"PUT {_ALERTING}/templates/a",
        f"GET {_ALERTING}/templates/a",
        f"DELETE {_ALERTING}/templates/a",
    ),
    "grafana:alerting/muteTiming:MuteTiming": (
        f"POST {_ALERTING}/mute-timings",
        f"GET {_ALERTING}/mute-timings/a",
        f"PUT {_ALERTING}/mute-timings/a",
        f"GET {_ALERTING}/policies",
        f"PUT {_ALERTING}/policies",
        f"GET {_ALERTING}/alert-rules",
        f"PUT {_ALERTING}/alert-rules/a",
        f"DELETE {_ALERTING}/mute-timings/a",
    ),
    "grafana:alerting/notificationPolicy:NotificationPolicy": (
        f"PUT {_ALERTING}/policies",
        f"GET {_ALERTING}/policies",
        f"DELETE {_ALERTING}/policies",
    ),
    "grafana:alerting/ruleGroup:RuleGroup": (
        f"GET {_ALERTING}/alert-rules",
        f"PUT {_ALERTING}/folder/a/rule-groups/b",
        f"GET {_ALERTING}/folder/a/rule-groups/b",
        f"GET {_ALERTING}/alert-rules/a",
        f"DELETE {_ALERTING}/alert-rules/a",
    ),
    "grafana:syntheticMonitoring/installation:Installation": (
        f"GET {_GCOM}/instances/1",
        f"POST {_SM}/register/install",
        f"POST {_SM}/token/validate",
        f"DELETE {_SM}/token/delete",
    ),
    "grafana:syntheticMonitoring/check:Check": (
        f"POST {_SM}/check/add",
        f"GET {_SM}/check/1",
        f"POST {_SM}/check/update",
        f"DELETE {_SM}/check/delete/1",
    ),
    "grafana:syntheticMonitoring/checkAlerts:CheckAlerts": (
        f"PUT {_SM}/check/1/alerts",
        f"GET {_SM}/check/1/alerts",
    ),
    "grafana:syntheticMonitoring/getProbes:getProbes": (f"GET {_SM}/probe/list",),
    "pulumi:providers:github": (f"GET {_HUB}/user", f"GET {_HUB}/orgs/acme"),
    "github:index/actionsSecret:ActionsSecret": (
        f"GET {_HUB}/repos/acme/infra",
        f"GET {_HUB}/repos/acme/infra/actions/secrets/public-key",
        f"PUT {_HUB}/repos/acme/infra/actions/secrets/A",
        f"GET {_HUB}/repos/acme/infra/actions/secrets/A",
        f"DELETE {_HUB}/repos/acme/infra/actions/secrets/A",
    ),
    "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret": (
        f"GET {_HUB}/repos/acme/infra",
        f"GET {_HUB}/repositories/1/environments/dev/secrets/public-key",
        f"PUT {_HUB}/repositories/1/environments/dev/secrets/A",
        f"GET {_HUB}/repositories/1/environments/dev/secrets/A",
        f"DELETE {_HUB}/repositories/1/environments/dev/secrets/A",
    ),
    "github:index/repositoryEnvironment:RepositoryEnvironment": (
        f"PUT {_HUB}/repos/acme/infra/environments/dev",
        f"GET {_HUB}/repos/acme/infra",
        f"GET {_HUB}/repos/acme/infra/environments/dev",
        f"DELETE {_HUB}/repos/acme/infra/environments/dev",
    ),
}
# Made by the engine, without a request.
_SILENT = {"pulumi:providers:grafana"}


@pytest.mark.parametrize("type_", CALLS)
def test_every_call_for_a_type_has_a_route(type_: str) -> None:
    calls = [call.partition(" ") for call in CALLS[type_]]
    missing = [
        f"{method} {path}" for method, _, path in calls if not any(routes.find(method, path) for routes in SURFACES)
    ]

    assert missing == []


def test_every_type_that_we_declare_is_listed(production: Manifest, dev: Manifest) -> None:
    declared = {one.type for manifest in (production, dev) for one in manifest.resources}

    assert {type_ for type_ in declared if not type_.startswith("sv0:")} - set(CALLS) - _SILENT == set()
