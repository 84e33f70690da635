"""All lints together: one id everywhere, all problems at once, none in what is committed."""

import re
from pathlib import Path

import pytest

from resilience.lint import LINTS, Context, problems
from resilience.manifest import Manifest
from resilience.model.catalogue import ROOT, Catalogue
from tests.lint.conftest import RunLints

HERE = Path(__file__).parent
WINGS = ("queries", "rules")
IDS = [lint.id for lint in LINTS]


def test_what_is_committed_has_no_problem(production: Manifest, dev: Manifest) -> None:
    assert [str(problem) for problem in problems(Context(ROOT, Catalogue.load(), (production, dev)))] == []


def test_a_good_rule_has_no_problem(run_lints: RunLints) -> None:
    assert run_lints(*LINTS) == []


def test_each_lint_has_a_module_named_by_its_id_and_each_module_is_listed() -> None:
    wings = [ROOT / "resilience/lint" / wing for wing in WINGS]
    modules = {f"{path.parent.name}.{path.stem}" for wing in wings for path in wing.glob("[!_]*.py")}

    assert modules == {one.problems.__module__.removeprefix("resilience.lint.") for one in LINTS}
    assert {name.partition(".")[2] for name in modules} == {one.replace("-", "_") for one in IDS}


@pytest.mark.parametrize("lint", IDS)
def test_each_id_is_in_kebab_case_and_names_a_test_with_a_case_that_fires(lint: str) -> None:
    (path,) = (path for wing in WINGS for path in (HERE / wing).glob(f"test_{lint.replace('-', '_')}.py"))
    test = path.read_text(encoding="utf-8")

    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", lint)
    assert f"[{lint}]" in test
    assert "== []" in test


def test_the_same_problem_of_several_stacks_is_reported_once(run_lints: RunLints) -> None:
    lines = run_lints(*LINTS, stacks=("production", "dev"), expr="rate(up[1m])")

    assert lines == [
        (
            'stack production, stack dev: too-hot.expr: "up" is read without the environment of the rule; '
            'write environment="$environment" in its braces [environment-unmatched]'
        ),
        (
            'stack production, stack dev: too-hot.expr: "up[1m]" is shorter than 4 scrapes; '
            "write 4m or more [range-too-short]"
        ),
    ]


def test_the_same_problem_of_several_files_is_reported_for_each(run_lints: RunLints, root: Path) -> None:
    for name in ("too-hot", "too-cold"):
        (root / f"runbooks/{name}.md").write_text("# Nothing yet", encoding="utf-8")

    assert [line.split(": ")[0] for line in run_lints(*LINTS) if "lacks" in line] == [
        "runbooks/too-cold.md",
        "runbooks/too-hot.md",
    ]


def test_what_does_not_parse_is_left_to_promtool(run_lints: RunLints) -> None:
    assert run_lints(*LINTS, expr="sum(") == []
