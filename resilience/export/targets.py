"""The export for self-hosted Mimir and Loki, as `mimirtool` and `lokitool` load it.

A namespace for each environment, a file for each namespace. Mimir's Alertmanager belongs to a tenant
and may not read files, so the webhook is written as `SLACK_URL_OF_<contact point>` (`WEBHOOK_URL_OF_` where it
is not Slack's): not an address, so every tool rejects it until it is replaced. A mail server is `SMTP_HOST_AND_PORT`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from resilience.export import alertmanager, rules
from resilience.export.files import ALERTMANAGER, HEADER, as_yaml
from resilience.export.unsupported import Unsupported
from resilience.manifest import Manifest

PLACE, OTHER_PLACE = "SLACK_URL_OF_", "WEBHOOK_URL_OF_"
_MAIL = {"to": "EMAIL_ADDRESSES", "from": "EMAIL_SENDER", "smarthost": "SMTP_HOST_AND_PORT"}
_FILL = (
    f"# Replace each {PLACE}<contact point> with its Slack webhook, and each {OTHER_PLACE}<contact point>\n"
    "# with its address, before you load it; they are secret. In email_configs replace\n"
    f"# {', '.join(_MAIL.values())}.\n"
)


def rendered(manifests: Iterable[Manifest], target: str) -> dict[str, str]:
    """Texts by file name for `mimir` (rules, Alertmanager, templates) or `loki` (rules that read logs).

    Raises:
        BadInputError: something cannot be translated faithfully.
    """
    manifests, unsupported = list(manifests), Unsupported()
    prometheus, loki = rules.groups(manifests, unsupported)
    routing = alertmanager.configuration(manifests, unsupported)
    unsupported.raise_any()
    if target == "loki":
        return _namespaces(loki)
    files = _namespaces(prometheus)
    if routing:
        files[ALERTMANAGER] = HEADER + _FILL + as_yaml(_of_a_tenant(routing))
    return files | alertmanager.templates(manifests)


def _namespaces(groups: Sequence[rules.Group]) -> dict[str, str]:
    """Files by namespace: group `sv0-production/api` is group `api` of the namespace `sv0-production`."""
    found = defaultdict[str, list[rules.Group]](list)
    for group in groups:
        namespace, _, name = group["name"].partition("/")
        found[namespace].append({**group, "name": name})
    return {f"{name}.yml": HEADER + as_yaml({"namespace": name, "groups": inside}) for name, inside in found.items()}


def _of_a_tenant(routing: Mapping[str, Any]) -> dict[str, Any]:
    return {**routing, "receivers": [_without_files(receiver) for receiver in routing["receivers"]]}


def _without_files(receiver: Mapping[str, Any]) -> dict[str, Any]:
    name, found = receiver["name"], dict(receiver)
    if "slack_configs" in found:
        found["slack_configs"] = [_with_place(one, "api_url", f"{PLACE}{name}") for one in found["slack_configs"]]
    if "webhook_configs" in found:
        found["webhook_configs"] = [_with_place(one, "url", f"{OTHER_PLACE}{name}") for one in found["webhook_configs"]]
    if "email_configs" in found:
        found["email_configs"] = [{**one, **_MAIL} for one in found["email_configs"]]
    return found


def _with_place(config: Mapping[str, Any], key: str, place: str) -> dict[str, Any]:
    """The same with this place for its address."""
    return {key: place, **{name: value for name, value in config.items() if name not in (key, f"{key}_file")}}
