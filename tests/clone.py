"""A clone of this checkout as others leave it: with names of their own, secrets, or one more environment."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import cache_from_source
from pathlib import Path
from typing import Self

from resilience.model.catalogue import ROOT, Catalogue
from resilience.model.stack_file import StackFile, file_of, stacks
from tests.stack_files import other_environment, renamed

# What is installed or built is used from the checkout.
_INSTALLED = (".venv", ".tools", "service-kit/node_modules")
# By key of a stack's file; no word of them is ours.
NAMES = {
    "org": "acme-org",
    "stack": "acmemonitoring",
    "name": "Acme",
    "region": "prod-us-east-0",
    "owner": "acme-inc",
    "repositories": "[infra, ui]",
    "runbooks": "https://github.com/acme-inc/operations/blob/main/runbooks",
    "url": "https://{stack}.acme.example",
    "tenant": "tenant-7",
}


@dataclass(frozen=True)
class Clone:
    """What git tracks, or would track, in a folder and a git repository of its own."""

    folder: Path

    @classmethod
    def of_checkout(cls, folder: Path) -> Self:
        """A clone as it is here, changes that nobody committed included."""
        copy_checkout(folder)
        _git(folder, "init", "--quiet")
        # What is committed need not be compressed and written again: two thirds of the time of a clone.
        objects = ROOT / _git(ROOT, "rev-parse", "--git-path", "objects").strip()
        (folder / ".git/objects/info/alternates").write_text(f"{objects}\n", encoding="utf-8")
        (folder / ".git/info/exclude").write_text("".join(f"{name}\n" for name in _INSTALLED), encoding="utf-8")
        for name in _INSTALLED:
            if (ROOT / name).exists():
                (folder / name).symlink_to(ROOT / name)
        _git(folder, "add", "--all")
        return cls(folder)

    def rename(self) -> None:
        """Another organisation, region, platform and addresses, and other people."""
        for stack in stacks(self.folder):
            path = self.folder / file_of(stack)
            own = {key: value.format(stack=stack) for key, value in NAMES.items()}
            path.write_text(renamed(path.read_text(encoding="utf-8"), own), encoding="utf-8")
        for number, (key, person) in enumerate(Catalogue.load(self.folder).owners.items()):
            self._rename_person(key, person.login, f"person-{number}")

    def _rename_person(self, key: str, login: str, name: str) -> None:
        self._replace("catalogue/owners.yaml", rf"(?m)^  {key}:$", f"  {name}:")
        self._replace("catalogue/owners.yaml", rf"(?m)\blogin: {login}$", f"login: {name}-acme")
        for path in (*self.folder.glob("catalogue/alerts/*.yaml"), *self.folder.glob("Pulumi.*.yaml")):
            self._replace(str(path.relative_to(self.folder)), rf"\b(owner|member): {key}\b", rf"\1: {name}")

    def encrypt(self) -> None:
        """Every secret that a stack needs, as `pulumi config set --secret` writes it."""
        for stack in stacks(self.folder):
            file = StackFile.read(stack, self.folder)
            unset = [secret for secret in file.settings().required_secrets() if secret not in file.config]
            secrets = "".join(f"  {secret}:\n    secure: v1:abc:def\n" for secret in unset)
            self._replace(file_of(stack), r"(?m)^config:\n", f"config:\n{secrets}")
            # Pulumi writes it last, so nothing may be appended to the file of a stack.
            self._replace(file_of(stack), r"(?s)^(?!.*encryptionsalt)(.*)$", r"\1encryptionsalt: v1:abc:v1:def:ghi\n")

    def add_environment(self, name: str) -> None:
        """One more stack: the file of dev with its own name and address."""
        text = (self.folder / file_of("dev")).read_text(encoding="utf-8")
        (self.folder / file_of(name)).write_text(other_environment(text, name), encoding="utf-8")

    def golden(self) -> str:
        """The commands of `make golden`, one a line; nothing is installed for them."""
        return self.run("make", "--dry-run", "--old-file", ".venv/.ready", "golden")

    def run(self, *command: str) -> str:
        """What a command prints; it imports the packages of the clone.

        Raises:
            AssertionError: it failed; with all that it printed.
        """
        env = os.environ | {"PYTHONPATH": str(self.folder)}
        done = subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def _replace(self, file: str, pattern: str, new: str) -> None:
        path = self.folder / file
        path.write_text(re.sub(pattern, new, path.read_text(encoding="utf-8")), encoding="utf-8")


def copy_checkout(folder: Path, root: Path = ROOT) -> None:
    """Copy what git tracks, or would track: nothing that was built."""
    listed = _git(root, "ls-files", "--cached", "--others", "--exclude-standard", "-z").split("\0")
    # What Python knows by time and size it need not compile: a second of each clone's first process.
    compiled = [cache_from_source(name) for name in listed if name.endswith(".py") and sys.pycache_prefix is None]
    names = [name for name in [*listed, *compiled] if (root / name).is_file()]
    for parent in {os.path.dirname(name) for name in names}:  # noqa: PTH120  # 2,000 names
        (folder / parent).mkdir(parents=True, exist_ok=True)
    for name in names:
        shutil.copy2(f"{root}/{name}", f"{folder}/{name}")


def _git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout
