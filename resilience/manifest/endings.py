"""A program that ends early declares less than it should, and must not end this process with its exit code."""

import os
import posix
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from pulumi import RunError

from resilience.core.problems import TRACEBACK, BadInputError, Problem, UserError, without_secrets
from resilience.core.signals import SignalExit
from resilience.manifest.model import Manifest

PROGRAM = "__main__.py"
_WHOLE = "(whole program)"
# None of them runs any `finally` of ours: with them a program would end the check of itself as a success.
_ENDS = ("_exit", "execv", "execve")


class _EndedError(BaseException):
    """Raised where the program would end the process at once; no `except Exception` of the program catches it."""


@contextmanager
def runs_to_its_end() -> Iterator[None]:
    """Run a program inside.

    Raises:
        BadInputError: it ends the process, or raises something that is no message of its own.
    """
    try:
        with _no_sudden_end():
            yield
    except (UserError, RunError, SignalExit):
        raise
    except SystemExit as error:
        raise _rejected(f"ends early, with sys.exit({error.code!r:.40})") from None
    except _EndedError as error:
        raise _rejected(f"ends early, with os.{error}") from None
    except Exception as error:
        raise _rejected(f"raises {_named(error)}") from error


def with_outputs(found: Manifest) -> Manifest:
    """The same manifest; exporting the stack's outputs is the last that a program does.

    Raises:
        BadInputError: it has none.
    """
    if not found.outputs:
        raise _rejected(f"ends early: nothing is exported for the stack {found.stack}")
    return found


@contextmanager
def _no_sudden_end() -> Iterator[None]:
    """The audit events of Python do not cover `os._exit`."""
    ended: list[str] = []
    kept = [(module, name, getattr(module, name)) for module in (os, posix) for name in _ENDS]
    for module, name, _ in kept:
        setattr(module, name, _raising(name, ended))
    try:
        yield
    finally:
        for module, name, function in kept:
            setattr(module, name, function)
    # What a callback of an output raises may be lost with the task that ran it.
    if ended:
        raise _EndedError(ended[0])


def _raising(name: str, ended: list[str]) -> object:
    def ending(*_: object, **__: object) -> NoReturn:
        ended.append(name)
        raise _EndedError(name)

    return ending


def _named(error: Exception) -> str:
    """The type and the line; the text may show a secret that the program was given."""
    trace, line = error.__traceback__, 0
    while trace:
        if Path(trace.tb_frame.f_code.co_filename).name == PROGRAM:
            line = trace.tb_lineno
        trace = trace.tb_next
    line = line or getattr(error, "lineno", None) or 0
    return without_secrets(type(error).__name__ + (f" in line {line}" if line else ""))


def _rejected(what: str) -> BadInputError:
    return BadInputError([Problem(PROGRAM, _WHOLE, what, f"correct it; {TRACEBACK}=1 shows where")])
