"""`Pulumi.<stack>.yaml` as it stands on disk; the engine hands the same to the program."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from resilience.core.problems import BadInputError, Problem, shown
from resilience.core.yaml_files import read_yaml
from resilience.model.catalogue import ROOT
from resilience.model.settings import SETTINGS_KEY, Secret, StackSettings

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_NAMES = "write lower-case letters, digits and dashes"


def stacks(root: Path = ROOT) -> list[str]:
    """Names of the stacks that have a file, the shared one (production) first.

    Raises:
        BadInputError: there is none, or a name that a shell or a service would read as something else.
    """
    names = [path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in root.glob("Pulumi.*.yaml")]
    if not names:
        raise BadInputError([Problem("Pulumi.*.yaml", "(whole file)", "is missing", "write one for each stack")])
    if strange := [name for name in sorted(names) if not _NAME.fullmatch(name)]:
        instead = f"{_NAMES} between `Pulumi.` and `.yaml`"
        raise BadInputError(
            [Problem(shown(f"Pulumi.{name}.yaml"), "(file name)", "names no stack", instead) for name in strange]
        )
    return sorted(names, key=lambda name: (name != "production", name))


def file_of(stack: str) -> str:
    """Name of the stack's file; an organisation before the name (`acme/dev`) is no part of it."""
    return f"Pulumi.{stack.rpartition('/')[2]}.yaml"


@dataclass(frozen=True)
class StackFile:
    """Configuration of one stack by key: objects, plain values, and `{secure: …}`."""

    stack: str
    config: dict[str, Any]

    @classmethod
    def read(cls, stack: str, root: Path) -> Self:
        """The file of a stack.

        Raises:
            BadInputError: it cannot be read, has unknown keys, or a secret unencrypted (never shown).
        """
        file = file_of(stack)
        if not _NAME.fullmatch(stack.rpartition("/")[2]):
            # Not shown: what is no name may be an address with a password.
            raise BadInputError([Problem("--stack", "(name)", "is no name of a stack", _NAMES)])
        config = read_yaml(root / file, file).get("config") or {}
        if not isinstance(config, dict):
            raise BadInputError([Problem(file, "config", "is not a mapping", "write `key: value` lines")])
        found = cls(stack, {str(key): value for key, value in config.items()})
        if problems := list(found._problems()):
            raise BadInputError(problems)
        return found

    def settings(self) -> StackSettings:
        """The settings object.

        Raises:
            BadInputError: all that is wrong, by key.
        """
        return StackSettings.load(self.config.get(SETTINGS_KEY), file_of(self.stack))

    def is_encrypted(self, key: str) -> bool:
        """Whether the value is one that `pulumi config set --secret` wrote."""
        value = self.config.get(key)
        return isinstance(value, dict) and set(value) == {"secure"}

    def _problems(self) -> Iterator[Problem]:
        known = {SETTINGS_KEY, *Secret}
        for key in self.config:
            if key in set(Secret) and not self.is_encrypted(key):
                yield Problem(file_of(self.stack), key, "is not encrypted", Secret(key).remedy(self.stack))
            elif key not in known and not key.startswith("pulumi:"):
                yield Problem(file_of(self.stack), key, "unknown key", "remove it, or correct its spelling")
