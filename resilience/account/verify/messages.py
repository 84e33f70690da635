"""Do the messages render, and do they arrive? Grafana renders and sends them itself.

Grafana 13 removed the old test of contact points (410); the one below `/apis/` takes its place. The test of templates
is still there in 13.1; where it is gone, that is said.
"""

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from pydantic import Field, RootModel

from resilience.account.http import ApiClient, ApiObject, ApiResponse, shaped
from resilience.account.things import POINT
from resilience.account.verify.difference import LiveDifference, note
from resilience.core.conventions import PRODUCTION, Tier
from resilience.core.problems import without_secrets
from resilience.manifest import Manifest
from resilience.manifest.rules import declared_rules

_POINTS = "/api/v1/provisioning/contact-points"
_RENDER = "/api/alertmanager/grafana/config/api/v1/templates/test"
_SEND = "/apis/notifications.alerting.grafana.app/v1beta1/namespaces/{namespace}/receivers/{receiver}/test"
_NAME = "sv0-verify"
_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.GONE, HTTPStatus.NOT_IMPLEMENTED)
_REDACTED = "[REDACTED]"
_LONGEST_ERROR = 200
# Slack may take 30 s to answer Grafana.
_SEND_SECONDS = 40
# An address that Grafana failed to reach may be a secret, whatever it looks like.
_ADDRESS = re.compile(r"[a-z]{1,10}://\S+", re.IGNORECASE)


class Integration(ApiObject):
    """One integration of a contact point, as Grafana answers."""

    name: str
    uid: str = ""
    type: str = ""
    disableResolveMessage: bool | None = None  # noqa: N815  # as Grafana spells it
    settings: dict[str, Any] = Field(default_factory=dict)

    @property
    def subject(self) -> str:
        """How a line names it."""
        return f"{POINT} {self.name} ({self.type})"

    @property
    def templates(self) -> list[str]:
        """Its settings that are templates."""
        return sorted({one for one in self.settings.values() if isinstance(one, str) and "{{" in one})


class _Rendered(ApiObject):
    name: str = ""
    text: str = ""


class _RenderError(ApiObject):
    message: str = ""


class _Rendering(ApiObject):
    results: list[_Rendered] | None = None
    errors: list[_RenderError] | None = None


class _Sent(ApiObject):
    status: str
    error: str | None = None


class _FrontendSettings(ApiObject):
    namespace: str = "default"


def integrations(grafana: ApiClient, names: set[str]) -> list[Integration]:
    """Those of the contact points of these names; raises as `ApiClient.read` does."""
    found = grafana.read(_POINTS, RootModel[list[Integration]]).root
    return [one for one in found if one.name in names]


def rendering(
    grafana: ApiClient, found: Iterable[Integration], manifests: Iterable[Manifest]
) -> Iterator[LiveDifference]:
    """Templates of contact points with which no message, or a message full of holes, is made.

    Raises:
        UserError: Grafana gives no readable answer.
    """
    alerts = _alerts(manifests)
    users: dict[str, Integration] = {}
    for one in found:
        users |= {text: users.get(text, one) for text in one.templates}
    for text, user in users.items():
        body = {"name": _NAME, "template": f'{{{{ define "{_NAME}" }}}}{text}{{{{ end }}}}', "alerts": alerts}
        answer = grafana.send(_RENDER, "POST", body)
        if answer.status in _GONE:
            yield note("messages", f"are not rendered: this Grafana has no test of templates ({answer.status})")
            return
        if why := _not_rendered(answer, grafana.address):
            what = f"{without_secrets(text)[:_LONGEST_ERROR]} does not render: {why}"
            yield LiveDifference(user.subject, what, "run `make up` of the shared stack")


def _not_rendered(answer: ApiResponse, address: str) -> str:
    """Why there is no message; empty if there is one."""
    if not answer.good:
        return f"Grafana answers {answer.status}"
    body = shaped(_Rendering, answer.body, f"{address}{_RENDER}")
    if body.errors:
        return without_secrets(body.errors[0].message)[:_LONGEST_ERROR] or "an error without a text"
    text = "".join(one.text for one in body.results or [] if one.name == _NAME)
    return "its text shows <no value>" if "<no value>" in text else "" if text.strip() else "it is empty"


def _alerts(manifests: Iterable[Manifest]) -> list[dict[str, Any]]:
    """A declared alert, once firing and once over: Grafana goes by the end, whatever the status says."""
    rule, now = next(declared_rules(manifests)), datetime.now(UTC)
    alert: dict[str, Any] = {
        "labels": {**rule.labels, "alertname": rule.title},
        "annotations": rule.annotations,
        "startsAt": (now - timedelta(hours=1)).isoformat(timespec="seconds"),
    }
    over = {"endsAt": (now - timedelta(minutes=1)).isoformat(timespec="seconds")}
    return [alert, {**alert, **over, "labels": {**alert["labels"], "alertname": f"{rule.title}, over"}}]


def sending(client: Callable[[float], ApiClient], found: Iterable[Integration]) -> Iterator[LiveDifference]:
    """A test message to each integration; what was sent is a note. `client` makes one with that many seconds a request.

    Raises:
        UserError: Grafana gives no readable answer.
    """
    namespace = client(_SEND_SECONDS).read("/api/frontend/settings", _FrontendSettings).namespace
    for one in found:
        receiver = base64.urlsafe_b64encode(one.name.encode()).decode().rstrip("=")
        path = _SEND.format(namespace=namespace, receiver=receiver)
        answer = client(_SEND_SECONDS).send(path, "POST", {"integration": _sent(one), "alert": _TEST})
        if answer.status in _GONE:
            yield note("contact points", f"are not tested: this Grafana has no test of them ({answer.status})")
            return
        yield _arrived(one, answer, path)


_TEST = {
    "labels": {"alertname": "Test message", "environment": PRODUCTION, "tier": Tier.P3},
    "annotations": {"summary": "`resilience verify --notify` sent this; nothing is broken."},
}


def _sent(one: Integration) -> Mapping[str, Any]:
    """The integration as it is; Grafana fills in the secrets, which it does not show."""
    hidden = {key: True for key, value in one.settings.items() if value == _REDACTED}
    return {
        "uid": one.uid,
        "type": one.type,
        "version": "v1",
        "disableResolveMessage": bool(one.disableResolveMessage),
        "settings": {key: value for key, value in one.settings.items() if key not in hidden},
        "secureFields": hidden,
    }


def _arrived(one: Integration, answer: ApiResponse, path: str) -> LiveDifference:
    remedy = "run `make up` of the shared stack, and see whether the receiver takes messages"
    if not answer.good:
        return LiveDifference(one.subject, f"sent no test message: Grafana answers {answer.status}", remedy)
    result = shaped(_Sent, answer.body, path)
    if result.status == "success":
        return note(one.subject, "sent a test message; look whether it arrived")
    why = without_secrets(_ADDRESS.sub("[address]", result.error or json.dumps(result.status)))[:_LONGEST_ERROR]
    return LiveDifference(one.subject, f"sent no test message: {why}", remedy)
