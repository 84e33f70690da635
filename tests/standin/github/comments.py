"""GitHub: comments of pull requests; a token of Actions writes as its bot."""

from tests.standin.github.repositories import not_found, repository_of
from tests.standin.surfaces import GITHUB
from tests.standin.wire import Json, Reply, StandinRequest

_ISSUE = "/repos/{owner}/{repository}/issues/{number}/comments"
AUTHOR = {"login": "github-actions[bot]", "type": "Bot"}


@GITHUB("GET", _ISSUE)
def list_comments(request: StandinRequest) -> list[Json]:
    of_issue = [one for one in _comments(request).values() if str(one["issue"]) == request.names["number"]]
    size, page = int(request.query.get("per_page", 30)), int(request.query.get("page", 1))
    return of_issue[(page - 1) * size : page * size]


@GITHUB("POST", _ISSUE)
def write(request: StandinRequest) -> Reply:
    number = request.state.serial()
    made = {"id": number, "issue": request.names["number"], "user": AUTHOR, "body": request.fields("body")["body"]}
    _comments(request)[str(number)] = made
    return Reply(201, made)


@GITHUB("PATCH", "/repos/{owner}/{repository}/issues/comments/{comment}")
def change(request: StandinRequest) -> Json:
    comment = _comments(request).get(request.names["comment"]) or not_found()
    comment["body"] = request.fields("body")["body"]
    return comment


def _comments(request: StandinRequest) -> dict[str, Json]:
    found: dict[str, Json] = repository_of(request).setdefault("comments", {})
    return found
