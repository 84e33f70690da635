"""A fresh clone with a file backend, the real `pulumi`, and settings with the addresses of a stand-in."""

import json
import os
import pickle
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import yaml

from resilience.core.yaml_files import read_own
from resilience.model.catalogue import ROOT
from resilience.model.settings import SETTINGS_KEY, Secret, StackSettings
from resilience.model.stack_file import StackFile, file_of
from resilience.review.previews import Preview, PreviewStep, read
from tests.clone import copy_checkout
from tests.stack_files import other_environment, stack_text

PLUGINS = {"grafana": "2.44.0", "github": "6.15.0"}
DEMAND = "PULUMI_TEST_ENGINE"
DEMAND_PLUGINS = "PULUMI_TEST_PLUGINS"
CANARIES: dict[Secret, str] = {
    Secret.GRAFANA_CLOUD_TOKEN: "glc_CANARYcloud",
    Secret.GITHUB_TOKEN: "ghp_CANARYgithub",
}
_SCRUBBED = re.compile(r"(GRAFANA|GITHUB|GH|PULUMI)_")
_KEPT = ("PULUMI_HOME",)
SHELL = "shell.json"
_CHANGED_BY_TESTS = ("Pulumi.*.yaml", SHELL, "__main__.py", "catalogue/**/*.yaml", "components/*.py", "runbooks/*.md")


def missing(environment: Mapping[str, str]) -> str:
    """Why the real engine cannot run here; empty if it can."""
    path = environment.get("PATH", "")
    if shutil.which("pulumi", path=path) is None:
        return "there is no `pulumi` on PATH; see pulumi.com/docs/iac/download-install"
    home = Path(environment.get("PULUMI_HOME") or Path.home() / ".pulumi")
    for name, version in PLUGINS.items():
        cached = home / "plugins" / f"resource-{name}-v{version}" / f"pulumi-resource-{name}"
        if not cached.exists() and shutil.which(cached.name, path=path) is None:
            return f"there is no plugin {name} {version}; run `make plugins`"
    return ""


