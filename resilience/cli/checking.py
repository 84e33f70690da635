"""Commands that check files and services: check, contract."""

from pathlib import Path

import click

from resilience.cli.app import main, report


@main.command()
@click.pass_obj
def check(root: Path) -> None:
    """Check all that is declared; report every problem at once.

    Reads settings, catalogue, scenarios, workflows, limits and the exported files.
    """
    from resilience.cli.checks import problems_and_warnings

    report(*problems_and_warnings(root))


@main.command()
@click.argument("source", metavar="URL|FILE")
@click.option(
    "--timeout", default=10, show_default=True, metavar="S", type=click.FloatRange(0.1, 300), help="Seconds to wait."
)
@click.pass_obj
def contract(root: Path, source: str, timeout: float) -> None:
    """Compare a live `/metrics` with the telemetry contract."""
    from resilience.contract import problems

    report(problems(source, root, timeout))
