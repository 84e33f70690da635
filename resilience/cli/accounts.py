"""Commands that need an account or its outputs: doctor, env, inventory, verify, expires."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from resilience.cli.app import json_option, main, stack_option
from resilience.cli.outcomes import FINDINGS

if TYPE_CHECKING:
    from rich.status import Status

    from resilience.account.verify import LiveDifference


@main.command()
@click.option("--stack", default="production", show_default=True, metavar="S", help="The Pulumi stack to bring up.")
@click.option("--offline", is_flag=True, help="Contact neither grafana.com nor GitHub.")
@json_option
@click.pass_obj
def doctor(root: Path, stack: str, offline: bool, as_json: bool) -> None:
    """Show what is missing for a real `pulumi up`, and how to fix it."""
    from resilience.account import doctor as checks

    findings = checks.examine(stack, root, online=not offline)
    click.echo(checks.as_json(findings) if as_json else checks.as_text(findings))
    if checks.failed(findings):
        sys.exit(FINDINGS)


@main.command()
@click.option("--stack", required=True, metavar="S", help="The Pulumi stack of the outputs.")
@click.option("--from", "source", metavar="FILE|-", help="JSON of `pulumi stack output`; default: run it.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["dotenv", "shell", "json"]),
    default="dotenv",
    show_default=True,
    help="dotenv is for Compose.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE", help="Write to this file (0600), not to stdout."
)
@click.pass_obj
def env(root: Path, stack: str, source: str | None, form: str, out: Path | None) -> None:
    """Print stack outputs as variables for the deploy scripts.

    The output contains secrets.
    """
    from resilience.account import env_files
    from resilience.model.stack_file import StackFile

    settings = StackFile.read(stack, root).settings()
    text = env_files.rendered(env_files.read(stack, source, settings, root), form)
    click.echo(env_files.write(out, text) if out else text, nl=out is not None)


@main.command()
@click.argument("url", metavar="URL")
@json_option
@click.pass_obj
def inventory(root: Path, url: str, as_json: bool) -> None:
    """List what exists in a Grafana, by kind and owner.

    GRAFANA_TOKEN holds its token. Exits with 1 if anything is unmanaged or missing.
    """
    from resilience.account import inventory as listing
    from resilience.manifest import declare_all

    token = _token_for(url)
    items = listing.inventory(url, token, declare_all((), root))
    click.echo(listing.as_json(items) if as_json else listing.as_text(items))
    if listing.failed(items):
        sys.exit(FINDINGS)


@main.command()
@click.argument("url", metavar="URL")
@stack_option
@click.option("--notify", is_flag=True, help="Also send a test message to each contact point.")
@click.option(
    "--wait",
    type=click.IntRange(0, 3600),
    default=180,
    show_default=True,
    help="Seconds to wait for the first evaluation of rules after an `up`.",
)
@json_option
@click.pass_obj
def verify(  # noqa: PLR0913, PLR0917 - click passes each option
    root: Path, url: str, stacks: tuple[str, ...], notify: bool, wait: int, as_json: bool
) -> None:
    """Compare a live Grafana with what is declared.

    Rules, folders, contact points, timings, routes and templates; then whether
    rules are evaluated, data sources answer, messages render and the watchdog
    fires. GRAFANA_TOKEN holds its token. Exits with 1 if anything differs.
    """
    from rich.console import Console

    from resilience.account.verify import Patience, VerifyInput
    from resilience.account.verify import verify as compared
    from resilience.manifest import declare_deployed

    token, manifests = _token_for(url), declare_deployed(root)
    names = _known(stacks, [one.stack for one in manifests])
    with Console(stderr=True).status(f"Comparing {', '.join(names)}") as status:
        patience = Patience(wait, lambda waiting: _waits(status, waiting))
        found = compared(
            VerifyInput(
                address=url.rstrip("/"),
                token=token,
                manifests=manifests,
                stacks=names,
                patience=patience,
                notify=notify,
            )
        )
    _show(found, names, as_json=as_json)


def _show(found: "Sequence[LiveDifference]", names: list[str], *, as_json: bool) -> None:
    """Print everything; exit with 1 if anything differs, or print that nothing does."""
    from rich.console import Console

    from resilience.account.verify import display

    if as_json:
        click.echo(display.as_json(found))
    elif found and _on_terminal():
        Console().print(display.as_table(found))
    elif found:
        click.echo(display.as_text(found))
    if any(not one.note for one in found):
        sys.exit(FINDINGS)
    if not as_json:
        click.echo(f"What is live is what is declared: {', '.join(names)}.")


def _on_terminal() -> bool:
    return sys.stdout.isatty()


def _waits(status: "Status", waiting: int) -> None:
    """A line that moves on a terminal; elsewhere one for each time that Grafana is asked."""
    text = f"Waiting for Grafana's first evaluation; rules left: {waiting}"
    status.update(text)
    if not status.console.is_terminal:
        click.echo(text, err=True)


def _known(stacks: tuple[str, ...], names: list[str]) -> list[str]:
    """The stacks that are asked for; an organisation before the name is no part of it."""
    from resilience.core.problems import shown

    wanted = [one.rpartition("/")[2] for one in stacks] or names
    if unknown := [one for one in wanted if one not in names]:
        raise click.BadParameter(f"there is no stack {shown(unknown[0])}; write one of {', '.join(names)}")
    return wanted


def _token_for(url: str) -> str:
    """The token of a Grafana, if it may be sent to that address."""
    import os

    from resilience.core.addresses import safe_for_credentials

    try:
        safe_for_credentials(url)
    except ValueError as error:
        raise click.BadParameter(f"it {error}; write it as https://NAME.grafana.net", param_hint="URL") from None
    if not (token := os.environ.get("GRAFANA_TOKEN")):
        raise click.UsageError("set GRAFANA_TOKEN to a token of a service account with the role Admin")
    return token


@main.command()
@click.argument("moment", metavar="MOMENT")
@click.option(
    "--days", type=click.IntRange(1, 36_500), default=29, show_default=True, help="How long it must still be valid."
)
def expires(moment: str, days: int) -> None:
    """Fail if the end of a credential (MOMENT) is near.

    MOMENT is a time of RFC 3339, as 2027-03-01T00:00:00Z.
    """
    from datetime import UTC, datetime, timedelta

    try:
        left = datetime.fromisoformat(moment) - datetime.now(UTC)
    except (TypeError, ValueError):
        raise click.BadParameter("write it as 2027-03-01T00:00:00Z", param_hint="MOMENT") from None
    click.echo(f"Expires in {left.days} days ({moment}).")
    if left < timedelta(days=days):
        sys.exit(FINDINGS)
