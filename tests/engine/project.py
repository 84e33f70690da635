"""A fresh clone with a file backend, the real `pulumi`, and settings with the addresses of a stand-in."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import yaml

from resilience.model.catalogue import ROOT
from resilience.model.settings import SETTINGS_KEY, Secret, StackSettings
from resilience.model.stack_file import StackFile

PLUGINS = {"grafana": "2.44.0", "github": "6.15.0"}
DEMAND = "PULUMI_TEST_ENGINE"
DEMAND_PLUGINS = "PULUMI_TEST_PLUGINS"
CANARIES: dict[Secret, str] = {
    Secret.GRAFANA_CLOUD_TOKEN: "glc_CANARYcloud",
    Secret.GITHUB_TOKEN: "ghp_CANARYgithub",
}
_SCRUBBED = re.compile(r"(GRAFANA|GITHUB|GH|PULUMI)_")
_KEPT = ("PULUMI_HOME",)


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
class Project:
    """Attributes: `folder` is the clone, `state` the file backend; a command ends after `seconds`."""

    seconds: ClassVar[int] = 900
    folder: Path
    state: Path
    environment: dict[str, str]

    @classmethod
    def cloned(cls, folder: Path, address: str) -> Self:
        """A clone of this checkout whose stacks use only `address`."""
        clone, state = folder / "clone", folder / "state"
        state.mkdir(parents=True, exist_ok=True)
        _copy(clone)
        for stack in ("production", "dev"):
            _redirect(clone / f"Pulumi.{stack}.yaml", address)
        plain = {key: value for key, value in os.environ.items() if key in _KEPT or not _SCRUBBED.match(key)}
        ours = {
            "PATH": f"{ROOT / '.tools/uv/bin'}:{os.environ['PATH']}",
            "PULUMI_BACKEND_URL": f"file://{state}",
            "PULUMI_CONFIG_PASSPHRASE": "a throw-away passphrase",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
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

    def everything_written(self) -> str:
        """The text of state, history, backups and stack files."""
        files = [*self.state.rglob("*"), *self.folder.glob("Pulumi.*")]
        return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in files if path.is_file())


def settings(stack: str) -> StackSettings:
    """The settings of the checkout."""
    return StackFile.read(stack, ROOT).settings()


def _copy(clone: Path) -> None:
    """Copy what git tracks, or would track: nothing that was built."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, clone / name)


def _redirect(path: Path, address: str) -> None:
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    stack = found["config"][SETTINGS_KEY]
    stack["grafana"]["api_url"] = address
    stack["github"]["api_url"] = f"{address}/"
    stack["retries"] = 1
    # Without the secrets of the real account.
    found = {"config": {SETTINGS_KEY: stack}}
    path.write_text(yaml.safe_dump(found, sort_keys=False), encoding="utf-8")
