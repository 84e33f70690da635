"""Commands that show what would change: diff, drift, comment."""

import sys
from pathlib import Path

import click

from resilience.cli.app import main
from resilience.cli.outcomes import FINDINGS

_file = click.Path(path_type=Path, dir_okay=False)


@main.command()
@click.argument("before", type=_file, metavar="BEFORE")
@click.argument("after", type=_file, metavar="AFTER")
@click.option("--budget", type=(_file, _file), metavar="BEFORE AFTER", help="The two budgets (JSON files).")
def diff(before: Path, after: Path, budget: tuple[Path, Path] | None) -> None:
    """Show what differs between two manifests, in Markdown.

    Compares alerts, routes, limits and other resources, and names the rules
    that start to wait anew. BEFORE and AFTER are files written by
    `resilience manifest --json`.
    """
    from resilience import review

    manifests = (review.read_manifest(before), review.read_manifest(after))
    budgets = (review.read_budget(budget[0]), review.read_budget(budget[1])) if budget else ([], [])
    removed = review.removed_stacks(*manifests)
    # Nothing of a removed stack is removed, so it is no difference.
    kept = [one for one in manifests[0] if one["stack"] not in removed]
    changes, resets = review.compared(kept, manifests[1], budgets), review.resets(kept, manifests[1])
    click.echo(review.as_markdown(changes, removed, resets), nl=False)


@main.command()
@click.argument("previews", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PREVIEW...")
@click.option(
    "--subject",
    type=click.Choice(["drift", "rotation"]),
    default="drift",
    show_default=True,
    help="What is expected: nothing, or a rotation.",
)
@click.option("--message", type=_file, metavar="FILE", help="Write a Slack message to this file and exit with 0.")
@click.option("--run", "run_url", default="", metavar="URL", help="Link of the message.")
def drift(previews: tuple[Path, ...], subject: str, message: Path | None, run_url: str) -> None:
    """List what previews (`pulumi preview --json`) would change.

    Exits with 1 if there is any change; a rotation of the telemetry token that
    is due is none.
    """
    from resilience.core.problems import each
    from resilience.review import message as texts
    from resilience.review.previews import read_good

    if message:
        _write(message, texts.message(subject, run_url, previews))
        return
    found = each(previews, read_good)
    for line in (line for preview in found for line in texts.lines(preview, subject)):
        click.echo(line)
    if not all(texts.is_accepted(preview) for preview in found):
        sys.exit(FINDINGS)


def _write(path: Path, text: str) -> None:
    """Without a text there is no file, so that nothing is sent."""
    from resilience.core import files

    if text:
        click.echo(files.put(path, text))
        return
    files.remove(path)
    click.echo("There is nothing to say.")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="FOLDER")
@click.pass_obj
def comment(root: Path, folder: Path) -> None:
    """Print what the engine would change, for a pull request.

    FOLDER has what `make plan` writes: `plan-<stack>.json` of every stack.
    """
    from resilience.model.stack_file import stacks
    from resilience.review.comment import body

    click.echo(body([(stack, folder / f"plan-{stack}.json") for stack in stacks(root)]), nl=False)
