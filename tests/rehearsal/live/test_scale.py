"""Scaling divides every duration of the Alertmanager configuration, and changes nothing else."""

import pytest

from resilience.rehearsal.live.scale import scale_alertmanager
from resilience.tools.errors import RehearsalError


def test_a_wait_below_a_millisecond_names_the_route() -> None:
    route = {"receiver": "a", "matchers": ['tier="P1"'], "group_wait": "1s"}

    with pytest.raises(RehearsalError) as caught:
        scale_alertmanager({"route": route}, 2000)

    assert str(caught.value) == (
        'route to "a" of tier="P1": 1s at speed 2000 is shorter than 1ms; rehearse at a lower --speed'
    )


def test_routes_are_scaled_at_every_depth() -> None:
    child = {"receiver": "b", "group_wait": "30s", "repeat_interval": "1d"}
    config = {
        "global": {"resolve_timeout": "5m"},
        "route": {"receiver": "a", "group_interval": "5m", "routes": [child]},
    }

    assert scale_alertmanager(config, 60) == {
        "global": {"resolve_timeout": "5s"},
        "route": {
            "receiver": "a",
            "group_interval": "5s",
            "routes": [{"receiver": "b", "group_wait": "500ms", "repeat_interval": "24m"}],
        },
    }


def test_no_wait_stays_no_wait() -> None:
    assert scale_alertmanager({"route": {"receiver": "a", "group_wait": "0s"}}, 60)["route"]["group_wait"] == "0s"
