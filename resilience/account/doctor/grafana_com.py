"""grafana.com: may the token read what it must, does the stack exist, does the plan have room?

Rights to write cannot be checked without writing; the bootstrap page lists them all.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resilience.account.doctor.declared import value_of
from resilience.account.doctor.finding import Finding, unknown
from resilience.account.http import ApiClient, UnreachableError
from resilience.model.catalogue import Catalogue
from resilience.model.settings import Secret, StackSettings
from resilience.model.stack_file import StackFile

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
_FREE_STACKS = 1
_NOT_FOUND = 404
_NOT_ALLOWED = (401, 403)


@dataclass(frozen=True)
class _Checks:
    client: ApiClient
    settings: StackSettings

    def scope(self, path: str, scope: str) -> Finding:
        """Whether the token may read this."""
        status = self.client.send(path).status
        if status in _NOT_ALLOWED:
            remedy = f"give the access policy the scope `{scope}`"
            return Finding("grafana.com", good=False, found=f"the token may not read {path} ({status})", remedy=remedy)
        if status != 200:  # noqa: PLR2004  # success in HTTP
            return unknown("grafana.com", f"{status} for {path}")
        return Finding("grafana.com", good=True, found=f"the token has the scope {scope}")

    def stack(self) -> Finding:
        """A stack to adopt must exist; a stack to create must not, and the plan must have room for it."""
        slug, adopt = self.settings.grafana.stack, self.settings.grafana.adopt or not self.settings.shared
        status = self.client.send(f"/api/instances/{slug}").status
        if adopt:
            remedy = "correct grafana.stack, or write `adopt: false` to create it"
            good = status not in (*_NOT_ALLOWED, _NOT_FOUND)
            return Finding("grafana stack", good, f"{slug} {'exists' if good else f'is not there ({status})'}", remedy)
        others = _items(self.client.send(f"/api/orgs/{self.settings.grafana.org}/instances").body)
        good = status == _NOT_FOUND and len(others) < _FREE_STACKS
        found = f"{slug} will be created" if good else "the free plan's one stack exists already"
        return Finding("grafana stack", good, found, "write its slug and `adopt: true` before the first `up`")

    def users(self, allowed: float) -> Finding:
        """Members above the free plan's limit cannot use Grafana."""
        members = _items(self.client.send(f"/api/orgs/{self.settings.grafana.org}/members").body)
        found = f"{len(members)} of {allowed:g} members of the organisation"
        return Finding("grafana users", len(members) <= allowed, found, "remove a member in the Cloud Portal")


def findings(settings: StackSettings, file: StackFile, root: Path) -> Iterator[Finding]:
    """One for each check; a service that cannot be reached does not count against the stack."""
    token = value_of(Secret.GRAFANA_CLOUD_TOKEN, file, root)
    if not token:
        yield unknown("grafana.com", "its token is not set here")
        return
    checks = _Checks(ApiClient(settings.grafana.api_url, token, SECONDS), settings)
    try:
        yield checks.scope(f"/api/orgs/{settings.grafana.org}", "orgs:read")
        yield checks.scope(f"/api/v1/accesspolicies?region={settings.grafana.region}", "accesspolicies:read")
        yield checks.stack()
        yield checks.users(Catalogue.load(root).limits["users"].limit)
    except UnreachableError as error:
        yield unknown("grafana.com", str(error))


def _items(body: Any) -> list[Any]:
    found = body.get("items") if isinstance(body, dict) else None
    return found if isinstance(found, list) else []
