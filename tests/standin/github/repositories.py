"""GitHub: owners, repositories and environments (pulumi.md 4)."""

from typing import NoReturn

from tests.standin.state import now
from tests.standin.surfaces import GITHUB
from tests.standin.wire import Json, Reply, StandinRequest, reject

_ENVIRONMENT = "/repos/{owner}/{repository}/environments/{environment}"
_LONGEST_WAIT_MINUTES = 43200


def not_found() -> NoReturn:
    """GitHub's answer, which is the same if the token has no access."""
    reject(404, "Not Found", documentation_url="https://docs.github.com/rest")


def repository_of(request: StandinRequest) -> Json:
    """A repository by owner and name in any case, or by id."""
    wanted = request.names
    for full, repository in request.state.github["repositories"].items():
        by_name = full.lower() == f"{wanted.get('owner')}/{wanted.get('repository')}".lower()
        if by_name or str(repository["id"]) == wanted.get("id"):
            assert isinstance(repository, dict)
            return repository
    not_found()


def environment_of(request: StandinRequest) -> Json:
    """The environment in the path."""
    found: Json | None = repository_of(request)["environments"].get(request.names["environment"])
    return found or not_found()


@GITHUB("GET", "/user")
def user(_request: StandinRequest) -> Json:
    return {"id": 1, "login": "octo-person", "type": "User"}


@GITHUB("GET", "/orgs/{owner}")
def owner(request: StandinRequest) -> Json:
    """The provider requests this at every start, also for a preview."""
    found: Json | None = request.state.github["owners"].get(request.names["owner"])
    return found or not_found()


def _view(request: StandinRequest) -> Json:
    repository = repository_of(request)
    full = f"{repository['owner']}/{repository['name']}"
    return {
        "id": repository["id"],
        "name": repository["name"],
        "full_name": full,
        "private": True,
        "owner": request.state.github["owners"][repository["owner"]],
        "default_branch": "main",
        "url": f"{request.state.base}/api/v3/repos/{full}",
        "permissions": {"admin": True, "push": True, "pull": True},
        "created_at": repository["created_at"],
    }


GITHUB("GET", "/repos/{owner}/{repository}")(_view)
GITHUB("GET", "/repositories/{id}")(_view)


def _environment_view(environment: Json) -> Json:
    return {key: value for key, value in environment.items() if key != "secrets"}


@GITHUB("GET", "/repos/{owner}/{repository}/environments")
def list_environments(request: StandinRequest) -> Json:
    every = [_environment_view(one) for one in repository_of(request)["environments"].values()]
    return {"total_count": len(every), "environments": every}


@GITHUB("GET", _ENVIRONMENT)
def read_environment(request: StandinRequest) -> Json:
    return _environment_view(environment_of(request))


@GITHUB("PUT", _ENVIRONMENT)
def put_environment(request: StandinRequest) -> Json:
    """An upsert that sets every rule: reviewers that are not in the body are removed."""
    wanted, name = request.body or {}, request.names["environment"]
    branches = wanted.get("deployment_branch_policy")
    if branches and bool(branches.get("protected_branches")) == bool(branches.get("custom_branch_policies")):
        reject(422, "protected_branches and custom_branch_policies cannot have the same value")
    if not 0 <= int(wanted.get("wait_timer") or 0) <= _LONGEST_WAIT_MINUTES:
        reject(422, "Validation Failed: wait_timer")
    new = {"id": request.state.serial(), "name": name, "created_at": now(), "secrets": {}}
    environment: Json = repository_of(request)["environments"].setdefault(name, new)
    environment |= {
        "updated_at": now(),
        "can_admins_bypass": wanted.get("can_admins_bypass", True),
        "protection_rules": _rules(wanted),
        "deployment_branch_policy": branches,
    }
    return _environment_view(environment)


def _rules(wanted: Json) -> list[Json]:
    rules: list[Json] = []
    if wanted.get("wait_timer"):
        rules.append({"id": 1, "type": "wait_timer", "wait_timer": int(wanted["wait_timer"])})
    if wanted.get("reviewers"):
        people = [{"type": one["type"], "reviewer": {"id": one["id"]}} for one in wanted["reviewers"]]
        rules.append({"id": 2, "type": "required_reviewers", "reviewers": people})
    if wanted.get("deployment_branch_policy"):
        rules.append({"id": 3, "type": "branch_policy"})
    return rules


@GITHUB("DELETE", _ENVIRONMENT)
def delete_environment(request: StandinRequest) -> Reply:
    """Delete its secrets too."""
    environment = environment_of(request)
    del repository_of(request)["environments"][environment["name"]]
    return Reply(204)
