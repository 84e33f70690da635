"""The four APIs and their credentials. All have the same loopback address."""

from tests.standin.wire import Routes, StandinRequest, reject


def _cloud(request: StandinRequest) -> None:
    known = request.state.options.cloud_tokens
    if not request.token or (known and request.token not in known):
        reject(401, "Invalid or missing access policy token", code="Unauthorized")


def _grafana(request: StandinRequest) -> None:
    accounts = request.grafana["accounts"].values()
    keys = {token["key"] for one in accounts if not one["isDisabled"] for token in one["tokens"].values()}
    # The provider's wait for readiness sends no credential.
    if request.path.endswith(("/login", "/api/health")):
        return
    if request.token not in keys | set(request.state.options.stack_tokens):
        reject(401, "Invalid API key", messageId="api-key.invalid")


def _github(request: StandinRequest) -> None:
    known = request.state.options.github_tokens
    if not request.token or (known and request.token not in known):
        reject(401, "Bad credentials")


def _synthetics(request: StandinRequest) -> None:
    """Registering needs a publisher's key, which the route itself checks."""
    tenants = request.state.synthetics["tenants"].values()
    if request.path.endswith("/register/install"):
        return
    if request.token not in {tenant["accessToken"] for tenant in tenants}:
        reject(401, "unauthorized", msg="unauthorized", err="invalid token")


GCOM = Routes("gcom", "/api", _cloud)
GRAFANA = Routes("grafana", "/stack/{slug}", _grafana)
GITHUB = Routes("github", "/api/v3", _github)
SYNTHETICS = Routes("synthetics", "/sm/api/v1", _synthetics)
