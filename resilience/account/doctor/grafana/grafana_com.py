"""grafana.com: may the token read what it must, does the stack exist, does the plan have room?

Rights to write cannot be checked without writing; the bootstrap page lists them all.
"""

from collections.abc import Iterator
from urllib.parse import urlencode

from resilience.account.doctor.finding import Finding, if_readable, unknown
from resilience.account.doctor.given import DoctorInput
from resilience.account.doctor.grafana import grafana_stack, members, orphans
from resilience.account.http import ApiClient, UnreachableError
from resilience.model.settings import Secret

# All scopes that the token needs, as the Cloud Portal names them.
SCOPES = (
    "stacks:read",
    "stacks:write",
    "stack-service-accounts:write",
    "accesspolicies:read",
    "accesspolicies:write",
    "accesspolicies:delete",
    "orgs:read",
    "orgs:write",
)
SECONDS = 5
_NOT_ALLOWED = (401, 403)


def findings(given: DoctorInput) -> Iterator[Finding]:
    """One for each check; a service that cannot be reached does not count against the stack."""
    token = given.values.get(Secret.GRAFANA_CLOUD_TOKEN)
    if not token:
        yield unknown("grafana.com", "its token is not set here")
        return
    try:
        yield from _findings(given, ApiClient(given.stack.settings.grafana.api_url, token, SECONDS))
    except UnreachableError as error:
        yield unknown("grafana.com", str(error))


def _findings(given: DoctorInput, client: ApiClient) -> Iterator[Finding]:
    grafana = given.stack.settings.grafana
    yield _scope(client, f"/api/orgs/{grafana.org}", "orgs:read")
    answer = client.send(f"/api/instances/{grafana.stack}")
    stack = answer.body if answer.good and isinstance(answer.body, dict) else {}
    # The API demands a region; without a stack none is known.
    if region := stack.get("regionSlug") or grafana.region:
        yield _scope(client, f"/api/v1/accesspolicies?{urlencode({'region': region})}", "accesspolicies:read")
    yield grafana_stack.finding(given, client, answer.status)
    yield from grafana_stack.region(grafana, stack.get("regionSlug"))
    yield from if_readable("grafana users", members.findings(given, client))
    yield from if_readable("orphans", orphans.findings(given, client, stack))


def _scope(client: ApiClient, path: str, scope: str) -> Finding:
    """Whether the token may read this."""
    answer = client.send(path)
    if answer.status in _NOT_ALLOWED:
        found = f"the token may not read {path} ({answer.status})"
        return Finding("grafana.com", good=False, found=found, remedy=f"give the access policy the scope `{scope}`")
    if not answer.good:
        return unknown("grafana.com", f"{answer.status} for {path}")
    return Finding("grafana.com", good=True, found=f"the token has the scope {scope}")
