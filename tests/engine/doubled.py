"""A clone of the checkout on the real engine and on doubles of both providers."""

import json
import select
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

from resilience.manifest import types
from resilience.manifest.mocks import REGION
from resilience.model.catalogue import ROOT, Catalogue
from resilience.model.settings import Secret
from tests.engine.doubles.provider import ProviderCall, ProviderDoubles, attached
from tests.engine.doubles.services import Services
from tests.engine.doubles.vault import PROVIDER, vault
from tests.engine.project import SHELL, Done, Project, settings

PLANTED = {secret: f"CANARY-{number}-{secret.rpartition(':')[2]}" for number, secret in enumerate(Secret)}
NOWHERE = "http://127.0.0.1:9"
_RUNS_THE_PROGRAM = ("preview", "up", "refresh", "destroy")


@dataclass(frozen=True)
class DoubledProject(Project):
    """Attributes: `client` is the address of the language host."""

    seconds: ClassVar[int] = 120
    doubles: ProviderDoubles
    client: str
    printed: list[str]

    def pulumi(self, *arguments: str, given: str | None = None) -> Done:
        """Run the engine; what it prints is kept."""
        own = ("--client", self.client) if arguments[0] in _RUNS_THE_PROGRAM else ()
        done = super().pulumi(*arguments, *own, given=given)
        self.printed.append(done.out + done.err)
        return done

    def stop_logs(self) -> None:
        """Let the engine write no more logs, an eighth of its time; those that there are stay."""
        logs = Path(self.environment["PULUMI_HOME"], "logs")
        logs.rename(logs.with_name("kept"))
        logs.touch()  # it cannot make its folder then, and goes on without

    def with_checkpoints(self) -> Self:
        """As people have it: the engine writes the whole state at each step."""
        return replace(self, environment={**self.environment, "PULUMI_SKIP_CHECKPOINTS": "false"})

    def shell(self, names: Iterable[str]) -> None:
        """Let the program be started from a shell with these variables."""
        (self.folder / SHELL).write_text(json.dumps(dict.fromkeys(names, "7")), encoding="utf-8")

    @property
    def services(self) -> Services:
        """What exists behind the doubles."""
        return self.doubles.services

    def start(self, stack: str, **changed: str) -> None:
        """Make the stack with its secrets, their key kept by the double of Vault."""
        needed = self.settings(stack)
        known = (*needed.required_secrets(), *needed.optional_secrets())
        values: dict[str, str] = {str(secret): PLANTED[secret] for secret in known}
        self.good("stack", "init", stack, PROVIDER)
        wanted = [f"--secret={key}={value}" for key, value in (values | changed).items()]
        self.good("config", "set-all", "--stack", stack, *wanted)

    def up(self, stack: str, *flags: str) -> list[ProviderCall]:
        """Apply; the changes that the services were asked for, in their order."""
        before = len(self.doubles.calls)
        self.good("up", "--yes", "--skip-preview", "--stack", stack, *flags)
        return self.doubles.calls[before:]

    def held(self) -> Any:
        """What the services hold."""
        return self.services.held

    def hold(self, held: Any) -> None:
        """Let them hold this, without a fault."""
        self.services.held = held
        self.doubles.faults, self.doubles.rotation_is_due = [], False

    def plain(self) -> dict[tuple[str, str], dict[str, Any]]:
        """All that exists behind the doubles, in clear."""
        return {key: held.plain() for key, held in self.services.held.items()}


@contextmanager
def doubled(folder: Path, engine: Path) -> Iterator[DoubledProject]:
    """A project with services that hold what our settings expect."""
    project = Project.cloned(folder, NOWHERE)
    doubles = ProviderDoubles(expected(Services(forgetful=True)))
    with attached(doubles) as variables, vault() as keys:
        ours = {"PULUMI_HOME": str(folder / "home"), "PATH": f"{engine.parent}:{project.environment['PATH']}"}
        # Written at each step, the state is two thirds of the time of a first `up`.
        once = {"PULUMI_SKIP_CHECKPOINTS": "true"}
        environment = {**project.environment, **ours, **variables, **keys, **once}
        with hosted(project.folder, environment) as port:
            yield DoubledProject(project.folder, project.state, environment, doubles, f"127.0.0.1:{port}", [])


def expected(services: Services) -> Services:
    """The services with the stack and the members that exist before the first `up`."""
    wanted = settings("production")
    grafana = {"name": "made by hand", "slug": wanted.grafana.stack, "regionSlug": REGION}
    services.create(types.STACK, "given", grafana)
    owners = Catalogue.load(ROOT).owners
    for member in wanted.team:
        membership = {"org": wanted.grafana.org, "user": owners[member.member].login, "role": "Viewer"}
        services.create(types.ORG_MEMBER, "given", membership)
    return services


@contextmanager
def hosted(folder: Path, environment: Mapping[str, str]) -> Iterator[int]:
    """The language host of a clone, until the end of its standard input."""
    command = [sys.executable, str(ROOT / "tests/engine/host.py"), SHELL]
    host = subprocess.Popen(
        command, cwd=folder, env=dict(environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert host.stdin
    assert host.stdout
    try:
        ready, _, _ = select.select([host.stdout], [], [], 60)
        assert ready, "the language host did not start"
        yield int(host.stdout.readline())
    finally:
        host.stdin.close()
        try:
            host.wait(timeout=20)
        except subprocess.TimeoutExpired:
            host.kill()
            host.wait(timeout=20)
        host.stdout.close()
