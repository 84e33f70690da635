"""The command `backtest`."""

import gc
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from resilience.cli.app import json_option, main, stack_option
from resilience.cli.outcomes import FINDINGS

if TYPE_CHECKING:
    from resilience.backtest.api import Limits
    from resilience.backtest.comparison import Pair
    from resilience.backtest.run import Apis, Backtest, PartsDone

_file = click.Path(path_type=Path, dir_okay=False)


@main.command()
@click.argument("alerts", nargs=-1, metavar="[ALERT]...")
@click.option("--url", required=True, metavar="URL", help="The metrics' API, without /api/v1.")
@click.option("--logs-url", metavar="URL", help="The same for logs, without /loki/api/v1.")
@click.option("--usage-url", metavar="URL", help="The same for Grafana Cloud's usage.")
@click.option(
    "--days", type=click.FloatRange(0.1, 90), default=14, show_default=True, metavar="N", help="How far to look back."
)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%SZ"]),
    metavar="TIME",
    help="The end, as 2026-11-28T07:00:00Z; default: now.",
)
@stack_option
@click.option("--manifest", type=_file, metavar="FILE", help="Rules from this file; default: this checkout's.")
@click.option("--against", metavar="REF", help="A git revision or a manifest to compare with.")
@click.option("--changed", is_flag=True, help="Only rules that differ from those of REF.")
@click.option("--report", type=_file, metavar="FILE", help="Write an HTML report with a timeline.")
@click.option("--markdown", is_flag=True, help="Print a line for each rule, for a pull request; needs --against.")
@click.option("--within", type=click.FloatRange(1, 86_400), default=900, show_default=True, metavar="SECONDS",
              help="The most that it takes.")  # fmt: skip
@click.option("--fresh", is_flag=True, help="Ask again for what an earlier run was answered.")
@json_option
@click.pass_obj
def backtest(root: Path, /, **given: Any) -> None:
    """Show what the declared rules would have done on real history.

    METRICS_CREDENTIAL, LOGS_CREDENTIAL and USAGE_CREDENTIAL hold what may read
    it: USER:TOKEN for basic authentication, or the TOKEN of a bearer. Exits
    with 1 if a rule could not be evaluated.
    """
    gc.enable()  # a history has millions of values
    asked = _Asked(root=root, **given)
    if asked.report:
        from resilience.core.files import check_replaceable

        check_replaceable(asked.report)
    if not _run(asked):
        sys.exit(FINDINGS)


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """The command's arguments and options."""

    root: Path
    alerts: tuple[str, ...]
    url: str
    logs_url: str | None
    usage_url: str | None
    days: float
    until: datetime | None
    stacks: tuple[str, ...]
    manifest: Path | None
    against: str | None
    changed: bool
    report: Path | None
    markdown: bool
    within: float
    fresh: bool
    as_json: bool


def _run(asked: _Asked) -> bool:
    """Evaluate one set of rules, or two, and show what came of it; whether every rule could be evaluated."""
    from resilience.backtest import display
    from resilience.backtest.api import Limits
    from resilience.backtest.comparison import pairs
    from resilience.backtest.report import write_report

    if (asked.changed or asked.markdown) and not asked.against:
        raise click.UsageError("--changed and --markdown need --against, to know what is compared")
    limits = Limits(time.monotonic() + asked.within)
    apis = _apis(asked, limits)
    found, before = _evaluated(asked, apis)
    compared = pairs(before, found) if before else []
    if asked.report:
        write_report(found, before, asked.report)
    if asked.markdown:
        click.echo(display.markdown(compared, display.span(found)), nl=False)
    elif asked.as_json:
        click.echo(display.as_json(found, before, limits.requests, limits.received))
    else:
        _show(found, before, compared, limits)
    return not any(one.fails for side in (found, before) if side for one in side.left_out)


def _apis(asked: _Asked, limits: "Limits") -> "Apis":
    from resilience.backtest.api import HistoryAddress, HistoryApi
    from resilience.core.conventions import DataSource

    given = {DataSource.METRICS: asked.url, DataSource.LOGS: asked.logs_url, DataSource.USAGE: asked.usage_url}
    found = {}
    for source, url in given.items():
        if url is None:
            continue
        name = f"{source.value}_credential".upper()
        try:
            place = HistoryAddress.of(url, source, os.environ.get(name, ""))
        except ValueError as error:
            option = "--url" if source is DataSource.METRICS else f"--{source.value}-url"
            raise click.BadParameter(f"it {error}", param_hint=option) from None
        found[source] = HistoryApi(place, limits)
    return found


def _evaluated(asked: _Asked, apis: "Apis") -> "tuple[Backtest, Backtest | None]":
    from resilience.backtest.against import other
    from resilience.backtest.answers import KeptAnswers
    from resilience.backtest.comparison import changed
    from resilience.backtest.declared import chosen, declared
    from resilience.backtest.run import BacktestSpan, backtests
    from resilience.manifest import declare_all
    from resilience.manifest.reading import manifests_of
    from resilience.review import read_manifest

    end = asked.until.replace(tzinfo=UTC).timestamp() if asked.until else None
    wanted = BacktestSpan.last(asked.days, end, routed=not asked.markdown)
    ours = manifests_of(read_manifest(asked.manifest)) if asked.manifest else declare_all((), asked.root)
    sides = [declared(one) for one in (ours, *([other(asked.against, asked.root)] if asked.against else []))]
    names = chosen(sides, asked.stacks, asked.alerts)
    if asked.changed:
        names &= changed(sides[1], sides[0])
    sides = [side.only(names) for side in sides]
    with _progress(quiet=asked.as_json or asked.markdown) as step:
        found = backtests(sides, apis, wanted, KeptAnswers(asked.root / "build/backtest", asked.fresh), step)
    return found[0], found[1] if asked.against else None


@contextmanager
def _progress(*, quiet: bool) -> "Iterator[PartsDone]":
    import rich.progress
    from rich.console import Console

    console = Console(stderr=True)
    hidden = quiet or not console.is_terminal
    with rich.progress.Progress(console=console, disable=hidden, transient=True) as bars:
        task = bars.add_task("asks for the history", total=None)
        yield lambda done, whole: bars.update(task, completed=done, total=whole)


def _show(found: "Backtest", before: "Backtest | None", compared: "list[Pair]", limits: "Limits") -> None:
    from rich.console import Console

    from resilience.backtest import display

    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(display.comparison(compared) if before else display.table(found))
    for line in display.details(found):
        console.print(line, markup=False, highlight=False)
    console.print(f"{display.headline(found, before)}.", markup=False, style="bold", highlight=False)
    reused = sum(side.reused for side in (found, before) if side)
    console.print(
        f"From {display.moment(found.begin)} to {display.moment(found.end)}; {limits.requests} requests, "
        f"{limits.received:,} bytes received, {reused} answers kept from before.", markup=False, highlight=False,
    )  # fmt: skip
