"""The generated blocks of README, docs, runbooks and `probe/targets.toml`: cog calls these functions by name.

`make golden` writes the blocks anew, and `make test` compares them (`cog --check`).
"""

from collections.abc import Sequence
from functools import cache

from resilience.core.text import filled, markdown
from resilience.manifest import Manifest, declare_all
from resilience.model.catalogue import ROOT, Catalogue, Hours, Route
from resilience.model.dated import clock
from resilience.model.settings import StackSettings
from resilience.model.stack_file import StackFile, stacks


@cache
def _catalogue() -> Catalogue:
    return Catalogue.load()


@cache
def _manifests() -> tuple[Manifest, ...]:
    with clock.standing(None):  # the pages do not change by the clock alone
        return tuple(declare_all())


@cache
def _settings() -> tuple[StackSettings, ...]:
    return tuple(StackFile.read(stack, ROOT).settings() for stack in stacks(ROOT))


def alerts() -> str:
    """Alerts by tier; each id links to its runbook."""
    from resilience.cli.alert_table import HEAD, rows

    return markdown(HEAD, [(f"[`{row[0]}`](runbooks/{row[0]}.md)", *row[1:]) for row in rows(ROOT)])


def tiers() -> str:
    """Every route that a message may take."""
    routing = _catalogue().routing
    rows = [_route(tier.value, route.meaning, route) for tier, route in routing.tiers.items()]
    rows += [
        _route("any", "Any alert of another environment", routing.other_environments),
        _route("any", "A new alert on trial (`calibrating_until`)", routing.calibrating),
        _route("any", "A rule of production got no data or an error", routing.no_data_or_error),
        _route("any", "An event of production, besides its tier", routing.events),
    ]
    return markdown(("tier", "meaning", "channel", "when", "repeats", "response"), rows)


def _route(tier: str, meaning: str, route: Route) -> tuple[str, ...]:
    when = "at once" if route.hours is Hours.ALWAYS else "in the owner's business hours"
    response = filled(route.response, {"owner": "The owner"})
    return (tier, meaning, f"`#sv0-{route.channel}`", when, route.repeat_interval, response)


def commands() -> str:
    """Every command with the first sentence of its help."""
    from resilience.cli import main

    rows = [(f"`resilience {name}`", command.get_short_help_str(limit=200)) for name, command in main.commands.items()]
    return markdown(("command", "does"), rows)


def budget() -> str:
    """Use against the free tier's limits; runs the program."""
    from resilience.budget import BudgetInput, display, lines

    return markdown(display.HEAD, [display.cells(line) for line in lines(BudgetInput.gather(ROOT))])


def sizing() -> str:
    """What so many services send, for the page about leaving Grafana Cloud."""
    from resilience.docgen import sizing as page

    return markdown(page.HEAD, page.rows(ROOT))


def lints() -> str:
    """Every lint with its module."""
    from resilience.lint import LINTS

    rows = [(f"[`{one.id}`](../{path_of(one.problems.__module__)})", one.means, one.instead) for one in LINTS]
    return markdown(("lint", "what it finds", "write instead"), rows)


def path_of(module: str) -> str:
    """The file of a module below the checkout."""
    return f"{module.replace('.', '/')}.py"


def runbook_sections() -> str:
    """The headings that every runbook has."""
    from resilience.model.runbooks import SECTIONS

    return "\n".join(f"- {heading}" for heading in SECTIONS)


def routed_alerts() -> str:
    """Which route takes each alert; asks Alertmanager."""
    from resilience.docgen import routing

    return routing.alerts_table(_manifests())


def routed_without_data() -> str:
    """Which route takes the alert of a rule without data or with an error; asks Alertmanager."""
    from resilience.docgen import routing

    return routing.no_data_table(_manifests())


def hours() -> str:
    """When each owner's business hours are."""
    from resilience.docgen import routing

    return routing.hours_table(_manifests())


def probe_mention() -> str:
    """Who hears a sound at a P1 of the probe."""
    from resilience.docgen import probe

    return probe.mention(_catalogue())


def runs_by_itself() -> str:
    """What happens without anybody, and when."""
    from resilience.docgen import week

    return markdown(week.HEAD, week.rows(ROOT, _settings(), _catalogue()))


def outages() -> str:
    """What can be down beside the platform, and who notices."""
    from resilience.docgen import outages as page

    return page.table()


def probe_runbooks() -> str:
    """Where the probe's messages link to."""
    from resilience.docgen import probe

    return probe.runbooks(_settings())


def probe_targets() -> str:
    """What the probe asks."""
    from resilience.docgen import probe

    return probe.targets(_settings(), _catalogue())


def probe_reminder() -> str:
    """When the probe repeats a P1."""
    from resilience.docgen import probe

    return probe.reminder(_catalogue())


def probe_owners() -> str:
    """The hours of those who own a target of the probe."""
    from resilience.docgen import probe

    return probe.owners(_settings(), _catalogue())


def probe_windows() -> str:
    """When the probe is silent about which targets."""
    from resilience.docgen import probe

    return probe.windows(_settings(), _catalogue())


def maintenance() -> str:
    """The announced windows."""
    from resilience.docgen import routing

    return routing.maintenance_table(_catalogue().maintenance)


__all__: Sequence[str] = [
    "alerts",
    "budget",
    "commands",
    "hours",
    "lints",
    "maintenance",
    "outages",
    "probe_mention",
    "probe_owners",
    "probe_reminder",
    "probe_runbooks",
    "probe_targets",
    "probe_windows",
    "routed_alerts",
    "routed_without_data",
    "runbook_sections",
    "runs_by_itself",
    "sizing",
    "tiers",
]
