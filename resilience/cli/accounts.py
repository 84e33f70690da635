"""Commands that need an account or its outputs: doctor, env, inventory, expires."""

import sys
from pathlib import Path

import click

from resilience.cli.app import json_option, main
from resilience.cli.outcomes import FINDINGS


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
    import os

    from resilience.account import inventory as listing
    from resilience.core.addresses import safe_for_credentials
    from resilience.manifest import declare_all

    try:
        safe_for_credentials(url)
    except ValueError as error:
        raise click.BadParameter(f"it {error}; write it as https://NAME.grafana.net", param_hint="URL") from None
    if not (token := os.environ.get("GRAFANA_TOKEN")):
        raise click.UsageError("set GRAFANA_TOKEN to a token of a service account with the role Admin")
    items = listing.inventory(url, token, declare_all((), root))
    click.echo(listing.as_json(items) if as_json else listing.as_text(items))
    if listing.failed(items):
        sys.exit(FINDINGS)


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
