"""The Grafana Cloud stack: a stack to adopt must exist; one to create must not, unless this program made it."""

from collections.abc import Iterator

from resilience.account.doctor.finding import Finding, unknown
from resilience.account.doctor.given import DoctorInput
from resilience.account.http import ApiClient, items
from resilience.core.problems import shown
from resilience.manifest import types
from resilience.model.settings import Grafana

_FREE_STACKS = 1
_NOT_FOUND = 404
_ABSENT = (401, 403, _NOT_FOUND)


def finding(given: DoctorInput, client: ApiClient, status: int) -> Finding:
    """Whether the stack is as the settings expect; `status` is the answer to the request for it."""
    settings = given.stack.settings
    slug = settings.grafana.stack
    if status not in (200, *_ABSENT):
        return unknown("grafana stack", f"{status} for {slug}")
    if settings.shared and not settings.grafana.adopt:
        return _created(given, client, status)
    good = status not in _ABSENT
    found = f"{slug} {'exists' if good else f'is not there ({status})'}"
    remedy = "correct grafana.stack, or write `adopt: false` and a `region` to create it"
    return Finding("grafana stack", good, found, remedy)


def _created(given: DoctorInput, client: ApiClient, status: int) -> Finding:
    grafana = given.stack.settings.grafana
    if given.state is None:
        return unknown("grafana stack", "Pulumi's state cannot be read, so it is not known who made it")
    if grafana.stack in [one.inputs.get("slug") for one in given.state.of_type(types.STACK)]:
        good = status not in _ABSENT
        found = f"{grafana.stack} {'exists, and is ours' if good else f'was ours, and is not there ({status})'}"
        return Finding("grafana stack", good, found, f"run `pulumi refresh --stack {given.stack.file.stack}`")
    others = items(client.send(f"/api/orgs/{grafana.org}/instances").body)
    good = status == _NOT_FOUND and len(others) < _FREE_STACKS
    found = f"{grafana.stack} will be created" if good else "the free plan's one stack exists already"
    return Finding("grafana stack", good, found, "write its slug and `adopt: true` before the first `up`")


def region(grafana: Grafana, real: object) -> Iterator[Finding]:
    """A region that is not the stack's: the provider would want to replace the stack."""
    wanted = grafana.region
    if real and wanted and real != wanted:
        found = f"its region is {shown(real)}, not {shown(wanted)}"
        yield Finding("grafana stack", good=False, found=found, remedy=f"write `region: {real}` under `grafana:`")
