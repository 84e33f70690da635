"""Incidents are read strictly: every fault of a file, in words, before anything starts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from resilience.core.problems import BadInputError
from resilience.model.catalogue import ROOT
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.scenario.scenario import SCENARIOS, Scenario, load_scenario, load_scenarios
from resilience.tools.errors import RehearsalError

Good = Callable[..., dict[str, Any]]
QUEUE = {"kind": "queue", "environment": "production", "depth": 50}
WANTED = {
    "alert_id": "queue-backing-up",
    "environment": "production",
    "tier": "P2",
    "channel": "alerts",
    "firing": ["7m", "10m"],
}


def written(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "queue.yaml"
    path.write_text(yaml.safe_dump(content), "utf-8")
    return path


def test_a_good_scenario_is_read(tmp_path: Path, good_scenario: Good) -> None:
    read = load_scenario(written(tmp_path, good_scenario()))

    assert (read.length, read.expect[0].arrival, read.benign) == (1800.0, (420.0, 600.0), False)


@pytest.mark.parametrize(
    ("spoiled", "problem"),
    [
        ({"version": 2}, 'version: "2" is not right; write 1'),
        ({"lenght": "30m"}, "lenght: unknown key; remove it, or correct its spelling"),
        ({"length": "30"}, 'length: "30" is not a duration; write it as 30s, 5m, 1h30m or 1d'),
        ({"length": "-5m"}, 'length: "-5m" is no length of time; write more than 0s'),
        ({"length": 30}, 'length: "30" is not a duration; write it as text with a unit, like 5m'),
        ({"length": "half an hour"}, 'length: "half an hour" is not a duration; write it as 30s, 5m, 1h30m or 1d'),
        ({"length": "9m"}, "(whole file): length 9m00s is shorter than 10m00s in it; write a longer one"),
        ({"hours": {"opens_at": "0s"}}, 'hours.Night.opens_at: "0s" is no length of time; write more than 0s'),
        ({"faults": [QUEUE | {"kind": "flood"}]}, "faults[0]: \"flood\" is not right; write 'traffic'"),
        ({"faults": [QUEUE | {"depth": -1}]}, 'faults[0].queue.depth: "-1" is not right; write greater than or equal'),
        (
            {"faults": [QUEUE | {"from": "5m", "until": "5m"}]},
            "faults[0].queue: until is not later than from; write a later one",
        ),
        (
            {"faults": [QUEUE, QUEUE | {"from": "5m"}]},
            "(whole file): two queue faults overlap from 5m00s; end one before the other begins",
        ),
        (
            {"faults": [{"kind": "errors", "environment": "dev", "share": 1, "per_minute": 2}]},
            "faults[0].errors: errors are measured twice or not at all; write one of share and per_minute",
        ),
        (
            {"faults": [{"kind": "slack", "status": 418}]},
            'faults[0].slack.status: "418" is not right; write 429, 500 or 503',
        ),
        (
            {"expect": [WANTED, WANTED]},
            (
                "(whole file): expect names queue-backing-up (production) as P2 again before its end; "
                "write one entry, or resolved"
            ),
        ),
        (
            {"expect": [WANTED | {"firing": ["10m", "7m"]}]},
            "expect[0].firing: the window ends before it begins; write [earliest, latest], both since zero",
        ),
        (
            {"expect": [WANTED | {"channel": "random"}]},
            "expect[0].channel: \"random\" is not right; write 'alerts' or 'deploys'",
        ),
        (
            {"expect": [WANTED | {"resolved": ["9m", "20m"]}]},
            "expect[0]: resolved begins before firing's window ends; write a later window",
        ),
        (
            {"expect": [WANTED | {"delivered": ["1m", "20m"]}]},
            "expect[0]: delivered begins before firing; write a later window",
        ),
        ({"id": "other"}, 'id: "other" differs from the name of the file; write queue'),
    ],
)
def test_a_problem_is_reported_with_its_place_and_what_to_write(
    tmp_path: Path, good_scenario: Good, spoiled: dict[str, Any], problem: str
) -> None:
    path = written(tmp_path, good_scenario(**spoiled))

    with pytest.raises(BadInputError) as caught:
        load_scenario(path)

    assert f"{SCENARIOS}/queue.yaml: {problem}" in str(caught.value)


def test_problems_of_all_files_are_reported_at_once(tmp_path: Path, good_scenario: Good) -> None:
    written(tmp_path, good_scenario(version=2, length="x"))
    (tmp_path / "broken.yaml").write_text("a: b: c", "utf-8")

    with pytest.raises(BadInputError) as caught:
        load_scenarios(tmp_path)

    assert [(Path(one.file).name, one.path) for one in caught.value.problems] == [
        ("broken.yaml", "line 1"),
        ("queue.yaml", "length"),
        ("queue.yaml", "version"),
    ]


def test_a_folder_without_scenarios_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="holds no scenario; write at least one file"):
        load_scenarios(tmp_path)


def test_an_alert_that_no_rule_has_is_rejected(declared: Exported, good_scenario: Good) -> None:
    unknown = Scenario.model_validate(good_scenario(expect=[WANTED | {"alert_id": "queue-baking-up"}]))

    with pytest.raises(RehearsalError, match=r'no exported rule is "queue-baking-up \(production\)"'):
        declared.reject_unknown((unknown,))


def test_every_scenario_of_ours_is_known_to_the_export(declared: Exported) -> None:
    declared.reject_unknown(load_scenarios())


def test_every_scenario_is_a_file_that_is_loaded() -> None:
    assert sorted(i.id for i in load_scenarios()) == sorted(path.stem for path in (ROOT / SCENARIOS).iterdir())
