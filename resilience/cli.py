"""The `resilience` command. Each command imports what it needs: start-up is most of its time."""

import atexit
import gc
import signal
import sys
from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from resilience.model.faults import Fault

FINDINGS, USAGE = 1, 2
_Command = Callable[..., Any]

stack_option = click.option("--stack", "stacks", multiple=True, metavar="S", help="A Pulumi stack; all when left out.")


def _refusing(command: _Command) -> _Command:
    """Bad input is told fault by fault, without a traceback."""

    @wraps(command)
    def refusing(*args: Any, **kwargs: Any) -> Any:
        from pulumi import RunError

        from resilience.model.faults import TellableError

        try:
            return command(*args, **kwargs)
        except (TellableError, RunError) as error:
            click.echo(str(error), err=True)
            sys.exit(USAGE)

    return refusing


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sv0-resilience")
@click.option("-C", "root", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Another checkout.")
@click.pass_context
def main(context: click.Context, root: Path | None) -> None:
    """SecurityV0's operational resiliency: declared once, rehearsed, deployed.

    Exit codes: 0 good, 1 findings, 2 usage or configuration.
    """
    context.obj = root or Path(__file__).resolve().parents[1]
    # Importing the SDKs makes some 300,000 objects that all stay. Looking for garbage among them,
    # once more at exit, took half of the time of `manifest` (1.1 s instead of 0.53 s, 2026-11-24).
    gc.disable()
    atexit.register(gc.freeze)


@main.command()
@stack_option
@click.option("--json", "as_json", is_flag=True, help="For machines: a list of resources.")
@click.pass_obj
@_refusing
def manifest(root: Path, stacks: tuple[str, ...], as_json: bool) -> None:
    """Show what the Pulumi program declares, secrets masked; needs no account and no engine."""
    from resilience.manifest import declare_all, display

    found = declare_all(stacks, root)
    click.echo(display.as_json(found) if as_json else display.as_text(found))


@main.command()
@stack_option
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="DIR", help="Folder to write into.")
@click.option("--target", type=click.Choice(["prometheus", "mimir", "loki"]), default="prometheus", show_default=True)
@click.pass_obj
@_refusing
def export(root: Path, stacks: tuple[str, ...], out: Path, target: str) -> None:
    """Write Prometheus and Alertmanager files from what is declared."""
    from resilience.export import rendered, targets, write
    from resilience.manifest import declare_all

    declared = declare_all(stacks, root)
    for path in write(rendered(declared) if target == "prometheus" else targets.rendered(declared, target), out):
        click.echo(path)


@main.command()
@click.argument("incidents", nargs=-1, metavar="[INCIDENT]...")
@click.option(
    "--speed", type=click.FloatRange(1, 120), default=60, show_default=True, metavar="N", help="Times faster."
)
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write an HTML report.")
@click.option(
    "--service",
    type=click.Choice(["python", "node"]),
    default="python",
    show_default=True,
    help="The API: computed, or the service kit's in Node (all in virtual time, with promtool).",
)
@click.pass_obj
@_refusing
def rehearse(root: Path, incidents: tuple[str, ...], speed: float, report: Path | None, service: str) -> None:
    """Play incidents on real Prometheus and Alertmanager until Slack hears of them."""
    from resilience import rehearsing

    gc.enable()  # this one runs for minutes
    # Ended from outside, it ends its programs as it does at Ctrl-C; seen: ten left behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if not rehearsing.run(root, incidents, speed, report, node=service == "node"):
        sys.exit(FINDINGS)


@main.command()
@click.pass_obj
@_refusing
def check(root: Path) -> None:
    """Judge settings, catalogue, limits and exported files; every fault at once."""
    from resilience.check import faults

    _report(faults(root))


