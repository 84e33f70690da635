"""GitHub: can the token reach each repository, its secrets and its environments?"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from resilience.account.doctor.finding import Finding, unknown
from resilience.account.doctor.given import DoctorInput
from resilience.account.doctor.grafana.grafana_com import SECONDS
from resilience.account.http import ApiClient, UnreachableError
from resilience.model.settings import Secret, SecretScope

# Permissions of a fine-grained token, as GitHub's page names them.
PERMISSIONS = ("Metadata: read", "Secrets: read and write", "Environments: read and write")


def findings(given: DoctorInput) -> Iterator[Finding]:
    """One for each repository."""
    settings, token = given.stack.settings, given.values.get(Secret.GITHUB_TOKEN)
    if not token:
        yield unknown("github", "its token is not set here")
        return
    client = ApiClient(address(settings.github.api_url), token, SECONDS)
    try:
        for name in settings.github.repositories:
            yield _repository(client, f"{settings.github.owner}/{name}", settings.github.secret_scope)
        if settings.github.workflows:
            own = f"{settings.github.owner}/{settings.github.workflows}"
            yield _repository(client, own, SecretScope.REPOSITORY)
    except UnreachableError as error:
        yield unknown("github", str(error))


def address(api_url: str) -> str:
    """The base of the REST API: for the provider, any host but GitHub's own is an Enterprise Server."""
    base = api_url.rstrip("/").removesuffix("/api/v3")
    host = urlsplit(base).hostname or ""
    return base if host == "api.github.com" or host.endswith(".ghe.com") else f"{base}/api/v3"


def _repository(client: ApiClient, name: str, scope: SecretScope) -> Finding:
    needed = {f"/repos/{name}": PERMISSIONS[0], f"/repos/{name}/actions/secrets/public-key": PERMISSIONS[1]}
    if scope is SecretScope.ENVIRONMENT:
        needed[f"/repos/{name}/environments"] = PERMISSIONS[2]
    for path, permission in needed.items():
        if not (answer := client.send(path)).good:
            found = f"the token gets {answer.status} for {path}"
            return Finding("github", good=False, found=found, remedy=f"give it `{permission}` for {name}")
    return Finding("github", good=True, found=f"the token reaches {name} and its secrets")
