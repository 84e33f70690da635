"""The generated blocks of README, docs, runbooks and `probe/targets.toml` are those that cog makes now."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cogapp import Cog  # type: ignore[import-untyped]  # it has no types

from resilience.docgen import blocks
from resilience.manifest import Manifest
from resilience.model.catalogue import ROOT, Catalogue
from resilience.model.dated import clock

PAGES = sorted(
    path for pattern in ("README.md", "probe/targets.toml", "docs/*.md", "runbooks/*.md") for path in ROOT.glob(pattern)
)
BLOCK = re.compile(r"\[\[\[cog from resilience\.docgen\.blocks import (\w+); cog\.outl\(")


@pytest.fixture(name="check")
def _check(
    production: Manifest, dev: Manifest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """What cog ends with and prints for some pages, as `make golden` calls it, in this process."""
    monkeypatch.chdir(ROOT)
    # The program ran once for all tests; another run would take half a second each time.
    if Catalogue.load() == Catalogue.load().at(clock.NOTHING_ANNOUNCED):
        monkeypatch.setattr("resilience.docgen.blocks._manifests", lambda: [production, dev])
    monkeypatch.setattr("resilience.budget.inputs.declare_all", lambda *_: [production, dev])

    def run(*pages: Path) -> tuple[int, str]:
        code = Cog().main(["cog", "--check", *map(str, pages)])
        return code, "".join(capsys.readouterr())

    return run


def test_every_block_is_up_to_date(check: Callable[..., tuple[int, str]]) -> None:
    code, printed = check(*PAGES)

    assert code == 0, f"run `make golden`: {printed}"


def test_a_block_that_was_edited_by_hand_is_found(check: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    page = tmp_path / "lints.md"
    page.write_text(
        (ROOT / "docs/lints.md").read_text("utf-8").replace("- Likely causes", "- Unlikely causes"), "utf-8"
    )

    code, printed = check(page)

    assert (code != 0, "lints.md" in printed) == (True, True)


def test_make_golden_writes_each_page_that_has_a_block() -> None:
    command = ["make", "--no-print-directory", "--dry-run", "golden"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    written = re.search(r"cog -r.*", done.stdout)
    assert written
    assert [page for page in PAGES if str(page.relative_to(ROOT)) not in written[0].split()] == []


@pytest.mark.parametrize("name", blocks.__all__)
def test_every_function_makes_a_block_of_some_page(name: str) -> None:
    assert name in {found for page in PAGES for found in BLOCK.findall(page.read_text("utf-8"))}
