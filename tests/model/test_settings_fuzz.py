"""Whatever the settings hold: good settings, or problems of one line each that show no secret."""

from copy import deepcopy
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from resilience.core.problems import BadInputError, Problem
from resilience.model.settings import StackSettings

FILE = "Pulumi.test.yaml"
CANARY = "glsa_CanaryCanaryCanary0123456789_deadbeef"
KEYS = ("environment", "shared", "runbooks", "grafana", "github", "team", "uptime", "credentials", "api_url", "name")
GOOD: dict[str, Any] = {
    "environment": "production",
    "shared": True,
    "runbooks": "https://example.com/runbooks",
    "grafana": {"org": "acme", "stack": "acme", "name": "Acme", "region": "prod-eu-west-2", "adopt": False},
    "github": {"owner": "acme", "repositories": ["infra"], "secret_scope": "environment"},
    "team": [{"member": "ann", "role": "Admin", "joined": True}],
    "uptime": {"url": "https://app.example.com"},
    "retired_connectors": ["okta"],
    "credentials": [{"name": "tunnel", "expires": "2027-03-01T00:00:00Z"}],
    "retries": 3,
}

leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.just(CANARY)
    | st.datetimes().map(lambda moment: moment.isoformat())
    | st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat())
)
names = st.sampled_from(KEYS) | st.text(max_size=10) | st.just(CANARY)
jsonlike = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4), max_leaves=8
)


@st.composite
def nearly_good(draw: st.DrawFn) -> Any:
    """Good settings, with up to four values replaced, added or taken away at any depth."""
    raw = deepcopy(GOOD)
    for _ in range(draw(st.integers(min_value=1, max_value=4))):
        _spoil(draw, raw)
    return raw


def _spoil(draw: st.DrawFn, raw: Any) -> None:
    place = raw
    while inside := [value for value in _children(place) if isinstance(value, dict | list)]:
        if draw(st.booleans()):
            break
        place = draw(st.sampled_from(inside))
    if isinstance(place, list):
        place.insert(draw(st.integers(min_value=0, max_value=len(place))), draw(jsonlike))
    elif draw(st.integers(min_value=0, max_value=4)) == 0 and place:
        del place[draw(st.sampled_from(sorted(place)))]
    else:
        place[draw(st.sampled_from(sorted(place)) | names if place else names)] = draw(jsonlike)


def _children(place: Any) -> list[Any]:
    return list(place.values()) if isinstance(place, dict) else list(place)


def _rejected(raw: object) -> tuple[Problem, ...]:
    try:
        StackSettings.load(raw, FILE)
    except BadInputError as rejected:
        assert str(rejected) == "\n".join(map(str, rejected.problems)) != ""  # noqa: PT017  # being accepted is right as well
        return rejected.problems
    return ()


def _check(raw: object) -> None:
    for problem in _rejected(raw):
        assert problem.file == FILE
        assert all((problem.path, problem.what, problem.instead))
        assert str(problem).splitlines() == [str(problem)]
        assert CANARY not in str(problem)


@given(nearly_good())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(GOOD | {"grafana": GOOD["grafana"] | {"name": "a\ud800"}})
@example(GOOD | {"retries": float("nan")})
def test_nearly_good_settings_are_accepted_or_rejected_in_whole_lines(raw: Any) -> None:
    _check(raw)


@given(jsonlike)
@settings(max_examples=75, deadline=None)
def test_anything_at_all_is_accepted_or_rejected_in_whole_lines(raw: Any) -> None:
    _check(raw)
