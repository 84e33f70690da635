"""What exists under a name that we declare, while Pulumi's state has no such resource.

It was made by an `up` whose answer was lost: the next one makes it again, and is rejected.
"""

import os
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from resilience.account import inventory
from resilience.account.doctor.finding import Finding, unknown
from resilience.account.doctor.given import DoctorInput
from resilience.account.http import ApiClient, ApiObject, shaped
from resilience.core.problems import UserError, shown
from resilience.manifest import Manifest, types

VARIABLE = "GRAFANA_TOKEN"
_POLICY, _ACCOUNT = "access policy", "service account"
# The policy tree is overwritten, never rejected.
_OVERWRITTEN = "route"
_Orphans = set[tuple[str, str]]


class _CloudStack(ApiObject):
    regionSlug: str  # noqa: N815  # as grafana.com spells it
    url: str


class _Listed(ApiObject):
    items: list[Any]


class _Account(ApiObject):
    name: str


class _Accounts(ApiObject):
    serviceAccounts: list[_Account]  # noqa: N815  # as Grafana spells it


def findings(given: DoctorInput, cloud: ApiClient, stack: Mapping[str, Any]) -> Iterator[Finding]:
    """One for each orphan in this Grafana stack, which may be missing; before `pulumi stack init` none can be ours."""
    if given.has_stack is False or not stack:
        return
    if given.state is None or given.manifest is None:
        yield unknown("orphans", "what is declared, or what Pulumi's state holds, cannot be read")
        return
    wanted = keys(given.manifest) - keys(given.state)
    try:
        here = shaped(_CloudStack, stack, f"{cloud.address}/api/instances")
        orphans = sorted(_on_grafana_com(cloud, wanted, here.regionSlug) | _inside(wanted, here.url))
    except UserError as error:
        yield unknown("orphans", str(error))
        return
    for kind, key in orphans:
        found = f"{kind} {shown(key)} exists, but not in Pulumi's state"
        yield Finding("orphans", good=False, found=found, remedy="delete it: docs/bootstrap.md, After a lost answer")
    if not orphans:
        where = "and none in Grafana" if os.environ.get(VARIABLE) else f"Grafana is checked if {VARIABLE} is set"
        yield Finding("orphans", good=True, found=f"none on grafana.com, {where}")


def keys(held: Manifest) -> _Orphans:
    """Kind and name of all that can be an orphan."""
    policies = {(_POLICY, str(one.inputs.get("name"))) for one in held.of_type(types.ACCESS_POLICY)}
    accounts = {(_ACCOUNT, str(one.inputs.get("name"))) for one in held.of_type(types.SERVICE_ACCOUNT)}
    return policies | accounts | {one for one in inventory.declared_keys(held) if one[0] != _OVERWRITTEN}


def _on_grafana_com(cloud: ApiClient, wanted: _Orphans, region: str) -> _Orphans:
    names = [name for kind, name in wanted if kind == _POLICY]
    queries = {name: urlencode({"region": region, "name": name}) for name in names}
    return {(_POLICY, name) for name in names if cloud.read(f"/api/v1/accesspolicies?{queries[name]}", _Listed).items}


def _inside(wanted: _Orphans, url: str) -> _Orphans:
    token = os.environ.get(VARIABLE)
    if not token:
        return set()
    grafana = ApiClient(url.rstrip("/"), token)
    found = wanted & set(inventory.existing_keys(grafana))
    for kind, name in wanted:
        path = f"/api/serviceaccounts/search?{urlencode({'query': name})}"
        if kind == _ACCOUNT and name in [one.name for one in grafana.read(path, _Accounts).serviceAccounts]:
            found.add((kind, name))
    return found
