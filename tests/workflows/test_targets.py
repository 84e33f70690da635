"""What `make` would run for the engine: the doctor first, and `up` only after what must be so is so."""

import re
import subprocess

import pytest

from resilience.model.catalogue import ROOT


def programs(target: str, *variables: str) -> list[str]:
    """The programs of a target in their order, as `resilience doctor` or `pulumi up`."""
    command = ["make", "--no-print-directory", "--dry-run", target, *variables]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found = re.findall(r"\.venv/bin/(resilience \w+)|^(pulumi [^>\n]*)", done.stdout, re.MULTILINE)
    return [(ours or engine).strip() for ours, engine in found]


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        ("preview", ["resilience doctor", "pulumi preview --stack dev"]),
        ("up", ["resilience check", "resilience doctor", "pulumi up --stack dev"]),
        (
            "drift",
            [
                "resilience doctor",
                "pulumi preview --refresh --json --non-interactive --stack dev",
                "resilience drift",
            ],
        ),
        (
            "rotate",
            [
                "resilience doctor",
                "pulumi preview --json --non-interactive --stack dev",
                "resilience drift",
                "pulumi up --yes --skip-preview --non-interactive --stack dev",
                "resilience expires",
            ],
        ),
    ],
)
def test_the_doctor_comes_first_and_each_step_waits_for_the_one_before(target: str, wanted: list[str]) -> None:
    assert programs(target, "STACK=dev") == wanted


def test_flags_reach_the_engine() -> None:
    flags = "PULUMI_FLAGS=--yes --non-interactive"

    assert programs("up", "STACK=production", flags)[-1] == "pulumi up --stack production --yes --non-interactive"
