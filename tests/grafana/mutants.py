"""A mutation run over the model of Grafana: `.venv/bin/python -m tests.grafana.mutants` (a quarter of an hour).

Each mutant has one comparison, condition, number, state or statement changed. The tests of this folder must
notice; those that run an Alertmanager or the whole program are left out. Exits with 1 if a mutant survives.
"""

import ast
import copy
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console

from resilience.core.conventions import ExecErrState, NoDataState
from resilience.grafana import Reason, State
from resilience.model.catalogue import ROOT

MODEL = Path("resilience/grafana")
TESTS = ("tests/grafana", "--ignore=tests/grafana/test_alertmanager.py", "-k", "not every_rule_that_we_declare")
ENUMS = {enum.__name__: [member.name for member in enum] for enum in (State, Reason, NoDataState, ExecErrState)}
SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add,
}  # fmt: skip


def variants(node: ast.AST) -> Iterator[ast.AST]:
    """What a node may be changed to."""
    match node:
        case ast.Compare(ops=[operator, *others]) if type(operator) in SWAPPED:
            yield ast.Compare(node.left, [_swapped(operator), *others], node.comparators)
        case ast.BoolOp(op=operator):
            yield ast.BoolOp(_swapped(operator), node.values)
        case ast.BinOp(op=operator) if type(operator) in SWAPPED:
            yield ast.BinOp(node.left, _swapped(operator), node.right)
        case ast.IfExp():
            yield from (node.body, node.orelse)
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            yield ast.Constant(value + 1)
        case ast.Attribute(value=ast.Name(id=enum), attr=member) if member in ENUMS.get(enum, ()):
            members = ENUMS[enum]
            yield ast.Attribute(node.value, members[(members.index(member) + 1) % len(members)], node.ctx)
        case ast.Assign(targets=[ast.Attribute()]) | ast.AugAssign() | ast.Expr(value=ast.Call()):
            yield ast.Pass()


def _swapped(operator: ast.AST) -> Any:
    return SWAPPED[type(operator)]()


def mutants(path: Path) -> Iterator[tuple[str, str]]:
    """Every mutant of a module: where and what, and the source."""
    tree = ast.parse(path.read_text("utf-8"))
    decorators = {
        part for node in ast.walk(tree) for top in getattr(node, "decorator_list", []) for part in ast.walk(top)
    }
    for index, node in enumerate(ast.walk(tree)):
        for variant in () if node in decorators else variants(node):
            changed = copy.deepcopy(tree)
            place = list(ast.walk(changed))[index]
            _replace(changed, place, variant)
            where = f"{path.name}:{getattr(node, 'lineno', '?')}"
            yield (
                f"{where}: {ast.unparse(node)} → {ast.unparse(variant)}",
                ast.unparse(ast.fix_missing_locations(changed)),
            )


def _replace(tree: ast.AST, old: ast.AST, new: ast.AST) -> None:
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, field, new)
            elif isinstance(value, list):
                value[:] = [new if one is old else one for one in value]


def survives(folder: Path, module: str, source: str) -> bool:
    """Whether the tests pass on a copy with this module."""
    path = folder / MODEL / module
    kept = path.read_text("utf-8")
    path.write_text(source, "utf-8")
    command = [sys.executable, "-m", "pytest", "-xq", "-p", "no:randomly", "-p", "no:cacheprovider", *TESTS]
    only = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(command, cwd=folder, env=only, capture_output=True, check=False, timeout=120)
    except subprocess.TimeoutExpired:
        return False
    finally:
        path.write_text(kept, "utf-8")
    return done.returncode == 0


def _copy(folder: Path) -> Path:
    for name in ("resilience", "components", "catalogue", "tests/grafana", "tests/probe"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "__main__.py"):
        shutil.copy(ROOT / name, folder)
    return folder


def _survivors(share: list[tuple[str, str, str]]) -> list[str]:
    with TemporaryDirectory() as name:
        folder = _copy(Path(name))
        if not survives(folder, "__init__.py", (ROOT / MODEL / "__init__.py").read_text("utf-8")):
            raise SystemExit("the tests fail on the model as it is")
        found = []
        for module, what, source in share:
            if survives(folder, module, source):
                found.append(what)
                Console().print(f"survives: {what}", markup=False)
        return found


def main(modules: list[str], processes: int = 2) -> int:
    """Print the survivors of all modules, or of those named, as they are found."""
    console = Console()
    paths = [path for path in sorted((ROOT / MODEL).glob("*.py")) if not modules or path.name in modules]
    work = [(path.name, what, source) for path in paths for what, source in mutants(path)]
    with ThreadPoolExecutor(processes) as pool:
        shares = pool.map(_survivors, [work[start::processes] for start in range(processes)])
        found = [what for share in shares for what in share]
    console.print(f"{len(found)} survive of {len(work)}")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