@main.command()
@click.option("--stack", default="production", show_default=True, metavar="S", help="The Pulumi stack to bring up.")
@click.option("--offline", is_flag=True, help="Ask neither grafana.com nor GitHub.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.pass_obj
@_refusing
def doctor(root: Path, stack: str, offline: bool, as_json: bool) -> None:
    """Say what is missing for a real `pulumi up`, each with the command that mends it."""
    from resilience import doctor as examination

    findings = examination.examine(stack, root, online=not offline)
    click.echo(examination.as_json(findings) if as_json else examination.as_text(findings))
    if examination.failed(findings):
        sys.exit(FINDINGS)


@main.command()
@click.option("--stack", required=True, metavar="S", help="The Pulumi stack whose outputs they are.")
@click.option("--from", "source", metavar="FILE|-", help="JSON of `pulumi stack output`; Pulumi is asked without it.")
@click.option("--format", "form", type=click.Choice(["dotenv", "shell", "json"]), default="dotenv", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Write here (0600) and not to the screen.")
@click.pass_obj
@_refusing
def env(root: Path, stack: str, source: str | None, form: str, out: Path | None) -> None:
    """Turn stack outputs into the variables of the deploy scripts, secrets included."""
    from resilience.export import env_files
    from resilience.model.stack_file import StackFile

    settings = StackFile.read(stack, root).settings()
    text = env_files.rendered(env_files.read(stack, source, settings, root), form)
    click.echo(env_files.write(out, text) if out else text, nl=out is not None)


@main.command()
@click.argument("source", metavar="URL|FILE")
@click.option("--timeout", default=10, show_default=True, metavar="S", type=click.FloatRange(0.1, 300), help="Seconds.")
@click.pass_obj
@_refusing
def contract(root: Path, source: str, timeout: float) -> None:
    """Compare a live `/metrics` with the telemetry contract; every difference at once."""
    from resilience.contract import faults

    _report(faults(source, root, timeout))


@main.command()
@click.pass_obj
@_refusing
def alerts(root: Path) -> None:
    """List the alerts: what fires, for whom, and what the user sees."""
    from resilience import tables

    click.echo(tables.alerts_text(root))


@main.command()
@click.option("--json", "as_json", is_flag=True, help="For machines: every contribution to every limit.")
@click.pass_obj
@_refusing
def budget(root: Path, as_json: bool) -> None:
    """Count use against the free tier's limits, line by line, and name what costs most."""
    from resilience.budget import Facts, display, lines

    found = lines(Facts.gather(root))
    click.echo(display.as_json(found) if as_json else display.as_text(found))
    if any(line.exceeded for line in found):
        sys.exit(FINDINGS)


@main.command()
@click.argument("before", type=click.Path(path_type=Path, dir_okay=False), metavar="BEFORE")
@click.argument("after", type=click.Path(path_type=Path, dir_okay=False), metavar="AFTER")
@click.option(
    "--budget",
    type=(click.Path(path_type=Path, dir_okay=False), click.Path(path_type=Path, dir_okay=False)),
    metavar="BEFORE AFTER",
    help="Budgets of both, as JSON.",
)
@click.pass_obj
@_refusing
def diff(root: Path, before: Path, after: Path, budget: tuple[Path, Path] | None) -> None:
    """Tell in Markdown which alerts, routes, limits and resources differ between two manifests (JSON files)."""
    from resilience import changes
    from resilience.model.catalogue import Catalogue

    allowed = Catalogue.load(root).limits["rules"].limit
    manifests = (changes.read_manifest(before), changes.read_manifest(after))
    budgets = (changes.read_budget(budget[0]), changes.read_budget(budget[1])) if budget else ([], [])
    click.echo(changes.as_markdown(changes.compared(*manifests, allowed, budgets)), nl=False)


@main.command()
@click.argument("previews", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PREVIEW...")
@click.option("--rotation", is_flag=True, help="A rotation of the telemetry token is no drift.")
@click.option("--message", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Slack's payload.")
@click.option("--subject", default="drift", show_default=True, help="What the message is about.")
@click.option("--run", "run_url", default="", metavar="URL", help="Where the message leads.")
@_refusing
def drift(previews: tuple[Path, ...], rotation: bool, message: Path | None, subject: str, run_url: str) -> None:
    """Name what `pulumi preview --json` (files) would change; exit 1 if anything, or write a Slack message of it."""
    from resilience import atomic, engine_steps

    if message:
        click.echo(atomic.put(message, engine_steps.message(subject, run_url, previews)))
        return
    found = [step for path in previews for step in engine_steps.steps(path)]
    for step in found:
        click.echo(step)
    if found and not (rotation and engine_steps.only_rotation(found)):
        sys.exit(FINDINGS)


@main.command()
@click.argument("moment", metavar="MOMENT")
@click.option("--days", type=click.IntRange(1), default=29, show_default=True, help="How long it must still be good.")
@_refusing
def expires(moment: str, days: int) -> None:
    """Fail when a credential that ends at this moment (RFC 3339) ends too soon."""
    from datetime import UTC, datetime, timedelta

    try:
        left = datetime.fromisoformat(moment) - datetime.now(UTC)
    except (TypeError, ValueError):
        raise click.BadParameter("write it as 2027-03-01T00:00:00Z", param_hint="MOMENT") from None
    click.echo(f"Ends in {left.days} days ({moment}).")
    if left < timedelta(days=days):
        sys.exit(FINDINGS)


@main.command()
@click.argument("pull", type=click.IntRange(1), metavar="PULL")
@click.argument("changes", type=click.Path(path_type=Path), metavar="CHANGES")
@click.argument("previews", nargs=-1, type=click.Path(path_type=Path), metavar="[PREVIEW]...")
@_refusing
def comment(pull: int, changes: Path, previews: tuple[Path, ...]) -> None:
    """Write the one comment of a pull request, or change it (in GitHub Actions)."""
    import os

    from resilience import comment as writing

    writing.put(os.environ, pull, writing.body(changes, previews))


@main.command()
@click.argument("url", metavar="URL")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.pass_obj
@_refusing
def inventory(root: Path, url: str, as_json: bool) -> None:
    """List what lives in a Grafana (its token in GRAFANA_TOKEN) by kind and owner; exit 1 for strangers."""
    import os

    from resilience import inventory as taking
    from resilience.manifest import declare_all

    if not url.startswith(("http://", "https://")):
        raise click.BadParameter("write it as https://NAME.grafana.net", param_hint="URL")
    if not (token := os.environ.get("GRAFANA_TOKEN")):
        raise click.UsageError("set GRAFANA_TOKEN to a token of a service account with the role Admin")
    items = taking.inventory(url, token, declare_all((), root))
    click.echo(taking.as_json(items) if as_json else taking.as_text(items))
    if taking.failed(items):
        sys.exit(FINDINGS)


def _report(faults: "Iterable[Fault]") -> None:
    found = list(faults)
    text = _readable if _is_terminal() else str
    for fault in found:
        click.echo(text(fault), err=True)
    if found:
        sys.exit(FINDINGS)
    click.echo("Nothing to mend.")


def _is_terminal() -> bool:
    return sys.stderr.isatty()


def _readable(fault: "Fault") -> str:
    """The same on three lines, for people: where, what is wrong, what to write instead."""
    from resilience.model.faults import without_secrets

    where = click.style(without_secrets(f"{fault.file}: {fault.path}"), bold=True)
    problem = click.style(without_secrets(fault.problem), fg="red")
    return f"{where}\n  {problem}\n  {without_secrets(fault.instead)}"
