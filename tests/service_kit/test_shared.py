"""The kit's copy of the contract is this repository's."""

from resilience.model.catalogue import ROOT
from tests.service_kit.shared import SHARED, shared


def test_the_kits_tests_compare_it_with_todays_contract() -> None:
    now = (ROOT / SHARED).read_text(encoding="utf-8")
    assert now == shared(), f"{SHARED} is not what the catalogue and tests/redaction/lines.yaml make; run: make golden"