@dataclass(frozen=True)
class Done:
    """The result of a command: exit code and both streams."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Snapshot:
    """State of the engine, files of the clone, and what the services hold."""

    state: Path
    files: dict[Path, bytes]
    held: Any


@dataclass(frozen=True)
class Project:
    """Attributes: `folder` is the clone, `state` the file backend; a command ends after `seconds`."""

    seconds: ClassVar[int] = 900
    folder: Path
    state: Path
    environment: dict[str, str]

    @classmethod
    def cloned(cls, folder: Path, address: str, root: Path = ROOT) -> Self:
        """A clone of a checkout whose stacks use only `address`."""
        clone, state = folder / "clone", folder / "state"
        state.mkdir(parents=True, exist_ok=True)
        redirected(clone, root, address)
        plain = {key: value for key, value in os.environ.items() if key in _KEPT or not _SCRUBBED.match(key)}
        ours = {
            "PATH": f"{ROOT / '.tools/uv/bin'}:{os.environ['PATH']}",
            "PULUMI_BACKEND_URL": f"file://{state}",
            "PULUMI_CONFIG_PASSPHRASE": "a throw-away passphrase",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "GOGC": "off",  # a command lives a second, of which collecting garbage takes a sixteenth
        }
        return cls(clone, state, plain | ours)

    def pulumi(self, *arguments: str, given: str | None = None) -> Done:
        """Run the engine; `given` is its standard input."""
        done = subprocess.run(
            ["pulumi", *arguments, "--non-interactive", "--color", "never"],
            cwd=self.folder,
            env=self.environment,
            input=given,
            capture_output=True,
            text=True,
            timeout=self.seconds,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def init(self, stack: str, secrets: Mapping[Secret, str]) -> None:
        """Make the stack and set its secrets as the bootstrap page says: no value on a command line."""
        self.good("stack", "init", stack)
        for secret, value in secrets.items():
            self.good("config", "set", "--secret", secret, "--stack", stack, given=value)

    def good(self, *arguments: str, given: str | None = None) -> str:
        """Run the engine and return its output.

        Raises:
            AssertionError: it failed; with its whole output.
        """
        done = self.pulumi(*arguments, given=given)
        assert done.code == 0, f"pulumi {' '.join(arguments)} ended with {done.code}:\n{done.out}\n{done.err}"
        return done.out

    def json(self, *arguments: str) -> Any:
        """The engine's output as JSON."""
        return json.loads(self.good(*arguments, "--json"))

    def preview(self, stack: str, *flags: str) -> Preview:
        """A preview as `make drift` writes and reads it, also one that failed."""
        path = self.state.parent / f"drift-{stack}.json"
        path.write_text(self.pulumi("preview", "--json", "--stack", stack, *flags).out, encoding="utf-8")
        return read(path)

    def plan(self, stack: str, *flags: str) -> tuple[PreviewStep, ...]:
        """The changes of a preview that is good."""
        found = self.preview(stack, *flags)
        assert (found.problems, found.whole) == ((), True)
        return found.steps

    def settings(self, stack: str) -> StackSettings:
        """The settings of a stack in the clone."""
        return StackFile.read(stack, self.folder).settings()

    def add_environment(self, name: str) -> None:
        """One new file: dev's settings under another name."""
        text = (self.folder / file_of("dev")).read_text(encoding="utf-8")
        (self.folder / file_of(name)).write_text(other_environment(text, name), encoding="utf-8")

    def settle(self, stack: str, **changed: Any) -> None:
        """Change settings of a stack in the clone."""
        path = self.folder / f"Pulumi.{stack}.yaml"
        found = read_own(path.read_text(encoding="utf-8"))
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

    def held(self) -> Any:
        """What the services hold; nothing that a plain project can reach."""

    def hold(self, held: Any) -> None:
        """Let the services hold this."""

    def saved(self) -> Snapshot:
        """Everything as it is now."""
        state = Path(tempfile.mkdtemp(dir=self.state.parent))
        shutil.copytree(self.state, state, dirs_exist_ok=True)
        return Snapshot(state, {path: path.read_bytes() for path in self._files()}, copied(self.held()))

    def restore(self, snapshot: Snapshot) -> None:
        """Everything as it was; no fault is left."""
        shutil.rmtree(self.state)
        shutil.copytree(snapshot.state, self.state)
        for path in {*self._files()} - {*snapshot.files}:
            path.unlink()
        for path, content in snapshot.files.items():
            if not path.exists() or path.read_bytes() != content:  # others stay as the language host has read them
                path.write_bytes(content)
        self.hold(copied(snapshot.held))

    def _files(self) -> list[Path]:
        return [path for pattern in _CHANGED_BY_TESTS for path in self.folder.glob(pattern)]

    def everything_written(self) -> str:
        """The text of state, history, backups and stack files."""
        files = [*self.state.rglob("*"), *self.folder.glob("Pulumi.*")]
        return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in files if path.is_file())


def copied(held: Any) -> Any:
    """A copy for itself, ten times faster than `deepcopy`."""
    return pickle.loads(pickle.dumps(held))  # noqa: S301  # what was dumped here


def settings(stack: str) -> StackSettings:
    """The settings of the checkout."""
    return StackFile.read(stack, ROOT).settings()


def redirected(folder: Path, root: Path, address: str) -> None:
    """Copy a checkout; its stacks then use only `address`."""
    copy_checkout(folder, root)
    for path in folder.glob("Pulumi.*.yaml"):
        _redirect(path, address)


def _redirect(path: Path, address: str) -> None:
    text = path.read_text(encoding="utf-8")
    head = "".join(line for line in text.splitlines(keepends=True) if line.startswith("#"))
    found = read_own(text)
    stack = found["config"][SETTINGS_KEY]
    stack["grafana"]["api_url"] = address
    stack["github"]["api_url"] = f"{address}/"
    stack["retries"] = 1
    # Without the secrets of the real account.
    path.write_text(head + stack_text(stack), encoding="utf-8")
