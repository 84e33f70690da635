"""A program that does not run to its end is a failure, however it ends."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from resilience.cli import main
from resilience.model.catalogue import ROOT
from resilience.model.dated import clock
from tests.stack_files import settings_of, stack_text


@pytest.mark.parametrize(
    ("program", "what"),
    [
        ("import sys; sys.exit(0)", "ends early, with sys.exit(0)"),
        ("import sys; sys.exit()", "ends early, with sys.exit(None)"),
        ("raise SystemExit('fine')", "ends early, with sys.exit('fine')"),
        ("import os; os._exit(0)", "ends early, with os._exit"),
        ("import posix; posix._exit(0)", "ends early, with os._exit"),
        ("import os; os.execv('/bin/true', ['true'])", "ends early, with os.execv"),
        ("import os\ntry:\n    os._exit(0)\nexcept Exception: pass", "ends early, with os._exit"),
        # As it was once lost in a callback of an output.
        ("import os\ntry:\n    os._exit(0)\nexcept BaseException: pass", "ends early, with os._exit"),
        (
            "import pulumi, sys\npulumi.Output.from_input(1).apply(lambda _: sys.exit(0))",
            "ends early, with sys.exit(0)",
        ),
        ("import os, pulumi\npulumi.Output.from_input(1).apply(lambda _: os._exit(0))", "ends early, with os._exit"),
        ("", "ends early: nothing is exported for the stack production"),
        ("import pulumi\n{}['x']", "raises KeyError in line 2"),
        ("def (", "raises SyntaxError in line 1"),
        ("raise ValueError('glsa_CANARY0123456789')", "raises ValueError in line 1"),
    ],
)
def test_a_program_that_ends_early_is_a_finding(tmp_path: Path, program: str, what: str) -> None:
    (tmp_path / "__main__.py").write_text(program)
    (tmp_path / "Pulumi.production.yaml").write_text(stack_text(settings_of("production")))

    result = CliRunner().invoke(main, ["-C", str(tmp_path), "manifest"])

    assert (result.exit_code, result.output) == (
        2,
        f"__main__.py: (whole program): {what}; correct it; RESILIENCE_TRACEBACK=1 shows where\n",
    )


def test_check_counts_it_as_a_finding(tmp_path: Path) -> None:
    for path in ROOT.iterdir():
        if path.name not in {"__main__.py", ".venv", ".tools", ".git"}:
            (tmp_path / path.name).symlink_to(path)
    (tmp_path / "__main__.py").write_text("import os; os._exit(0)")

    with clock.standing(None):
        result = CliRunner().invoke(main, ["-C", str(tmp_path), "check"])

    assert (result.exit_code, "ends early, with os._exit" in result.output) == (1, True)
