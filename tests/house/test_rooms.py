"""The rooms of the house: who may import whom, how large a package may be, and no name for two types."""

import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from resilience.model.catalogue import ROOT

PRODUCT = ("resilience", "components", "probe")
MOST_MODULES = 12
FLAT = {
    "components": "one ComponentResource a file, in the folder that the users fixed",
}


def lint_imports(folder: Path) -> tuple[int, str]:
    """Exit code and what import-linter prints about the packages in a folder."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    wide = os.environ | {"COLUMNS": "200"}
    done = subprocess.run(command, cwd=folder, env=wide, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


BROKEN = [
    ("resilience/core/text.py", "resilience.cli.app", "resilience.core is not allowed to import resilience.cli"),
    (
        "resilience/lint/context.py",
        "resilience.review",
        "resilience.lint is not allowed to import resilience.review",
    ),
    ("resilience/core/text.py", "components.team", "resilience is not allowed to import components"),
    ("resilience/cli/app.py", "tests", "resilience is not allowed to import tests"),
    ("components/team.py", "resilience.export", "components is not allowed to import resilience.export"),
    ("probe/clock.py", "resilience.core.text", "probe is not allowed to import resilience"),
    ("resilience/promql/ast.py", "pulumi", "resilience.promql is not allowed to import pulumi"),
]


def copied(folder: Path) -> Path:
    """The product's Python files and the contracts."""
    for package in PRODUCT:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@pytest.fixture(name="printed", scope="module")
def _printed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What is printed about a copy with all of these imports."""
    copy = copied(tmp_path_factory.mktemp("copy"))
    for module, imported, _ in BROKEN:
        with (copy / module).open("a") as file:
            file.write(f"\nimport {imported}\n")
    code, printed = lint_imports(copy)
    assert code == 1
    return printed


def test_every_import_keeps_the_contracts() -> None:
    code, printed = lint_imports(ROOT)

    assert code == 0, printed


@pytest.mark.parametrize(("module", "imported", "broken"), BROKEN)
def test_an_import_against_a_contract_is_found(printed: str, module: str, imported: str, broken: str) -> None:
    importer = module.removesuffix(".py").replace("/", ".")

    assert broken in printed
    assert f"{importer} -> {imported} (l." in printed


def test_a_circle_inside_a_room_and_a_room_without_a_place_among_the_layers_are_found(tmp_path: Path) -> None:
    copy = copied(tmp_path)
    (copy / "resilience/core/one.py").write_text("import resilience.core.two\n")
    (copy / "resilience/core/two.py").write_text("import resilience.core.one\n")
    (copy / "resilience/attic").mkdir()
    (copy / "resilience/attic/__init__.py").touch()

    code, printed = lint_imports(copy)

    assert code == 1
    assert "No circles, at any depth BROKEN" in printed
    assert "attic" in printed


def test_no_module_stands_loose_beside_the_rooms() -> None:
    assert {path.name for path in (ROOT / "resilience").glob("*.py")} == {"__init__.py", "__main__.py"}


def test_a_package_of_more_than_12_modules_has_wings() -> None:
    folders = {path.parent for package in PRODUCT for path in (ROOT / package).rglob("*.py")}
    modules = {folder: [one for one in folder.glob("*.py") if one.name != "__init__.py"] for folder in folders}

    assert {str(one.relative_to(ROOT)) for one in folders if len(modules[one]) > MOST_MODULES} == set(FLAT)


# A parser takes a second for all files.
TYPE = re.compile(r"^(?:class (\w+)|(_?[A-Z][A-Za-z]*[a-z]\w*)(?:: [^=\n]+)? =)", re.MULTILINE)


def types_of(source: str) -> list[str]:
    """Names of the classes and of the capitalised aliases at the top of a module."""
    return [name or alias for name, alias in TYPE.findall(source)]


def test_classes_and_aliases_are_found_and_constants_are_not() -> None:
    source = "class One: ...\nTwo = dict[str, One]\n_Three: type = One\nFOUR = 4\nfive = 5\n"

    assert types_of(source) == ["One", "Two", "_Three"]


def test_no_two_types_share_a_name() -> None:
    places = defaultdict(list)
    for package in (*PRODUCT, "tests"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for name in types_of(path.read_text(encoding="utf-8")):
                places[name].append(str(path.relative_to(ROOT)))

    assert {name: where for name, where in places.items() if len(where) > 1} == {}
