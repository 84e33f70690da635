"""How every command ends: the one place that turns errors into a sentence and an exit code."""

import io
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

import click

from resilience.core.signals import ended_by_exception

FINDINGS, USAGE, BUG = 1, 2, 3
_LONGEST = 200
_BY_TYPE = {
    RecursionError: "is nested too deep",
    UnicodeError: "has characters that no text may have",
    OverflowError: "has a number that is too large",
    MemoryError: "is too large",
}
# Python has no types for these.
_OF_VALUES = {
    "null byte": "has a name with a NUL",
    "null character": "has a name with a NUL",
    "int_max_str_digits": "has a number that is too large",
}
_PACKAGE = Path(__file__).resolve().parents[1]


class CommandGroup(click.Group):
    """Lists its commands in the order in which they were added; no error of any of them is a traceback."""

    def list_commands(self, _context: click.Context) -> list[str]:
        """The names."""
        return list(self.commands)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command and exit with its code: 0 good, 1 findings, 2 usage or configuration, 3 a bug."""
        _print_anything()
        try:
            with ended_by_exception():
                code = super().main(*args, **kwargs | {"standalone_mode": False})
                sys.stdout.flush()
        except click.ClickException as error:
            _show_usage(error)
            sys.exit(error.exit_code)
        except (click.Abort, KeyboardInterrupt):
            click.echo("Interrupted.", err=True)
            sys.exit(128 + signal.SIGINT)
        except BrokenPipeError:
            _close_quietly()
            sys.exit(FINDINGS)
        except Exception as error:  # noqa: BLE001  # the last place that can catch it
            sys.exit(_explained(error))
        # Without its standalone mode click returns the code of `--help`.
        sys.exit(code if isinstance(code, int) else 0)


def _print_anything() -> None:
    """What the terminal cannot show is printed as an escape: half of a surrogate pair, an arrow in ASCII."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _close_quietly() -> None:
    """Nobody reads any more; Python would say so once again at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _show_usage(error: click.ClickException) -> None:
    """As click does, but an argument may be an address with a password."""
    from resilience.core.problems import without_secrets

    context = error.ctx if isinstance(error, click.UsageError) else None
    if context:
        click.echo(f"{context.get_usage()}\nTry '{context.command_path} --help' for help.\n", err=True)
    click.echo(f"Error: {without_secrets(error.format_message())}", err=True)


def _explained(error: Exception) -> int:
    """Print the error without a traceback; return the exit code."""
    from resilience.core.problems import TRACEBACK, Problem, UserError, without_secrets

    if os.environ.get(TRACEBACK):
        traceback.print_exception(error)
    # Where Pulumi was not imported, the error cannot be its own.
    if isinstance(error, (UserError, getattr(sys.modules.get("pulumi"), "RunError", UserError))):
        click.echo("\n".join(map(without_secrets, str(error).splitlines())), err=True)
        return USAGE
    if what := _caused_by_input(error):
        name = without_secrets(os.fsdecode(getattr(error, "filename", None) or "input"))[:_LONGEST]
        click.echo(Problem(name, "(whole file)", what, "correct it, or name another one"), err=True)
        return USAGE
    click.echo(f"resilience: stopped by a bug, {_place(error)}; set {TRACEBACK}=1 to see all of it", err=True)
    return BUG


def _caused_by_input(error: Exception) -> str:
    """What is wrong with the input, for errors that nothing else causes; their own texts may show a secret."""
    if isinstance(error, OSError):
        return f"cannot be used ({error.strerror or type(error).__name__})"
    if isinstance(error, ValueError) and not isinstance(error, UnicodeError):
        return next((what for sign, what in _OF_VALUES.items() if sign in str(error)), "")
    return next((what for kind, what in _BY_TYPE.items() if isinstance(error, kind)), "")


def _place(error: Exception) -> str:
    """The error's type and the last line of ours, without its text, which may hold a secret."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _PACKAGE in Path(frame.filename).parents]
    where = f" in {Path(frames[-1].filename).relative_to(_PACKAGE)}, line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"
