"""Incidents are read strictly: every fault of a file, in words, before anything starts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from resilience.rehearsal.errors import RehearsalError
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.incident import FOLDER, Incident, load_incident, load_incidents

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


def test_a_good_incident_is_read(tmp_path: Path, good_incident: Good) -> None:
    read = load_incident(written(tmp_path, good_incident()))

    assert (read.length, read.expect[0].arrival, read.benign) == (1800.0, (420.0, 600.0), False)


@pytest.mark.parametrize(
    ("spoiled", "fault"),
    [
        ({"version": 2}, "version: Input should be 1"),
        ({"lenght": "30m"}, "lenght: Extra inputs are not permitted"),
        ({"length": "30"}, 'length: "30" is not a duration; write it like "90s", "5m" or "1h30m"'),
        ({"length": "-5m"}, "length: Input should be greater than 0"),
        ({"length": 30}, 'length: "30" is not a duration; write it as text with a unit, like "5m"'),
        ({"length": "half an hour"}, 'length: "half an hour" is not a duration; write it like "90s", "5m" or "1h30m"'),
        ({"length": "9m"}, "incident: length 9m00s is shorter than 10m00s in it"),
        ({"hours": {"opens_at": "0s"}}, "hours.Night.opens_at: Input should be greater than 0"),
        ({"faults": [QUEUE | {"kind": "flood"}]}, "faults.0: Input tag 'flood' found using 'kind' does not match"),
        ({"faults": [QUEUE | {"depth": -1}]}, "faults.0.queue.depth: Input should be greater than or equal to 0"),
        ({"faults": [QUEUE | {"from": "5m", "until": "5m"}]}, "faults.0.queue: until must be later than from"),
        ({"faults": [QUEUE, QUEUE | {"from": "5m"}]}, "incident: two queue faults overlap from 5m00s"),
        (
            {"faults": [{"kind": "errors", "environment": "dev", "share": 1, "per_minute": 2}]},
            "faults.0.errors: errors needs exactly one of share and per_minute",
        ),
        ({"faults": [{"kind": "slack", "status": 418}]}, "faults.0.slack.status: Input should be 429, 500 or 503"),
        (
            {"expect": [WANTED, WANTED]},
            "incident: expect names queue-backing-up (production) as P2 2 times; write one entry",
        ),
        (
            {"expect": [WANTED | {"firing": ["10m", "7m"]}]},
            "expect.0.firing: a window is [earliest, latest] since zero, and earliest comes first",
        ),
        ({"expect": [WANTED | {"channel": "random"}]}, "expect.0.channel: Input should be 'alerts' or 'deploys'"),
        (
            {"expect": [WANTED | {"resolved": ["9m", "20m"]}]},
            "expect.0: resolved begins before firing's window ends",
        ),
        ({"expect": [WANTED | {"delivered": ["1m", "20m"]}]}, "expect.0: delivered begins before firing"),
        ({"id": "other"}, 'id: "other" differs from the file name; write "queue"'),
    ],
)
def test_a_fault_is_told_with_its_place(
    tmp_path: Path, good_incident: Good, spoiled: dict[str, Any], fault: str
) -> None:
    path = written(tmp_path, good_incident(**spoiled))

    with pytest.raises(RehearsalError) as caught:
        load_incident(path)

    assert f"{path}: {fault}" in str(caught.value)


def test_faults_of_all_files_are_told_at_once(tmp_path: Path, good_incident: Good) -> None:
    written(tmp_path, good_incident(version=2, length="x"))
    (tmp_path / "broken.yaml").write_text("a: b: c", "utf-8")

    with pytest.raises(RehearsalError) as caught:
        load_incidents(tmp_path)

    told = str(caught.value)
    assert "broken.yaml: cannot be read as YAML" in told
    assert "queue.yaml: version" in told
    assert "queue.yaml: length" in told


def test_a_folder_without_incidents_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RehearsalError, match="no incident"):
        load_incidents(tmp_path)


def test_an_alert_that_no_rule_has_is_refused(declared: Exported, good_incident: Good) -> None:
    unknown = Incident.model_validate(good_incident(expect=[WANTED | {"alert_id": "queue-baking-up"}]))

    with pytest.raises(RehearsalError, match=r'no exported rule is "queue-baking-up \(production\)"'):
        declared.refuse_unknown((unknown,))


def test_every_incident_of_ours_is_known_to_the_export(declared: Exported) -> None:
    declared.refuse_unknown(load_incidents())


def test_every_incident_is_a_file_that_is_loaded() -> None:
    assert sorted(i.id for i in load_incidents()) == sorted(path.stem for path in FOLDER.iterdir())
