"""One comment on a pull request: found by its marker, only if it is ours, and changed, not repeated."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from resilience.account.http import UnreachableError
from resilience.core.problems import UserError
from resilience.review.comment import body, put
from resilience.review.markdown import MARKER
from tests.standin.client import Client
from tests.standin.server import Standin, running
from tests.standin.state import Options


@pytest.fixture(name="standin")
def _standin() -> Iterator[Standin]:
    with running(Options(repositories=["acme/infra"], github_tokens=["ghs_CANARY"])) as standin:
        yield standin


def environment(standin: Standin, **variables: str) -> dict[str, str]:
    address = f"{standin.state.base}/api/v3"
    return {"GITHUB_API_URL": address, "GITHUB_REPOSITORY": "acme/infra", "GH_TOKEN": "ghs_CANARY"} | variables


def comments(standin: Standin) -> list[dict[str, Any]]:
    known = standin.state.github["repositories"]["acme/infra"].get("comments", {})
    return list(known.values())


def test_the_first_run_writes_the_comment_and_the_next_one_changes_it(standin: Standin) -> None:
    for text in ("first", "second"):
        put(environment(standin), 7, f"{MARKER}\n{text}")

    assert [one["body"] for one in comments(standin)] == [f"{MARKER}\nsecond"]


def test_each_pull_request_has_its_own_comment(standin: Standin) -> None:
    for pull in (7, 8):
        put(environment(standin), pull, f"{MARKER}\n{pull}")

    assert [one["issue"] for one in comments(standin)] == ["7", "8"]


def test_a_comment_of_somebody_who_pasted_the_marker_is_unchanged(standin: Standin) -> None:
    put(environment(standin), 7, f"{MARKER}\npasted")
    comments(standin)[0]["user"] = {"login": "somebody", "type": "User"}
    put(environment(standin), 7, f"{MARKER}\nours")

    assert [one["body"] for one in comments(standin)] == [f"{MARKER}\npasted", f"{MARKER}\nours"]


def test_it_is_found_after_a_hundred_others(standin: Standin) -> None:
    github = Client(standin, "/api/v3", "ghs_CANARY")
    for number in range(100):
        github("POST", "/repos/acme/infra/issues/7/comments", {"body": str(number)})
    for text in ("first", "second"):
        put(environment(standin), 7, f"{MARKER}\n{text}")

    assert len(comments(standin)) == 101


def test_a_rejection_says_which_permission_is_missing(standin: Standin) -> None:
    Client(standin)("POST", "/_faults", {"match": "POST .*/comments", "status": 403})

    with pytest.raises(UserError) as rejected:
        put(environment(standin), 7, MARKER)

    assert str(rejected.value) == "GitHub answers 403 to the comment; the job needs pull-requests: write"


@pytest.mark.parametrize("status", [401, 500, 302])
def test_a_list_that_cannot_be_read_writes_nothing(standin: Standin, status: int) -> None:
    problem = {"match": "GET .*/comments", "status": status, "headers": {"Location": "http://127.0.0.1:9/"}}
    Client(standin)("POST", "/_faults", problem)

    with pytest.raises(UserError) as rejected:
        put(environment(standin), 7, MARKER)

    assert str(rejected.value) == f"GitHub answers {status} to the list of comments"
    assert comments(standin) == []


def test_an_unreachable_service_is_reported_without_the_token(standin: Standin) -> None:
    with pytest.raises(UnreachableError) as rejected:
        put(environment(standin, GITHUB_API_URL="http://127.0.0.1:9"), 7, MARKER)

    assert str(rejected.value) == "http://127.0.0.1:9 gives no answer (ConnectionRefusedError)"


def test_outside_actions_the_missing_variable_is_named(standin: Standin) -> None:
    with pytest.raises(UserError, match=r"GH_TOKEN not set; run this in GitHub Actions"):
        put(environment(standin, GH_TOKEN=""), 7, MARKER)


def test_each_preview_is_folded_below_the_changes(tmp_path: Path) -> None:
    changes, production = tmp_path / "changes.md", tmp_path / "production.txt"
    changes.write_text(f"{MARKER}\nNothing.\n")
    production.write_text("~ 1 to update\n")

    assert body(changes, [production, tmp_path / "dev.txt"]) == (
        f"{MARKER}\nNothing.\n\n"
        "<details><summary>pulumi preview: production</summary>\n\n```\n~ 1 to update\n```\n</details>\n\n"
        "<details><summary>pulumi preview: dev</summary>\n\n```\nThere is no preview: see the run.\n```\n</details>"
    )


def test_a_preview_cannot_leave_its_fence_or_fill_the_comment(tmp_path: Path) -> None:
    preview = tmp_path / "dev.txt"
    preview.write_text("````\n@everyone\n" + "x" * 100_000)

    text = body(tmp_path / "none", [preview, preview])

    assert text.startswith(f"{MARKER}\nThere is no list of changes")
    assert text.count("\n`````\n") == 4
    assert len(text) < 65_536 - 30_000
