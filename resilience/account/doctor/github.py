"""GitHub: can the token reach each repository, its secrets and its environments?"""

from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import urlsplit

from resilience.account.doctor.finding import Finding, unknown
from resilience.account.doctor.given import DoctorInput
from resilience.account.doctor.grafana.grafana_com import SECONDS
from resilience.account.http import ApiClient, UnreachableError
from resilience.core.conventions import DEPLOY_ENVIRONMENT, DEPLOY_KEY
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
            protected = settings.github.protect_deploys
            yield _repository(client, own, SecretScope.ENVIRONMENT if protected else SecretScope.REPOSITORY)
            if protected:
                yield _deploying_key(client, own)
    except UnreachableError as error:
        yield unknown("github", str(error))


def _deploying_key(client: ApiClient, own: str) -> Finding:
    """Where the key is that deploys: as a secret of the repository it could be read from every branch."""
    environment = client.send(f"/repos/{own}/environments/{DEPLOY_ENVIRONMENT}/secrets/{DEPLOY_KEY}").status
    repository = client.send(f"/repos/{own}/actions/secrets/{DEPLOY_KEY}").status
    if environment == HTTPStatus.NOT_FOUND:
        remedy = f"run `gh secret set {DEPLOY_KEY} --env {DEPLOY_ENVIRONMENT} --repo {own}`"
        return Finding("deploys", good=False, found=f"{DEPLOY_KEY} is not in the environment of main", remedy=remedy)
    if environment != HTTPStatus.OK:
        return unknown("deploys", f"the token gets {environment} for the environment {DEPLOY_ENVIRONMENT}")
    if repository != HTTPStatus.NOT_FOUND:
        found = f"{DEPLOY_KEY} is also a secret of the repository, which every branch can read"
        return Finding("deploys", good=False, found=found, remedy=f"run `gh secret delete {DEPLOY_KEY} --repo {own}`")
    return Finding("deploys", good=True, found=f"{DEPLOY_KEY} is in the environment that only main may use")


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
