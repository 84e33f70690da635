"""Assumptions about use: read with every problem at once."""

from pathlib import Path

import pytest

from resilience.core.problems import BadInputError
from resilience.model.catalogue import ROOT
from resilience.model.usage import USAGE, Usage


def test_ours_can_be_read() -> None:
    assert Usage.load().actions.minutes["ci"]["test"].of(2) == 9


def test_production_has_its_own_log_volume_and_all_others_share_one() -> None:
    logs = Usage.load().logs.model_copy(update={"production": 7, "others": 3})

    assert [logs.of(name) for name in ("production", "dev", "staging")] == [7, 3, 3]


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    text = (ROOT / USAGE).read_text(encoding="utf-8")
    for old, new in [
        ("others: 85000000 # 85 MB", "others: -1"),
        ("besides_the_contract: 500", "beside: 500"),
        ("push: 10", "push: often"),
        ("test: 9", "test: 0"),
    ]:
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "catalogue").mkdir()
    (tmp_path / USAGE).write_text(text, encoding="utf-8")

    with pytest.raises(BadInputError) as rejected:
        Usage.load(tmp_path)

    assert [(problem.file, problem.path) for problem in rejected.value.problems] == [
        (USAGE, "actions.events.push"),
        (USAGE, "actions.minutes.ci.test.once"),
        (USAGE, "logs.others"),
        (USAGE, "series.beside"),
        (USAGE, "series.besides_the_contract"),
    ]
