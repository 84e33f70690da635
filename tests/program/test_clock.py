"""The program asks for the time once: what has ended is left out, on the other side of the moment it is declared."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from resilience.core.yaml_files import read_yaml
from resilience.export.files import as_yaml
from resilience.manifest import Manifest, declare, types
from resilience.manifest.rules import declared_rules
from resilience.model.dated import clock
from resilience.model.dated.calibration import KEY
from resilience.model.dated.maintenance import FILE
from tests.stack_files import own, settings_of, stack_text, write_checkout

SECOND, DAY = timedelta(seconds=1), datetime(2027, 3, 2, tzinfo=UTC)
END = DAY + timedelta(minutes=30)
WORK = {
    "name": "disk",
    "begins": "2027-03-01T22:00:00Z",
    "ends": "2027-03-02T00:30:00Z",
    "environments": ["production"],
    "alerts": ["queue-backing-up"],
    "reason": "A new disk",
}
DeclareAt = Callable[[datetime | None], Manifest]


@pytest.fixture(name="at", scope="module")
def _at(tmp_path_factory: pytest.TempPathFactory, lent_catalogue: Path) -> DeclareAt:
    """What production declares at a moment, with a window that ends at 0:30 and a trial that ended at 0:00."""
    root = tmp_path_factory.mktemp("checkout")
    write_checkout(root, "production", stack_text(settings_of("production")))
    (root / "catalogue").unlink()
    (root / "catalogue").symlink_to(lent_catalogue)
    own(root, FILE).write_text(yaml.safe_dump({"version": 1, "windows": [WORK]}), "utf-8")
    worker = own(root, "catalogue/alerts/worker.yaml")
    alerts: dict[str, Any] = read_yaml(worker, worker.name)
    alerts["alerts"][0][KEY] = DAY.date()
    worker.write_text(as_yaml(alerts), "utf-8")

    @cache
    def declared(moment: datetime | None) -> Manifest:
        with clock.standing(moment):
            return declare("production", root)

    return declared


def timings(manifest: Manifest) -> list[str]:
    return [one.inputs["name"] for one in manifest.of_type(types.MUTE_TIMING) if "maintenance" in one.name]


def tree(manifest: Manifest) -> str:
    return str(manifest.of_type(types.NOTIFICATION_POLICY)[0].inputs)


def on_trial(manifest: Manifest) -> list[str]:
    return [rule.labels["alert_id"] for rule in declared_rules([manifest]) if "calibrating" in rule.labels]


def test_a_window_is_declared_before_its_end_and_left_out_from_it_on(at: DeclareAt) -> None:
    before, after = at(END - SECOND), at(END)

    assert timings(before) == ["maintenance-disk"]
    assert "maintenance-disk" in tree(before)
    assert timings(after) == []
    # As if it had never been announced, nor the alert been on trial.
    with clock.standing(clock.NOTHING_ANNOUNCED):
        assert after == declare("production")


def test_an_alert_is_on_trial_before_its_day_and_real_from_it_on(at: DeclareAt) -> None:
    before, after = at(DAY - SECOND), at(DAY)
    (rule,) = [one for one in declared_rules([before]) if one.labels["alert_id"] == "queue-backing-up"]

    assert on_trial(before) == ["queue-backing-up"]
    assert rule.inputs["annotations"]["response"].startswith("This alert is on trial, so nobody is called.")
    assert on_trial(after) == []


def test_what_is_declared_stays_the_same_between_two_moments(at: DeclareAt) -> None:
    assert at(DAY) == at(END - SECOND)
    assert at(DAY - timedelta(days=3)) == at(None) == at(DAY - SECOND)


def test_a_trial_that_is_too_long_is_rejected_before_anything_is_declared(at: DeclareAt) -> None:
    with pytest.raises(pulumi.RunError) as rejected:
        at(DAY - timedelta(days=32))

    assert str(rejected.value) == (
        "catalogue/alerts/worker.yaml: alerts[0].calibrating_until: "
        '"2027-03-02" is more than 31 days ahead; write 2027-03-01 or an earlier day'
    )
