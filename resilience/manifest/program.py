"""Runs the real `__main__.py` for a stack, without account, engine or secrets."""

import asyncio
import json
import os
import re
import runpy
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from pulumi.runtime import mocks, resource, set_all_config, settings, stack
from pulumi.runtime.proto.source_pb2 import StackTrace

from resilience.manifest.endings import PROGRAM, runs_to_its_end, with_outputs
from resilience.manifest.mocks import ProviderMocks
from resilience.manifest.model import Manifest, in_order
from resilience.manifest.recorder import Recorder
from resilience.model.catalogue import ROOT
from resilience.model.settings import OPTIONAL, PROJECT, SETTINGS_KEY, Secret
from resilience.model.stack_file import StackFile, stacks

# The SDK's providers read these, and a manifest must not depend on the user's shell.
_SHELL = re.compile(r"GRAFANA_|GITHUB_|GH_|PULUMI_CONFIG")
_UNSET = "[not set]"


def declare(
    name: str,
    root: Path = ROOT,
    provider_mocks: mocks.Mocks | None = None,
    changes: Mapping[str, Any] | None = None,
    left_out: Collection[Secret] = (),
) -> Manifest:
    """What the program of the checkout `root` declares for one stack, with some settings changed, secrets left out.

    Raises:
        BadInputError: the stack's file has problems, or the program does not run to its end.
        pulumi.RunError: the program rejects its configuration.
    """
    config, secret_keys = _config(name, root, changes or {}, left_out)
    with runs_to_its_end():
        found = record(name, lambda: _program(root), config, secret_keys, provider_mocks)
    return with_outputs(found)


def declare_all(names: Sequence[str] = (), root: Path = ROOT) -> list[Manifest]:
    """These stacks, or all that have a file. Raises as `declare` does."""
    return [declare(name, root) for name in names or stacks(root)]


def declare_deployed(root: Path = ROOT) -> list[Manifest]:
    """What an `up` of all stacks declares: without what needs an optional secret that is not set.

    Raises as `declare` does.
    """
    found = {name: StackFile.read(name, root) for name in stacks(root)}
    unset = {name: [one for one in OPTIONAL if not file.is_encrypted(one)] for name, file in found.items()}
    return [declare(name, root, left_out=unset[name]) for name in found]


def record(
    name: str,
    program: Callable[[], object],
    config: Mapping[str, str],
    secret_keys: Iterable[str] = (),
    provider_mocks: mocks.Mocks | None = None,
) -> Manifest:
    """What any program declares in a stack of this name; `config` is what the engine would pass.

    Raises:
        pulumi.RunError: the program rejects its configuration.
    """
    recorder = Recorder(provider_mocks or ProviderMocks(), name)
    loop = _loop()  # before the mocks, which need it at once
    with _plain_shell(), _without_traces():
        mocks.set_mocks(recorder.mocks, project=PROJECT, stack=name, preview=False, monitor=recorder)
        settings.set_root_resource(None)  # type: ignore[arg-type]  # as the SDK does at start-up
        set_all_config(dict(config), list(secret_keys))
        try:
            loop.run_until_complete(stack.run_in_stack(lambda: _done(program)))
        finally:
            _forget()
    return Manifest(name, in_order(recorder.resources_seen), recorder.outputs)


def _done(program: Callable[[], object]) -> None:
    program()


def _program(root: Path) -> None:
    runpy.run_path(str(root / PROGRAM), run_name="__main__")


def _forget() -> None:
    """Drop the waiting calls of a program that failed: the SDK would raise their exception in the next one."""
    settings._get_rpc_manager().clear()  # noqa: SLF001  # the SDK offers no other way
    settings.SETTINGS.outputs.clear()


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """One loop for the process: in a second one the SDK hangs."""
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


@contextmanager
def _without_traces() -> Iterator[None]:
    """The SDK notes which lines register a resource. Only an engine reads it, and it takes a sixth of the time."""
    kept = resource._get_stack_trace  # noqa: SLF001  # the SDK offers no other way
    resource._get_stack_trace = StackTrace  # noqa: SLF001
    try:
        yield
    finally:
        resource._get_stack_trace = kept  # noqa: SLF001


def _config(
    name: str, root: Path, changes: Mapping[str, Any], left_out: Collection[Secret]
) -> tuple[dict[str, str], list[str]]:
    """Configuration as the engine passes it; each secret is a placeholder, whether it is set or not."""
    file = StackFile.read(name, root)
    encrypted = [key for key in file.config if file.is_encrypted(key)]
    whole = dict(file.config)
    if changes:
        file.settings()  # raises if they are no object
        whole[SETTINGS_KEY] = {**whole[SETTINGS_KEY], **changes}
    plain = {key: _text(value) for key, value in whole.items() if key not in encrypted}
    secrets = [*encrypted, *(one for one in Secret if one not in left_out)]
    return plain | dict.fromkeys(secrets, _UNSET), secrets


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)
