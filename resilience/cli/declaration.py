"""Commands that show what is declared: stacks, manifest, export, alerts, budget."""

import json
import sys
from pathlib import Path

import click

from resilience.cli.app import json_option, main, stack_option
from resilience.cli.outcomes import FINDINGS


@main.command(name="stacks")
@json_option
@click.pass_obj
def list_stacks(root: Path, as_json: bool) -> None:
    """List the stacks, the shared one first.

    Each has a file `Pulumi.<stack>.yaml`.
    """
    from resilience.model.stack_file import stacks

    found = stacks(root)
    click.echo(json.dumps(found) if as_json else "\n".join(found))


@main.command()
@stack_option
@json_option
@click.pass_obj
def manifest(root: Path, stacks: tuple[str, ...], as_json: bool) -> None:
    """Show what the Pulumi program declares, secrets masked.

    Needs no account and no engine.
    """
    from resilience.manifest import declare_all, display

    found = declare_all(stacks, root)
    click.echo(display.as_json(found) if as_json else display.as_text(found))


@main.command()
@stack_option
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="DIR", help="Folder to write into.")
@click.option(
    "--target",
    type=click.Choice(["prometheus", "mimir", "loki"]),
    default="prometheus",
    show_default=True,
    help="mimir and loki: files for mimirtool and lokitool.",
)
@click.pass_obj
def export(root: Path, stacks: tuple[str, ...], out: Path, target: str) -> None:
    """Write what is declared as Prometheus and Alertmanager files."""
    from resilience.export import rendered, targets, write
    from resilience.manifest import declare_all

    declared = declare_all(stacks, root)
    for path in write(rendered(declared) if target == "prometheus" else targets.rendered(declared, target), out):
        click.echo(path)


@main.command()
@click.pass_obj
def alerts(root: Path) -> None:
    """List the alerts: when each fires, for whom, its impact."""
    from resilience.cli.alert_table import HEAD, rows
    from resilience.core.text import aligned

    click.echo("\n".join(aligned([HEAD, *rows(root)])))


@main.command()
@json_option
@click.pass_obj
def budget(root: Path, as_json: bool) -> None:
    """Compare use with the free tier's limits.

    Names what costs most. Exits with 1 if a limit is exceeded.
    """
    from rich.console import Console

    from resilience.budget import BudgetInput, display, lines

    found = lines(BudgetInput.gather(root))
    if as_json:
        click.echo(display.as_json(found))
    else:
        Console(width=None if sys.stdout.isatty() else 160).print(display.as_table(found))
    if any(line.exceeded for line in found):
        sys.exit(FINDINGS)
