"""Runs the real `__main__.py` for a stack: no account, no engine, no secret."""

import asyncio
import json
import os
import re
import runpy
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from pulumi.runtime import mocks, set_all_config, settings, stack

from resilience.manifest.fakes import Fakes
from resilience.manifest.model import Manifest, in_order
from resilience.manifest.recorder import Recorder
from resilience.model.catalogue import ROOT
from resilience.model.faults import BadInputError, Fault
from resilience.model.settings import PROJECT, Secret
from resilience.model.yaml_files import read_yaml

# The SDK's providers read these, and a manifest must not depend on whose shell it runs in.
_SHELL = re.compile(r"GRAFANA_|GITHUB_|GH_|PULUMI_CONFIG")
_UNSET = "[not set]"


def stacks(root: Path = ROOT) -> list[str]:
    """Names of the stacks that have a settings file, the shared one (production) first.

    Raises:
        BadInputError: there is none.
    """
    names = [path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in root.glob("Pulumi.*.yaml")]
    if not names:
        raise BadInputError([Fault("Pulumi.*.yaml", "(whole file)", "is missing", "write one for each stack")])
    return sorted(names, key=lambda name: (name != "production", name))


def declare(name: str, root: Path = ROOT, fakes: mocks.Mocks | None = None) -> Manifest:
    """What the program of the checkout in `root` declares for one stack.

    Raises:
        BadInputError: the stack's file cannot be used.
        pulumi.RunError: the program refuses its configuration.
    """
    config, secret_keys = _config(name, root)
    return record(name, lambda: _program(root), config, secret_keys, fakes)


def record(
    name: str,
    program: Callable[[], object],
    config: Mapping[str, str],
    secret_keys: Iterable[str] = (),
    fakes: mocks.Mocks | None = None,
) -> Manifest:
    """What any piece of program declares in a stack of this name; `config` is what the engine would pass.

    Raises:
        pulumi.RunError: the program refuses its configuration.
    """
    recorder = Recorder(fakes or Fakes(), name)
    loop = _loop()  # before the mocks, which start their first work at once
    with _plain_shell():
        mocks.set_mocks(recorder.mocks, project=PROJECT, stack=name, preview=False, monitor=recorder)
        settings.set_root_resource(None)  # type: ignore[arg-type]  # as the SDK does at start-up
        set_all_config(dict(config), list(secret_keys))
        loop.run_until_complete(stack.run_in_stack(lambda: _done(program)))
    return Manifest(name, in_order(recorder.resources_seen), recorder.outputs)


def _done(program: Callable[[], object]) -> None:
    program()


def _program(root: Path) -> None:
    runpy.run_path(str(root / "__main__.py"), run_name="__main__")


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """One for the process: the SDK hangs in a second one."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    return loop


@contextmanager
def _plain_shell() -> Iterator[None]:
    kept = {key: os.environ.pop(key) for key in list(os.environ) if _SHELL.match(key)}
    try:
        yield
    finally:
        os.environ.update(kept)


def _config(name: str, root: Path) -> tuple[dict[str, str], list[str]]:
    """Configuration as the engine passes it; each secret is a placeholder, whether it is set or not."""
    file = f"Pulumi.{name}.yaml"
    found = read_yaml(root / file, file).get("config") or {}
    if not isinstance(found, dict):
        raise BadInputError([Fault(file, "config", "is not a mapping", "write `key: value` lines")])
    clear = [key for key in Secret if key in found and not _encrypted(found[key])]
    if clear:
        raise BadInputError(Fault(file, key, "is written in clear", key.remedy(name)) for key in clear)
    config = {str(key): _text(value) for key, value in found.items()}
    return config | dict.fromkeys(Secret, _UNSET), [key for key in config if _encrypted(found[key])] + list(Secret)


def _encrypted(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"secure"}


def _text(value: Any) -> str:
    if _encrypted(value):
        return _UNSET
    return value if isinstance(value, str) else json.dumps(value, default=str)
