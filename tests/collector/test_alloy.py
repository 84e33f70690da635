"""The parser of Alloy's language reads our files, and rejects what it does not support."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from resilience.core.problems import BadInputError
from resilience.model.catalogue import ROOT
from tests.collector import alloy
from tests.collector.alloy import Block, Call, Reference, Sum

FOLDER = ROOT / "deploy" / "alloy"
FILES = sorted(FOLDER.glob("*.alloy"))


def read(tmp_path: Path, text: str) -> Block:
    (tmp_path / "x.alloy").write_text(text)
    return alloy.read(tmp_path / "x.alloy")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"a"', "a"),
        (r'"\"a\"\n"', '"a"\n'),
        (r"`(?i)\b\"//`", r"(?i)\b\"//"),
        ("7", 7),
        ("0.5", 0.5),
        ("true", True),
        ("null", None),
        ("a.b.receiver", Reference("a.b.receiver")),
        ('sys.env("X")', Call("sys.env", ("X",))),
        ('"a" + sys.env("X") + "b"', Sum(("a", Call("sys.env", ("X",)), "b"))),
        ('["a", "b"]', ["a", "b"]),
        ('[\n\t"a",\n]', ["a"]),
        ('{a = 1, "b-c" = [2]}', {"a": 1, "b-c": [2]}),
        ("{\n\ta = 1,\n}", {"a": 1}),
        ("[] // none", []),
    ],
)
def test_an_expression_is_read(tmp_path: Path, text: str, expected: object) -> None:
    assert read(tmp_path, f"x = {text}\n").attributes == {"x": expected}


def test_blocks_nest_and_keep_their_order(tmp_path: Path) -> None:
    found = read(tmp_path, '// a\na.b "c" {\n\tx = 1\n\n\td { }\n\te {\n\t\ty = 2\n\t}\n\td { }\n}\n/* end */')

    assert found.blocks == (
        Block("a.b", "c", {"x": 1}, (Block("d", "", {}, ()), Block("e", "", {"y": 2}, ()), Block("d", "", {}, ()))),
    )
    assert len(found.one("a.b", "c").all("d")) == 2
    with pytest.raises(LookupError, match='2 blocks d ""'):
        found.one("a.b", "c").one("d")


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("x = 1 - 2", 1, "-"),
        ("x = a[0]", 1, "["),
        ("x = 1 y = 2", 1, "y"),
        ("\na {", 2, "the end of the file"),
        ('x = "\\q"', 1, "\\q"),
        ("x = 1\nx = 2", 2, "second x"),
        ("x = [1 2]", 1, "2"),
        ("x = {a = 1 b = 2}", 1, "b"),
        ("x = !true", 1, "!"),
        ("}", 1, "}"),
    ],
)
def test_unsupported_syntax_is_rejected_with_its_line(tmp_path: Path, text: str, line: int, what: str) -> None:
    with pytest.raises(BadInputError) as rejected:
        read(tmp_path, text)

    assert str(rejected.value).startswith(f'x.alloy: line {line}: "{what}" is not supported here; see ')


def test_an_unset_variable_is_empty_as_in_alloy() -> None:
    assert alloy.value([Sum(("a=", Call("sys.env", ("X",)))), {"b": Call("sys.env", ("Y",))}], {"Y": "y"}) == [
        "a=",
        {"b": "y"},
    ]


def test_other_functions_are_rejected() -> None:
    with pytest.raises(LookupError, match=r"env is not evaluated here"):
        alloy.value(Call("env", ("X",)), {})


def test_environment_variables_are_read_by_the_name_that_is_not_deprecated() -> None:
    texts = [path.read_text(encoding="utf-8") for path in FILES]

    # `alloy validate` exits with 1 for the bare name.
    assert [text for text in texts if re.search(r"(?<!sys\.)\benv\(", text)] == []


def test_the_two_sources_of_lines_share_no_block_with_the_rest() -> None:
    shared = {(block.name, block.label) for block in alloy.read(FOLDER / "config.alloy").blocks}
    for name in ("logs-docker.alloy", "logs-files.alloy"):
        assert not shared & {(block.name, block.label) for block in alloy.read(FOLDER / name).blocks}


@pytest.mark.parametrize("source", ["logs-docker.alloy", "logs-files.alloy"])
def test_real_alloy_accepts_format_and_syntax_of_the_files(tmp_path: Path, source: str) -> None:
    program = shutil.which("alloy")
    if program is None:
        # For the last run that found them formatted and valid, see docs/adr/0004-collector.md.
        pytest.skip("NOT RUN: no `alloy` on PATH")
    for name in ("config.alloy", source):
        shutil.copy(FOLDER / name, tmp_path)
        subprocess.run([program, "fmt", "-t", tmp_path / name], check=True, timeout=30)
    subprocess.run([program, "validate", tmp_path], check=True, timeout=30)
