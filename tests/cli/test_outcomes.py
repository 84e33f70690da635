"""How a command ends: exit codes, and what is printed instead of a traceback."""

import click
import pytest
from click.testing import CliRunner

from resilience.cli import main
from resilience.cli.outcomes import CommandGroup
from resilience.core.problems import BadInputError, Problem

SECRET = "glsa_CANARY0123456789abcdef"


def raising(error: BaseException) -> CommandGroup:
    group = CommandGroup("resilience")

    @group.command()
    def fail() -> None:
        raise error

    return group


@pytest.mark.parametrize(
    ("error", "code", "printed"),
    [
        (BadInputError([Problem("f", "p", "w", "i")]), 2, "f: p: w; i\n"),
        (
            FileNotFoundError(2, "No such file or directory", f"/x/{SECRET}"),
            2,
            "/x/[hidden]: (whole file): cannot be used (No such file or directory); correct it, or name another one\n",
        ),
        (RecursionError(), 2, "input: (whole file): is nested too deep; correct it, or name another one\n"),
        (
            UnicodeEncodeError("utf-8", SECRET, 0, 1, SECRET),
            2,
            "input: (whole file): has characters that no text may have; correct it, or name another one\n",
        ),
        (
            ValueError("embedded null byte"),
            2,
            "input: (whole file): has a name with a NUL; correct it, or name another one\n",
        ),
        (
            ValueError(f"{SECRET}"),
            3,
            (
                "resilience: stopped by a bug, ValueError in cli/outcomes.py, line 0; "
                "set RESILIENCE_TRACEBACK=1 to see all of it\n"
            ),
        ),
        (KeyboardInterrupt(), 130, "\nInterrupted.\n"),
    ],
)
def test_an_error_is_a_sentence_with_a_code(error: BaseException, code: int, printed: str) -> None:
    result = CliRunner().invoke(raising(error), ["fail"])
    found = "line 0;".join(result.output.split(f"line {result.output.partition('line ')[2].partition(';')[0]};"))

    assert (result.exit_code, found) == (code, printed)


def test_a_traceback_is_shown_to_who_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESILIENCE_TRACEBACK", "1")

    assert "Traceback" in CliRunner().invoke(raising(KeyError("x")), ["fail"]).output


@pytest.mark.parametrize(
    "arguments",
    [
        ["https://u:PASSWORD@h.example"],
        ["inventory", "x", "https://u:PASSWORD@h.example"],
        [f"--{SECRET}"],
        ["stacks", SECRET],
    ],
)
def test_wrong_usage_shows_no_secret(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, arguments)

    assert result.exit_code == 2
    assert "Error: " in result.stderr
    assert "PASSWORD" not in result.output
    assert SECRET not in result.output


def test_half_of_a_surrogate_pair_is_printed_as_an_escape() -> None:
    group = CommandGroup("resilience")

    @group.command()
    def show() -> None:
        click.echo("a\ud800b")

    result = CliRunner().invoke(group, ["show"])

    assert (result.exit_code, result.stdout) == (0, "a\\ud800b\n")
