"""Grafana: its tests of templates and of contact points (grafana-evaluation.md 7.1).

The old test of contact points is gone since 13.0. Nothing is rendered or sent; a test makes one fail with `unrendered`,
by the name of a definition, or with `undelivered`, by the name of a contact point.
"""

import base64
import re

from tests.standin.grafana.basics import namespace
from tests.standin.grafana.contact_points import REDACTED
from tests.standin.surfaces import GRAFANA
from tests.standin.wire import Json, StandinRequest, reject

_DEFINED = re.compile(r"\{\{-?\s*define\s+\"([^\"]+)\"")
_CALLED = re.compile(r"\{\{-?\s*template\s+\"([^\"]+)\"")


@GRAFANA("POST", "/api/alertmanager/grafana/config/api/v1/receivers/test")
def old_test(_request: StandinRequest) -> Json:
    return reject(410, "This endpoint was removed; use the receiver's subresource `test`")


@GRAFANA("POST", "/api/alertmanager/grafana/config/api/v1/templates/test")
def render(request: StandinRequest) -> Json:
    """One result for each definition; what it calls must be defined by it or by a stored template."""
    wanted = request.fields("template", "name")
    text = str(wanted["template"])
    defined = _DEFINED.findall(text)
    if not defined or text.count("{{") != text.count("}}"):
        return {"errors": [{"kind": "invalid_template", "message": "unexpected EOF"}]}
    others = [one["template"] for one in request.grafana["templates"].values() if one["name"] != wanted["name"]]
    known = {*defined, *(name for one in others for name in _DEFINED.findall(one))}
    for name in _CALLED.findall(text):
        if why := request.grafana["unrendered"].get(name) or (
            "" if name in known else f'template "{name}" not defined'
        ):
            return {"errors": [{"name": defined[0], "kind": "execution_error", "message": why}]}
    return {"results": [{"name": name, "text": f"text of {name}", "scope": "."} for name in defined]}


@GRAFANA("POST", "/apis/notifications.alerting.grafana.app/v1beta1/namespaces/{namespace}/receivers/{receiver}/test")
def send(request: StandinRequest) -> Json:
    """A failure to deliver is no error of the request. Secrets are those of the stored integration."""
    if request.names["namespace"] != namespace(request):
        reject(403, "forbidden: namespace mismatch")
    body, named = request.fields("integration", "alert"), request.names["receiver"]
    name = base64.urlsafe_b64decode(named + "=" * (-len(named) % 4)).decode()
    wanted = body["integration"]
    stored = request.grafana["contact_points"].get(wanted.get("uid"))
    if stored is None or (stored["name"], stored["type"]) != (name, wanted.get("type")):
        reject(404, "receiver or integration not found")
    settings = wanted["settings"] | {key: stored["settings"].get(key) for key in wanted.get("secureFields") or {}}
    if REDACTED in wanted["settings"].values() or settings != stored["settings"]:
        reject(400, "invalid settings")
    request.grafana["sent"].append({"name": name, "type": wanted["type"], "alert": body["alert"]})
    if why := request.grafana["undelivered"].get(name):
        return {"status": "failure", "duration": "32ms", "error": why}
    return {"status": "success", "duration": "32ms"}
