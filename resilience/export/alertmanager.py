"""Contact points, timings and the policy tree as an Alertmanager configuration.

Webhooks are secrets: the configuration names files for them (`<contact point>.url`), which are not written here.
Only since 0.26 does Alertmanager read the address of other webhooks from a file, so `WEBHOOK` stands in for it.
Grafana Cloud sends e-mail by its own server; an Alertmanager needs one, so `MAIL` stands in for both.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from resilience.export.unsupported import Unsupported
from resilience.manifest import Manifest, Resource, types

WEBHOOK = "https://replace-me.invalid/"
"""Stands where the address of a webhook belongs that is not Slack's."""
MAIL = {"to": "replace-me@example.invalid", "from": "sv0@example.invalid", "smarthost": "smtp.example.invalid:587"}
"""Stands where addresses and the mail server belong; no mail can leave by it."""
_SLACK = {
    "title": "title",
    "text": "text",
    "color": "color",
    "recipient": "channel",
    "username": "username",
    "iconEmoji": "icon_emoji",
    "iconUrl": "icon_url",
}
_ROUTE = {**types.ROUTE_KEYS, "continue": "continue"}
_INTERVAL = {"weekdays": "weekdays", "daysOfMonths": "days_of_month", "months": "months", "years": "years"}


def configuration(manifests: Sequence[Manifest], unsupported: Unsupported) -> dict[str, Any] | None:
    """The whole configuration; None if no stack owns the policy tree."""
    owners = [manifest for manifest in manifests if manifest.of_type(types.NOTIFICATION_POLICY)]
    if not owners:
        return None
    owner = owners[0]
    tree = owner.of_type(types.NOTIFICATION_POLICY)[0]
    for other in (
        other for manifest in owners for other in manifest.of_type(types.NOTIFICATION_POLICY) if other is not tree
    ):
        unsupported.add(
            other, "contactPoint", other.name, f"declare it only in the stack {tree.stack}: a Grafana has one tree"
        )
    kinds = (types.CONTACT_POINT, types.MUTE_TIMING, types.MESSAGE_TEMPLATE)
    others = [manifest for manifest in manifests if manifest is not owner]
    for one in (one for manifest in others for kind in kinds for one in manifest.of_type(kind)):
        unsupported.add(one, "name", one.inputs["name"], f"declare it in the stack {tree.stack}, which owns the tree")
    return {
        "route": _route(tree, tree.inputs, "", unsupported),
        "receivers": [_receiver(point, unsupported) for point in owner.of_type(types.CONTACT_POINT)],
        "time_intervals": [_timing(timing, unsupported) for timing in owner.of_type(types.MUTE_TIMING)],
        "templates": [f"{template.inputs['name']}.tmpl" for template in owner.of_type(types.MESSAGE_TEMPLATE)],
    }


def templates(manifests: Iterable[Manifest]) -> dict[str, str]:
    """Template files by name; Grafana and Alertmanager share their language."""
    found = [template for manifest in manifests for template in manifest.of_type(types.MESSAGE_TEMPLATE)]
    return {f"{template.inputs['name']}.tmpl": template.inputs["template"] for template in found}


def route_of(tree: Resource) -> dict[str, Any]:
    """The Alertmanager route of a policy tree, as far as it can be translated."""
    return _route(tree, tree.inputs, "", Unsupported())


def _route(tree: Resource, route: dict[str, Any], path: str, unsupported: Unsupported) -> dict[str, Any]:
    unsupported.unknown(tree, path, route, (*_ROUTE, "matchers", "policies"))
    translated = {name: route[key] for key, name in _ROUTE.items() if route.get(key)}
    if matchers := route.get("matchers"):
        translated["matchers"] = [f'{one["label"]}{one["match"]}"{_quoted(one["value"])}"' for one in matchers]
    if below := route.get("policies"):
        translated["routes"] = [
            _route(tree, one, f"{path}policies[{index}].", unsupported) for index, one in enumerate(below)
        ]
    return translated


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _receiver(point: Resource, unsupported: Unsupported) -> dict[str, Any]:
    unsupported.unknown(point, "", point.inputs, ("name", "slacks", "webhooks", "emails"))
    slacks, webhooks, emails = (point.inputs.get(kind) or [] for kind in ("slacks", "webhooks", "emails"))
    kinds = {
        "slack_configs": [_slack(point, index, one, unsupported) for index, one in enumerate(slacks)],
        "webhook_configs": [_webhook(point, index, one, unsupported) for index, one in enumerate(webhooks)],
        "email_configs": [_email(point, index, one, unsupported) for index, one in enumerate(emails)],
    }
    return {"name": point.inputs["name"], **{kind: found for kind, found in kinds.items() if found}}


def _webhook(point: Resource, index: int, webhook: dict[str, Any], unsupported: Unsupported) -> dict[str, Any]:
    unsupported.unknown(point, f"webhooks[{index}].", webhook, ("url", "httpMethod", "disableResolveMessage"))
    if (method := webhook.get("httpMethod") or "POST") != "POST":
        unsupported.add(point, f"webhooks[{index}].httpMethod", method, "write POST")
    return {"url": WEBHOOK, "send_resolved": not webhook.get("disableResolveMessage", False)}


def _email(point: Resource, index: int, email: dict[str, Any], unsupported: Unsupported) -> dict[str, Any]:
    """Plain text alone: Grafana wraps the same text in HTML of its own."""
    known = ("addresses", "singleEmail", "subject", "message", "disableResolveMessage")
    unsupported.unknown(point, f"emails[{index}].", email, known)
    return {
        **MAIL,
        "send_resolved": not email.get("disableResolveMessage", False),
        **({"headers": {"Subject": email["subject"]}} if email.get("subject") else {}),
        **({"html": "", "text": email["message"]} if email.get("message") else {}),
    }


def _slack(point: Resource, index: int, slack: dict[str, Any], unsupported: Unsupported) -> dict[str, Any]:
    unsupported.unknown(point, f"slacks[{index}].", slack, (*_SLACK, "url", "disableResolveMessage"))
    fields = {name: slack[key] for key, name in _SLACK.items() if slack.get(key)}
    return {
        "api_url_file": f"{point.inputs['name']}.url",
        "send_resolved": not slack.get("disableResolveMessage", False),
        **fields,
    }


def _timing(timing: Resource, unsupported: Unsupported) -> dict[str, Any]:
    intervals = timing.inputs.get("intervals") or []
    for index, interval in enumerate(intervals):
        unsupported.unknown(timing, f"intervals[{index}].", interval, (*_INTERVAL, "times", "location"))
    return {"name": timing.inputs["name"], "time_intervals": [_interval(interval) for interval in intervals]}


def _interval(interval: dict[str, Any]) -> dict[str, Any]:
    times = [{"start_time": one["start"], "end_time": one["end"]} for one in interval.get("times") or []]
    return {
        **({"times": times} if times else {}),
        **{name: interval[key] for key, name in _INTERVAL.items() if interval.get(key)},
        **({"location": interval["location"]} if interval.get("location") else {}),
    }
