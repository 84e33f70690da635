"""YAML files: any content gives a mapping or one clear problem."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from resilience.core.problems import BadInputError, Problem
from resilience.core.yaml_files import read_yaml

NAME = "catalogue/test.yaml"
WHOLE = "(whole file)"
Write = Callable[[str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_disk(content: str | bytes) -> Path:
        path = tmp_path / "test.yaml"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return to_disk


def problem_of(path: Path) -> str:
    with pytest.raises(BadInputError) as rejected:
        read_yaml(path, NAME)
    assert len(rejected.value.problems) == 1
    return str(rejected.value)


@pytest.mark.parametrize(
    ("content", "mapping"),
    [
        pytest.param("a: 1\nb: [x, y]\n", {"a": 1, "b": ["x", "y"]}, id="plain lines"),
        pytest.param("{}", {}, id="an empty mapping"),
        pytest.param("a: {x: 1}\nb: {x: 1}\n", {"a": {"x": 1}, "b": {"x": 1}}, id="the same key in two mappings"),
        pytest.param("a: &a [x]\nb: *a\n", {"a": ["x"], "b": ["x"]}, id="an anchor used once"),
        pytest.param("\ufeffa: ä\n", {"a": "ä"}, id="a byte order mark, and letters beyond ASCII"),
        pytest.param("a: 1\r\nb: 2\r\n", {"a": 1, "b": 2}, id="line endings of Windows"),
        pytest.param("a: '24h'\n", {"a": "24h"}, id="a quoted text"),
    ],
)
def test_a_mapping_is_read(write: Write, content: str, mapping: dict[str, Any]) -> None:
    assert read_yaml(write(content), NAME) == mapping


def test_what_one_reader_changes_no_other_reader_sees(write: Write) -> None:
    path = write("a: [x]\n")
    read_yaml(path, NAME)["a"].append("y")

    assert read_yaml(path, NAME) == {"a": ["x"]}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param("", f"{WHOLE}: is not a mapping; write `key: value` lines", id="an empty file"),
        pytest.param("# only this\n", f"{WHOLE}: is not a mapping; write `key: value` lines", id="a comment"),
        pytest.param("- a\n- b\n", f"{WHOLE}: is not a mapping; write `key: value` lines", id="a list"),
        pytest.param("five\n", f"{WHOLE}: is not a mapping; write `key: value` lines", id="a word"),
        pytest.param(b"a: \xff\n", f"{WHOLE}: is not UTF-8 text; write it in UTF-8", id="not UTF-8"),
        pytest.param(
            "a: 1\nb: 2\na: 3\n",
            f'{WHOLE}: key "a" is written twice, again in line 3; correct the YAML',
            id="a key written twice",
        ),
        pytest.param(
            "a:\n  - {x: 1,\n     x: 1}\n",
            f'{WHOLE}: key "x" is written twice, again in line 3; correct the YAML',
            id="a key written twice further in",
        ),
        pytest.param(
            "a:\n\tb: 1\n",
            "line 2: found character that cannot start any token; correct the YAML",
            id="a tab for indentation",
        ),
        pytest.param("a: [1\n", "line 2: did not find expected ',' or ']'; correct the YAML", id="an open bracket"),
        pytest.param('a: "1\n', "line 2: found unexpected end of stream; correct the YAML", id="an open quote"),
        pytest.param("a: *b\n", "line 1: found undefined alias; correct the YAML", id="an alias of nothing"),
        pytest.param("a: 1\n---\nb: 2\n", "line 2: but found another document; correct the YAML", id="two documents"),
        pytest.param(
            'a: !!python/object/apply:os.system ["true"]\n',
            "line 1: a value does not fit its tag, or YAML does not know the tag; correct the YAML",
            id="a Python object",
        ),
        pytest.param("a: 2027-13-01\n", f"{WHOLE}: month must be in 1..12; correct the YAML", id="an impossible date"),
    ],
)
def test_what_is_not_a_mapping_is_one_problem(write: Write, content: str | bytes, problem: str) -> None:
    assert problem_of(write(content)) == f"{NAME}: {problem}"


@pytest.mark.parametrize("content", ["? [a]\n: 1\n", "? {a: 1}\n: 1\n", "2027-01-01: 1\n", "&a\n? *a\n: 1\n"])
def test_a_key_that_is_not_plain_text_is_one_problem(write: Write, content: str) -> None:
    problem = problem_of(write(content))

    assert problem.startswith(f"{NAME}: ")
    assert problem.endswith(("a key must be plain text; correct the YAML", "contains itself; correct the YAML"))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("a: !!bool maybe\n", id="a boolean that is not one"),
        pytest.param("a: !!timestamp soon\n", id="a date that is not one"),
        pytest.param("a: !!int five\n", id="a number that is not one"),
        pytest.param("a: !!map x\n", id="a mapping that is a word"),
        pytest.param("!!map [a]\n", id="a mapping that is a list"),
        pytest.param("a: !!binary x\n", id="bytes that are not bytes"),
        pytest.param("a: !!set [x]\n", id="a set that is a list"),
        pytest.param("a: " + "9" * 5_000 + "\n", id="a number of 5,000 digits"),
        pytest.param("a: \x00\n", id="a control character"),
    ],
)
def test_an_invalid_tag_or_value_is_one_problem(write: Write, content: str) -> None:
    assert problem_of(write(content)).startswith(f"{NAME}: ")


def test_a_missing_file_is_one_problem(tmp_path: Path) -> None:
    expected = f"{NAME}: {WHOLE}: cannot be read (No such file or directory); make it readable"

    assert problem_of(tmp_path / "none.yaml") == expected


def test_a_folder_is_one_problem(tmp_path: Path) -> None:
    assert problem_of(tmp_path) == f"{NAME}: {WHOLE}: cannot be read (Is a directory); make it readable"


def test_a_file_that_may_not_be_read_is_one_problem(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("a: 1\n")

    # chmod would not stop root, and tests run as root in containers.
    def rejected(*_: Any, **__: Any) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", rejected)

    assert problem_of(path) == f"{NAME}: {WHOLE}: cannot be read (Permission denied); make it readable"


def test_anchors_that_multiply_are_one_problem(write: Write) -> None:
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    bomb = "\n".join(["a0: &a0 [x, x, x, x, x, x, x, x, x]", *levels, ""])

    assert problem_of(write(bomb)) == f"{NAME}: {WHOLE}: has more than 1,000,000 values; correct the YAML"


@pytest.mark.parametrize("content", ["a: &a [*a]\n", "&a\nb: *a\n"])
def test_a_file_that_contains_itself_is_one_problem(write: Write, content: str) -> None:
    assert problem_of(write(content)) == f'{NAME}: {WHOLE}: "a" contains itself; correct the YAML'


@pytest.mark.parametrize("content", ["a: " + "[" * 1_000 + "]" * 1_000, "a: " + "{a: " * 1_000 + "1" + "}" * 1_000])
def test_a_thousand_levels_are_one_problem(write: Write, content: str) -> None:
    assert problem_of(write(content)) == f"{NAME}: {WHOLE}: is nested more than 100 levels deep; correct the YAML"


def test_thirty_thousand_levels_do_not_kill_the_process(write: Write) -> None:
    path = write("a: " + "[" * 30_000 + "]" * 30_000)
    # A process of its own: the C stack ends before Python could raise anything.
    program = (
        "import sys; from pathlib import Path; from resilience.core.problems import BadInputError\n"
        "from resilience.core.yaml_files import read_yaml\n"
        "try: read_yaml(Path(sys.argv[1]), 'F')\n"
        "except BadInputError as error: print(len(error.problems))"
    )

    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "1\n")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param('"{0}": 1\n"{0}": 2\n', id="a key written twice"),
        pytest.param("a: !!float {0}\n", id="a number"),
        pytest.param("a: !{0} x\n", id="a tag"),
        pytest.param("a: *{0}\n", id="an alias"),
        pytest.param('a: "{0}\n', id="an open quote"),
        pytest.param("a: [{0}\n", id="an open bracket"),
        pytest.param("{0}\n", id="the whole file"),
        pytest.param("a:\n\t{0}\n", id="after a tab"),
    ],
)
def test_a_secret_in_a_broken_file_is_never_shown(write: Write, content: str) -> None:
    canary = "glsa_AbCdEfGhIjKlMnOpQrStUvWxYz012345"

    problem = problem_of(write(content.format(canary)))

    assert canary not in problem
    assert canary.replace("_", "") not in problem


def _evaluated(content: bytes) -> tuple[Problem, ...]:
    with TemporaryDirectory() as folder:
        path = Path(folder, "test.yaml")
        path.write_bytes(content)
        try:
            assert isinstance(read_yaml(path, NAME), dict)
        except BadInputError as rejected:
            return rejected.problems
    return ()


def _is_one_line(problems: tuple[Problem, ...]) -> bool:
    return len(problems) <= 1 and all(
        problem.file == NAME and len(str(problem).splitlines()) == 1 for problem in problems
    )


# YAML's own characters: random plain text is hardly ever more than a word.
TAGS = ["!!bool ", "!!timestamp ", "!!int ", "!!map ", "!!set ", "!!", "!x "]
TOKENS = [*"ab1:[]{},'\"#%~\n\t", ": ", "- ", "  ", "? ", "| ", "> ", "&a ", "*a", "---\n", "<<", "2027-01-01", *TAGS]
yamlish = st.lists(st.sampled_from(TOKENS), max_size=25).map("".join)


@settings(deadline=None)
@given(st.text(max_size=200))
@example("=: 1")
@example("<<: 1")
def test_any_text_is_a_mapping_or_one_problem(text: str) -> None:
    assert _is_one_line(_evaluated(text.encode("utf-8", "surrogatepass")))


@settings(deadline=None, max_examples=300)
@given(yamlish)
def test_any_sequence_of_yaml_tokens_is_a_mapping_or_one_problem(text: str) -> None:
    assert _is_one_line(_evaluated(text.encode()))


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_a_mapping_or_one_problem(content: bytes) -> None:
    assert _is_one_line(_evaluated(content))
