"""A clone of the checkout on the real engine and on doubles of both providers."""

import json
import re
import select
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import yaml

from resilience.manifest import types
from resilience.manifest.mocks import REGION
from resilience.model.catalogue import ROOT, Catalogue
from resilience.model.settings import SETTINGS_KEY, Secret
from resilience.model.stack_file import StackFile
from resilience.review.previews import PreviewStep, steps
from tests.engine.doubles.provider import ProviderCall, ProviderDoubles, attached
from tests.engine.doubles.services import HeldResource, Services
from tests.engine.project import Done, Project, settings

PLANTED = {secret: f"CANARY-{number}-{secret.rpartition(':')[2]}" for number, secret in enumerate(Secret)}
_CHANGED_BY_TESTS = ("Pulumi.*.yaml", "__main__.py", "catalogue/**/*.yaml", "components/*.py", "runbooks/*.md")
_RUNS_THE_PROGRAM = ("preview", "up", "refresh", "destroy")


@dataclass(frozen=True)
class Snapshot:
    """State of the engine, files of the clone, and what the services hold."""

    state: Path
    files: dict[Path, bytes]
    held: dict[tuple[str, str], HeldResource]


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

    @property
    def services(self) -> Services:
        """What exists behind the doubles."""
        return self.doubles.services

    def start(self, stack: str, **changed: str) -> None:
        """Make the stack with its secrets."""
        required = StackFile.read(stack, self.folder).settings().required_secrets()
        values: dict[str, str] = {str(secret): PLANTED[secret] for secret in required}
        self.good("stack", "init", stack)
        wanted = [f"--secret={key}={value}" for key, value in (values | changed).items()]
        self.good("config", "set-all", "--stack", stack, *wanted)

    def up(self, stack: str, *flags: str) -> list[ProviderCall]:
        """Apply; the changes that the services were asked for, in their order."""
        before = len(self.doubles.calls)
        self.good("up", "--yes", "--skip-preview", "--stack", stack, *flags)
        return self.doubles.calls[before:]

    def plan(self, stack: str, *flags: str) -> list[PreviewStep]:
        """The changes that `make drift` would list."""
        path = self.state.parent / f"{stack}.json"
        path.write_text(self.good("preview", "--json", "--stack", stack, *flags), encoding="utf-8")
        return steps(path)

    def saved(self) -> Snapshot:
        """Everything as it is now."""
        state = Path(tempfile.mkdtemp(dir=self.state.parent))
        shutil.copytree(self.state, state, dirs_exist_ok=True)
        return Snapshot(state, {path: path.read_bytes() for path in self._files()}, deepcopy(self.services.held))

    def restore(self, snapshot: Snapshot) -> None:
        """Everything as it was; no fault is left."""
        shutil.rmtree(self.state)
        shutil.copytree(snapshot.state, self.state)
        for path in {*self._files()} - {*snapshot.files}:
            path.unlink()
        for path, content in snapshot.files.items():
            path.write_bytes(content)
        self.services.held = deepcopy(snapshot.held)
        self.doubles.faults, self.doubles.rotation_is_due = [], False

    def _files(self) -> list[Path]:
        return [path for pattern in _CHANGED_BY_TESTS for path in self.folder.glob(pattern)]

    def plain(self) -> dict[tuple[str, str], dict[str, Any]]:
        """All that exists behind the doubles, in clear."""
        return {key: held.plain() for key, held in self.services.held.items()}

    def urn(self, stack: str, name: str) -> str:
        """The engine's address of a resource."""
        listed = json.loads(self.good("stack", "export", "--stack", stack))["deployment"]["resources"]
        return next(str(one["urn"]) for one in listed if one["urn"].endswith(f"::{name}"))

    def add_environment(self, name: str) -> None:
        """One new file: dev's settings under another name."""
        text = yaml.safe_dump({"config": {SETTINGS_KEY: StackFile.read("dev", self.folder).config[SETTINGS_KEY]}})
        file = self.folder / f"Pulumi.{name}.yaml"
        file.write_text(text.replace("environment: dev", f"environment: {name}").replace("//dev.", f"//{name}."))

    def settle(self, stack: str, **changed: Any) -> None:
        """Change settings of a stack in the clone."""
        path = self.folder / f"Pulumi.{stack}.yaml"
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
        found["config"][SETTINGS_KEY] |= changed
        path.write_text(yaml.safe_dump(found, sort_keys=False), encoding="utf-8")

    def rewrite(self, pattern: str, before: str, after: str) -> None:
        """Replace a regular expression in files of the clone.

        Raises:
            AssertionError: it is in none of them.
        """
        texts = {path: path.read_text(encoding="utf-8") for path in self.folder.glob(pattern)}
        changed = {path: re.sub(before, after, text, flags=re.MULTILINE) for path, text in texts.items()}
        assert changed != texts, f"{before} is in no {pattern}"
        for path, text in changed.items():
            path.write_text(text, encoding="utf-8")


@contextmanager
def doubled(folder: Path, engine: Path, shell: Mapping[str, str] | None = None) -> Iterator[DoubledProject]:
    """A project with services that hold what our settings expect; `shell` are variables of the program."""
    project = Project.cloned(folder, "http://127.0.0.1:9")
    doubles = ProviderDoubles(expected(Services(forgetful=True)))
    with attached(doubles) as variables:
        ours = {"PULUMI_HOME": str(folder / "home"), "PATH": f"{engine.parent}:{project.environment['PATH']}"}
        environment = {**project.environment, **ours, **variables}
        with hosted(project.folder, {**environment, **(shell or {})}) as port:
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
    command = [sys.executable, str(ROOT / "tests/engine/host.py")]
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
