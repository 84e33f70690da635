"""One comment on a pull request: the changes, then each preview; one workflow alone writes it."""

from pathlib import Path

from resilience.model.catalogue import ROOT
from resilience.review.comment import body


def test_each_preview_is_folded_below_the_changes(tmp_path: Path) -> None:
    changes, production = tmp_path / "changes.md", tmp_path / "production.txt"
    changes.write_text("Nothing.\n")
    production.write_text("~ 1 to update\n")

    assert body(changes, [production, tmp_path / "dev.txt"]) == (
        "Nothing.\n\n"
        "<details><summary>pulumi preview: production</summary>\n\n```\n~ 1 to update\n```\n</details>\n\n"
        "<details><summary>pulumi preview: dev</summary>\n\n```\nThere is no preview: see the run.\n```\n</details>"
    )


def test_a_preview_cannot_leave_its_fence_or_fill_the_comment(tmp_path: Path) -> None:
    preview = tmp_path / "dev.txt"
    preview.write_text("````\n@everyone\n" + "x" * 100_000)

    text = body(tmp_path / "none", [preview, preview])

    assert text.startswith("The list of changes is missing: see the run.")
    assert text.count("\n`````\n") == 4
    assert len(text) < 65_536 - 30_000


def test_one_workflow_alone_may_comment_on_pull_requests() -> None:
    # `--edit-last` changes the last comment of the Actions bot, whichever workflow wrote it.
    workflows = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / ".github/workflows").glob("*.yml")}

    assert [name for name, text in workflows.items() if "pull-requests: write" in text] == ["preview"]
    assert '"$PULL" --edit-last --create-if-none --body-file build/comment.md' in workflows["preview"]
