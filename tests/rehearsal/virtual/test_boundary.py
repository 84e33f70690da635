"""Each number of each alert is pinned: a scenario just past it fires, one just short of it does not."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from resilience.core.conventions import WATCHDOG
from resilience.core.problems import BadInputError
from resilience.core.yaml_files import read_own
from resilience.model.catalogue import ROOT, Catalogue
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.virtual import storage
from resilience.rehearsal.virtual.boundary import (
    BOUNDARIES,
    Boundaries,
    Trials,
    incomplete,
    load_boundaries,
    numbers_of,
)
from tests import windows
from tests.mutation.numbers import DECLARED, NumberMutant, broken_sides, number_mutants

# The watchdog compares nothing.
ALERTS = {alert.id: alert for alert in Catalogue.load().alerts if alert.id != WATCHDOG}
LOADED = load_boundaries()
MUTANTS = [mutant for name, alert in ALERTS.items() for mutant in number_mutants(alert, LOADED[name])]


def test_every_number_of_every_alert_has_a_boundary_or_a_reason() -> None:
    assert set(LOADED) == set(ALERTS)
    assert [str(one) for alert in ALERTS.values() for one in incomplete(alert, LOADED.get(alert.id))] == []


@pytest.fixture(scope="module", name="broken")
def _broken(declared: Exported) -> Iterator[Callable[[str], dict[str, list[str]]]]:
    """What breaks of an alert's boundaries, as declared and with each mutant; they run once, together.

    They lie one sample apart, as much as windows of Prometheus 2 differ: there they are left out.
    """
    windows.demand("prometheus")
    with storage.started() as prometheus:
        trials = Trials(prometheus)
        yield cache(lambda name: broken_sides(trials, declared, ALERTS[name], LOADED[name]))


@pytest.mark.parametrize("name", ALERTS)
def test_the_boundaries_of_an_alert_hold(broken: Callable[[str], dict[str, list[str]]], name: str) -> None:
    wrong = broken(name)[DECLARED]

    assert wrong == [], f"{BOUNDARIES}/{name}.yaml: set its faults just past and just short of the alert's new numbers"


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_another_number_breaks_a_boundary(broken: Callable[[str], dict[str, list[str]]], mutant: NumberMutant) -> None:
    assert broken(mutant.alert.id)[str(mutant)] != []


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Callable[[dict[str, Any]], Path]:
    def write(content: dict[str, Any]) -> Path:
        (tmp_path / "queue-backing-up.yaml").write_text(yaml.safe_dump(content), "utf-8")
        return tmp_path

    return write


GOOD: dict[str, Any] = read_own((ROOT / BOUNDARIES / "queue-backing-up.yaml").read_text("utf-8"))


def test_a_number_without_a_boundary_and_a_boundary_without_a_number_are_found() -> None:
    raw = {
        **GOOD,
        "without": {"window": "it has none"},
        "boundaries": [one | {"pins": [*{*one["pins"]} - {"threshold"}] or ["for"]} for one in GOOD["boundaries"]],
    }
    found = incomplete(ALERTS["queue-backing-up"], Boundaries.model_validate(_placed(raw)))

    assert [str(one) for one in found] == [
        (
            f'{BOUNDARIES}/queue-backing-up.yaml: boundaries: nothing pins "threshold"; '
            "write what fires just past it, and what does not"
        ),
        f"{BOUNDARIES}/queue-backing-up.yaml: window: is no number of the alert; write one of for, seen_for, threshold",
    ]


def _placed(raw: dict[str, Any]) -> dict[str, Any]:
    raw = deepcopy(raw)
    for boundary in raw["boundaries"]:
        for side in ("fires", "quiet"):
            boundary[side] = [{"environment": "production", **fault} for fault in boundary[side]]
    return raw


def test_an_alert_without_boundaries_is_found() -> None:
    assert [one.what for one in incomplete(ALERTS["queue-backing-up"], None)] == ["is missing"]


@pytest.mark.parametrize(
    ("spoilt", "problem"),
    [
        ({"alert": "queue-baking-up"}, 'alert: "queue-baking-up" differs from the name of the file; rename one'),
        ({"boundaries": []}, "boundaries: a list is not right; write at least one entry"),
        ({"boundaries": ["x"]}, 'boundaries[0]: "x" is not right; write keys with values'),
        ({"boundaries": 5}, 'boundaries: "5" is not right; write a list'),
        ({"boundaries": [GOOD["boundaries"][0] | {"fires": 5}]}, 'boundaries[0].fires: "5" is not right; write a list'),
        ({"without": {"threshold": "x"}}, "without.threshold: a boundary pins it too; remove one"),
        (
            {"boundaries": [GOOD["boundaries"][0] | {"step": "1w", "length": "30m"}]},
            "boundaries[0]: 1w is beyond the length 30m; write a longer one",
        ),
        (
            {"boundaries": [{"pins": ["threshold"], "fires": []}]},
            "boundaries[0].quiet: is missing; write it",
        ),
        ({"bounds": []}, "bounds: unknown key; remove it, or correct its spelling"),
    ],
)
def test_a_file_that_is_wrong_is_reported(
    folder: Callable[[dict[str, Any]], Path], spoilt: dict[str, Any], problem: str
) -> None:
    with pytest.raises(BadInputError) as rejected:
        load_boundaries(folder(GOOD | spoilt))

    assert f"{BOUNDARIES}/queue-backing-up.yaml: {problem}" in str(rejected.value).splitlines()


def test_a_pending_time_of_nothing_needs_no_boundary() -> None:
    assert "for" not in numbers_of(ALERTS["crash-looping"])
    assert "for" in numbers_of(ALERTS["queue-backing-up"])
