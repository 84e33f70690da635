"""Synthetic Monitoring: the installation of one stack (grafana-provider.md 2.14)."""

import secrets

from tests.standin.surfaces import SYNTHETICS
from tests.standin.wire import Json, StandinRequest, reject

_SCOPES = {"stacks:read", "metrics:write", "logs:write", "traces:write"}


def failed(status: int, what: str) -> None:
    """An error in the format of this API."""
    reject(status, what, msg=what, err=what)


@SYNTHETICS("POST", "/register/install")
def install(request: StandinRequest) -> Json:
    """The request has a publisher's key, a token of an access policy; the answer has a token of this API."""
    cloud, wanted = request.state.cloud, request.fields("stackId", "metricsInstanceId", "logsInstanceId")
    granted = [
        cloud["policies"][one["accessPolicyId"]] for one in cloud["tokens"].values() if one["token"] == request.token
    ]
    if not granted:
        failed(401, "publisher key is not valid")
    if missing := _SCOPES - set(granted[0]["scopes"]):
        failed(403, f"publisher key lacks the scopes {', '.join(sorted(missing))}")
    if str(wanted["stackId"]) not in cloud["stacks"]:
        failed(400, "unknown stack")
    tenant = {"id": request.state.serial(), "stackId": wanted["stackId"], "accessToken": secrets.token_hex(20)}
    request.state.synthetics["tenants"][str(wanted["stackId"])] = tenant
    return {"accessToken": tenant["accessToken"], "tenantInfo": {"id": tenant["id"]}}


@SYNTHETICS("POST", "/token/validate")
def validate(_request: StandinRequest) -> Json:
    return {"msg": "token is valid", "isValid": True}


@SYNTHETICS("DELETE", "/token/delete")
def delete(request: StandinRequest) -> Json:
    tenants = request.state.synthetics["tenants"]
    gone = next(stack for stack, tenant in tenants.items() if tenant["accessToken"] == request.token)
    del tenants[gone]
    return {"msg": "token deleted"}
