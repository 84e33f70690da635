"""Prometheus 3 is found, or built, or a sentence says what is missing."""

from pathlib import Path

import pytest

from resilience.tools import binaries, build

NAMES = ("prometheus", "promtool")


def script(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]), "utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture(name="tools")
def _tools(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder of tools with Debian's Prometheus, where nothing else is on PATH."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv(binaries.CHOSEN, raising=False)
    for name in NAMES:
        script(tmp_path / "tools/root/usr/bin" / name, "echo version 2.42.0+ds")
    return tmp_path / "tools"


def test_both_programs_are_built_where_only_older_ones_are(tools: Path) -> None:
    made = [f"printf '#!/bin/sh\\necho version 3.16.0' > $3{name}; /bin/chmod +x $3{name}" for name in NAMES]
    go = script(tools.parent / "bin/go", 'test "$1 $2" = "build -o" && test -f go.mod || exit 1', *made)

    assert build.main(tools) == 0
    assert [binaries.find(name, tools) for name in NAMES] == [binaries.built(tools) / name for name in NAMES]
    assert sorted(path.name for path in tools.iterdir()) == [binaries.built(tools).name, "root"]
    go.unlink()
    assert build.main(tools) == 0


def test_without_go_a_sentence_says_what_is_missing(tools: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert build.main(tools) == 1
    assert capsys.readouterr().err == "Prometheus 3 is not on PATH, and to build it Go is needed: see go.dev/dl\n"


@pytest.mark.parametrize(("module", "program"), [("v0.305.1", "3.5.1"), ("v0.316.0", "3.16.0")])
def test_the_version_that_is_built_is_the_one_of_the_go_module(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, module: str, program: str
) -> None:
    (tmp_path / "go.mod").write_text(f"require (\n\tgithub.com/prometheus/prometheus {module}\n)\n", "utf-8")
    monkeypatch.setattr(binaries, "GO", tmp_path)

    assert binaries.built(tmp_path) == tmp_path / f"prometheus-{program}"
