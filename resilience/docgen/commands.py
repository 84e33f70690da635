"""The generated commands of README and runbooks: what differs from machine to machine comes from the settings."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from resilience.core.conventions import PRODUCTION
from resilience.core.durations import MINUTE, in_words
from resilience.core.problems import BadInputError, Problem, shown
from resilience.core.text import filled, unknown_placeholders
from resilience.core.yaml_files import read_yaml
from resilience.model.catalogue import ROOT, Catalogue
from resilience.model.outside_checks import FINDINGS, TIMEOUT, outside_checks
from resilience.model.parameters import in_query
from resilience.model.settings import SETTINGS_KEY, PlatformHost, StackSettings
from resilience.model.stack_file import StackFile, file_of, stacks

_FILE = Path(__file__).with_name("commands.yaml")


def sh(*commands: str, environment: str = PRODUCTION, root: Path = ROOT) -> str:
    """A block of commands, each written out or the name of one in `commands.yaml`.

    Raises:
        BadInputError: a command has a placeholder that the settings do not fill.
    """
    data = read_yaml(_FILE, _FILE.name)
    values = values_of(_settings(environment, root)) | {"access": data["access"]}
    lines = [_complete(data["commands"].get(command, command), values) for command in commands]
    return _fenced("sh", "\n".join(lines))


def query(alert_id: str, expr: str) -> str:
    """A block of PromQL with the numbers of an alert, `$window` and so on, as its own expression has them.

    Raises:
        BadInputError: the alert has no such number.
    """
    (alert,) = (one for one in Catalogue.load().alerts if one.id == alert_id)
    return _fenced("promql", _complete(expr, in_query(alert.values)))


def where(environment: str = PRODUCTION, root: Path = ROOT) -> str:
    """On which machine, and what to write for another environment."""
    here = _platform(_settings(environment, root))
    text = f"On the Mac mini: Compose project `{here.project}`, API on port {here.port}."
    others = _elsewhere(environment, root) if environment == PRODUCTION else ()
    return " ".join([text, *others, "`docker compose ls` lists the projects."])


def redeploy(root: Path = ROOT) -> str:
    """How production gets the image that it had before."""
    deploy = sh("deploy-image", "deploys", root=root)
    text = (
        "`#sv0-deploys` names the image tag of each deploy. Write the last one from before the fault instead of `TAG`; "
        "the list shows when the deploy has ended:"
    )
    return f"{text}\n\n{deploy}"


def probes(environment: str = PRODUCTION, root: Path = ROOT) -> str:
    """How often, and from where, the outside checks ask."""
    ready = next(check for check in outside_checks(_settings(environment, root)) if check.kind == "ready")
    every = "minute" if ready.every == MINUTE else in_words(ready.every)
    return f"The probes ask `{ready.url}` every {every} from {' and '.join(ready.places)}."


def values_of(settings: StackSettings) -> dict[str, str]:
    """What the settings say about one environment, by placeholder."""
    here = _platform(settings)
    checks = {f"{check.kind}_url": check.url for check in outside_checks(settings)}
    tenant = {"tenant": settings.uptime.data.tenant} if settings.uptime.data else {}
    return {
        "environment": settings.environment,
        "project": here.project,
        "port": str(here.port),
        "workflow": here.workflow,
        "repository": f"{settings.github.owner}/{settings.github.repositories[0]}",
        "timeout": str(TIMEOUT),
        "findings": FINDINGS,
        **checks,
        **tenant,
    }


def _elsewhere(environment: str, root: Path) -> Iterator[str]:
    others = (_settings(stack, root) for stack in stacks(root) if stack != environment)
    for one in others:
        if one.platform:
            yield f"For {one.environment} write `{one.platform.project}` and {one.platform.port}."


def _complete(text: str, values: Mapping[str, str]) -> str:
    once = filled(text, values)
    # A variable of the shell has a name in capitals.
    if unknown := [name for name in unknown_placeholders(once, ()) if name.islower()]:
        raise BadInputError(
            [Problem(_FILE.name, shown(text), f"${unknown[0]} has no value", f"write one of {', '.join(values)}")]
        )
    return once


def _fenced(language: str, text: str) -> str:
    return f"```{language}\n{text}\n```"


def _platform(settings: StackSettings) -> PlatformHost:
    if settings.platform is None:
        file = file_of(settings.environment)
        what = "platform is missing"
        raise BadInputError([Problem(file, SETTINGS_KEY, what, "write project, port and workflow; runbooks name them")])
    return settings.platform


@cache
def _settings(environment: str, root: Path) -> StackSettings:
    return StackFile.read(environment, root).settings()
