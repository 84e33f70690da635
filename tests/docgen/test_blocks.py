"""The generated blocks of README, docs, runbooks and `probe/targets.toml` are those that cog makes now."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from resilience.docgen import blocks
from resilience.model.catalogue import ROOT

PAGES = sorted(
    path for pattern in ("README.md", "probe/targets.toml", "docs/*.md", "runbooks/*.md") for path in ROOT.glob(pattern)
)
BLOCK = re.compile(r"\[\[\[cog from resilience\.docgen\.blocks import (\w+); cog\.outl\(")


def check(*pages: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cogapp", "--check", *map(str, pages)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


def test_every_block_is_up_to_date() -> None:
    done = check(*PAGES)

    assert done.returncode == 0, f"run `make golden`: {done.stdout}{done.stderr}"


def test_a_block_that_was_edited_by_hand_is_found(tmp_path: Path) -> None:
    page = tmp_path / "lints.md"
    page.write_text(
        (ROOT / "docs/lints.md").read_text("utf-8").replace("- Likely causes", "- Unlikely causes"), "utf-8"
    )

    done = check(page)

    assert (done.returncode != 0, "lints.md" in done.stdout) == (True, True)


def test_make_golden_writes_each_page_that_has_a_block() -> None:
    command = ["make", "--no-print-directory", "--dry-run", "golden"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    written = re.search(r"cog -r.*", done.stdout)
    assert written
    assert [page for page in PAGES if str(page.relative_to(ROOT)) not in written[0].split()] == []


@pytest.mark.parametrize("name", blocks.__all__)
def test_every_function_makes_a_block_of_some_page(name: str) -> None:
    assert name in {found for page in PAGES for found in BLOCK.findall(page.read_text("utf-8"))}
