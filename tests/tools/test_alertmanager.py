"""Labels reach Alertmanager as they are, whatever they hold, and each set gets its own answer."""

import pytest

from resilience.tools.alertmanager import receivers
from resilience.tools.errors import RehearsalError

VALUES = ["two words", 'say "a"', "back\\slash", "a,b=c", "é{}", ""]


def quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def test_a_route_for_a_value_gets_the_alert_with_that_value() -> None:
    below = [{"receiver": f"mine {value}", "matchers": [f'name="{quoted(value)}"']} for value in VALUES]

    found = receivers(
        {"receiver": "others", "routes": below}, [{"name": one + dot} for one in VALUES for dot in ("", ".")]
    )

    assert found == [[receiver] for value in VALUES for receiver in (f"mine {value}", "others")]


def test_a_set_that_is_asked_twice_or_has_no_labels_is_answered_too() -> None:
    below = [
        {"receiver": "first", "matchers": ['name="a"'], "continue": True, "active_time_intervals": ["day"]},
        {"receiver": "second", "matchers": ['name="a"']},
    ]

    found = receivers({"receiver": "others", "routes": below}, [{"name": "a"}, {}, {"name": "a"}])

    assert found == [["first", "second"], ["others"], ["first", "second"]]


def test_a_tree_that_alertmanager_rejects_is_reported() -> None:
    with pytest.raises(RehearsalError, match="bad matcher format"):
        receivers({"receiver": "others", "routes": [{"receiver": "mine", "matchers": ["name~a"]}]}, [{}])
