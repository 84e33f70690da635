"""Commands that show what would change: diff, drift, comment."""

import sys
from pathlib import Path

import click

from resilience.cli.app import FINDINGS, main, rejects_bad_input

_file = click.Path(path_type=Path, dir_okay=False)


@main.command()
@click.argument("before", type=_file, metavar="BEFORE")
@click.argument("after", type=_file, metavar="AFTER")
@click.option("--budget", type=(_file, _file), metavar="BEFORE AFTER", help="The two budgets (JSON files).")
@rejects_bad_input
def diff(before: Path, after: Path, budget: tuple[Path, Path] | None) -> None:
    """Show what differs between two manifests, in Markdown.

    Compares alerts, routes, limits and other resources. BEFORE and AFTER are
    files written by `resilience manifest --json`.
    """
    from resilience import review

    manifests = (review.read_manifest(before), review.read_manifest(after))
    budgets = (review.read_budget(budget[0]), review.read_budget(budget[1])) if budget else ([], [])
    click.echo(review.as_markdown(review.compared(*manifests, budgets)), nl=False)


@main.command()
@click.argument("previews", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PREVIEW...")
@click.option("--rotation", is_flag=True, help="Accept a rotation of the telemetry token.")
@click.option("--message", type=_file, metavar="FILE", help="Write a Slack message to this file and exit with 0.")
@click.option("--subject", default="drift", show_default=True, help="Subject of the message.")
@click.option("--run", "run_url", default="", metavar="URL", help="Link of the message.")
@rejects_bad_input
def drift(previews: tuple[Path, ...], rotation: bool, message: Path | None, subject: str, run_url: str) -> None:
    """List what previews (`pulumi preview --json`) would change.

    Exits with 1 if there is any change.
    """
    from resilience.core import files
    from resilience.review import previews as engine

    if message:
        click.echo(files.put(message, engine.message(subject, run_url, previews)))
        return
    found = [step for path in previews for step in engine.steps(path)]
    for step in found:
        click.echo(step)
    if found and not (rotation and engine.only_rotation(found)):
        sys.exit(FINDINGS)


@main.command()
@click.argument("changes", type=click.Path(path_type=Path), metavar="CHANGES")
@click.argument("previews", nargs=-1, type=click.Path(path_type=Path), metavar="[PREVIEW]...")
@rejects_bad_input
def comment(changes: Path, previews: tuple[Path, ...]) -> None:
    """Print the comment for a pull request.

    It shows what changes (CHANGES, a file written by `diff`) and each preview.
    """
    from resilience.review.comment import body

    click.echo(body(changes, previews))
