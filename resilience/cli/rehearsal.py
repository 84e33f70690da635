"""The command `rehearse`."""

import gc
import signal
import sys
from pathlib import Path

import click

from resilience.cli.app import FINDINGS, main, rejects_bad_input


@main.command()
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...")
@click.option(
    "--speed",
    type=click.FloatRange(1, 120),
    default=60,
    show_default=True,
    metavar="N",
    help="How many times faster than real time.",
)
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write an HTML report.")
@click.option(
    "--service",
    type=click.Choice(["python", "node"]),
    default="python",
    show_default=True,
    help="The API: simulated in Python, or the service kit in Node (then all in virtual time).",
)
@click.pass_obj
@rejects_bad_input
def rehearse(root: Path, scenarios: tuple[str, ...], speed: float, report: Path | None, service: str) -> None:
    """Run scenarios on real programs; check what Slack would get."""
    from resilience.cli import rehearsing

    gc.enable()  # this command runs for minutes
    # SIGTERM must end the programs as Ctrl-C does: without this, ten were once left running.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if not rehearsing.run(root, scenarios, speed, report, node=service == "node"):
        sys.exit(FINDINGS)
