"""The one comment on a pull request: written once, later found by its marker and changed."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from resilience.account.http import ApiClient
from resilience.core.problems import UserError
from resilience.review.markdown import MARKER

_AUTHOR = "github-actions[bot]"
_PAGE = 100
_LONGEST_PREVIEW = 14_000


def body(changes: Path, previews: Sequence[Path]) -> str:
    """Changes first, then each preview, shortened in the middle; missing parts are named."""
    head = _text(changes) or f"{MARKER}\nThere is no list of changes: see the run."
    return "\n\n".join([head.rstrip(), *(_folded(path) for path in previews)])


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def _folded(path: Path) -> str:
    text = _text(path).strip() or "There is no preview: see the run."
    if len(text) > _LONGEST_PREVIEW:
        half = _LONGEST_PREVIEW // 2
        text = f"{text[:half]}\n… shortened: see the run …\n{text[-half:]}"
    # The text cannot close a fence that is longer than any in it.
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", f"{text}`")))
    return f"<details><summary>pulumi preview: {path.stem}</summary>\n\n{fence}\n{text}\n{fence}\n</details>"


def put(environment: Mapping[str, str], pull: int, text: str) -> None:
    """Write the comment, or change the existing one.

    Raises:
        UserError: not run by Actions, or GitHub rejects the request.
        UnreachableError: GitHub gives no answer.
    """
    wanted = ("GITHUB_API_URL", "GITHUB_REPOSITORY", "GH_TOKEN")
    if missing := [name for name in wanted if not environment.get(name)]:
        raise UserError(f"{', '.join(missing)} not set; run this in GitHub Actions")
    address, repository, token = (environment[name] for name in wanted)
    github, issues = ApiClient(address.rstrip("/"), token), f"/repos/{repository}/issues"
    known = next(_ours(_comments(github, f"{issues}/{pull}/comments")), None)
    answer = (
        github.send(f"{issues}/{pull}/comments", "POST", {"body": text})
        if known is None
        else github.send(f"{issues}/comments/{known}", "PATCH", {"body": text})
    )
    if not answer.good:
        raise UserError(f"GitHub answers {answer.status} to the comment; the job needs pull-requests: write")


def _comments(github: ApiClient, path: str) -> Iterator[Mapping[str, object]]:
    page = 0
    while True:
        page += 1
        answer = github.send(f"{path}?per_page={_PAGE}&page={page}")
        if not answer.good:
            raise UserError(f"GitHub answers {answer.status} to the list of comments")
        yield from answer.body
        if len(answer.body) < _PAGE:
            return


def _ours(comments: Iterable[Mapping[str, object]]) -> Iterator[object]:
    """Ids of our comments: written by Actions, because anybody may paste the marker."""
    for comment in comments:
        author = comment.get("user")
        login = author.get("login") if isinstance(author, dict) else None
        if login == _AUTHOR and str(comment.get("body")).startswith(MARKER):
            yield comment["id"]
