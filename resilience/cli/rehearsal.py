"""The command `rehearse`."""

import gc
import sys
from pathlib import Path

import click

from resilience.cli.app import main
from resilience.cli.outcomes import FINDINGS


@main.command()
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...")
@click.option(
    "--speed",
    type=click.FloatRange(1, 120),
    default=60,
    show_default=True,
    metavar="N",
    help="How many times faster than real time the live runs are.",
)
@click.option(
    "--live",
    type=click.Choice(["paths", "all", "none"]),
    help="Which run live too: one for each way of a message (the default), all (if any is named), or none.",
)
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write an HTML report.")
@click.option(
    "--service",
    type=click.Choice(["python", "node"]),
    default="python",
    show_default=True,
    help="The API: simulated in Python, or the service kit in Node.",
)
@click.pass_obj
def rehearse(  # noqa: PLR0913, PLR0917 - click passes each option
    root: Path, scenarios: tuple[str, ...], speed: float, live: str | None, report: Path | None, service: str
) -> None:
    """Play scenarios against the declared rules; check what Slack would get."""
    from resilience.cli import rehearsing

    gc.enable()  # this command runs for minutes
    which = rehearsing.Live(live or ("all" if scenarios else "paths"))
    if not rehearsing.run(root, rehearsing.Wanted(scenarios, speed, which, report, service == "node")):
        sys.exit(FINDINGS)
