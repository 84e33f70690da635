"""A gauge that only an event refreshes stands still when events stop."""

from collections.abc import Callable

import pytest

from resilience.lint.event_gauge_unguarded import LINT

Judge = Callable[..., list[str]]


@pytest.mark.parametrize(
    "expr",
    [
        pytest.param('depth{environment="production"} > 5', id='another gauge'),
        pytest.param('max by (thing) (changes(age{environment="production"}[2h]))', id='its movement alone'),
        pytest.param('age{environment="production"} > 9 and changes(age{environment="production"}[15m]) > 0', id='guarded by and'),
        pytest.param('changes(age{environment="production"}[15m]) > 0 and age{environment="production"} > 9', id='guarded on the left'),
        pytest.param('age{environment="production"} unless changes(age{environment="production"}[15m]) == 0', id='guarded by unless'),
        pytest.param('max_over_time((timestamp(age{environment="production"}) - 60 * age{environment="production"} unless (changes(age{environment="production"}[15m]) == 0 and age{environment="production"} offset 15m))[1d:5m]) > 1', id='guarded inside a subquery'),
        pytest.param('age{environment="production"} > 9 or time() - done{environment="production"} > 540', id='another series of the same thing'),
        pytest.param('depth{environment="production"} > 5 and on (environment) age{environment="production"}', id='only its existence matters'),
        pytest.param('group by (thing) (age{environment="production"}) and count by (thing) (age{environment="production"})', id='grouped and counted'),
        pytest.param('absent(age{environment="production"})', id='its absence'),
    ],
)
def test_it_stays_quiet(judge: Judge, expr: str) -> None:
    assert judge(LINT, expr=expr) == []


@pytest.mark.parametrize(
    ("expr", "said"),
    [
        pytest.param('age{environment="production"}', '"age" is compared, but only an event refreshes it: it stands still when events stop; ask changes(age[…]) as well, as connector-stale does', id='the threshold of the rule compares it'),
        pytest.param('max(age{environment="production"}) > 1440', '"age" is compared, but only an event refreshes it: it stands still when events stop; ask changes(age[…]) as well, as connector-stale does', id='a comparison'),
        pytest.param('up{environment="production"} and on (environment) (age{environment="production"} > 1440)', '"age" is compared, but only an event refreshes it: it stands still when events stop; ask changes(age[…]) as well, as connector-stale does', id='a comparison behind and'),
        pytest.param('timestamp(age{environment="production"}) - 60 * age{environment="production"} > 5', '"age" is compared, but only an event refreshes it: it stands still when events stop; ask changes(age[…]) as well, as connector-stale does', id='the scrape time is no guard'),
        pytest.param('age{environment="production"} > 9 or depth{environment="production"} > 5', '"age" is compared, but only an event refreshes it: it stands still when events stop; ask changes(age[…]) as well, as connector-stale does', id='another thing is no guard'),
        pytest.param('age{environment="production"} > 9 and on (environment) up{environment="production"} == 1', '"age" is compared, but only an event refreshes it: it stands still when events stop; ask changes(age[…]) as well, as connector-stale does', id='that the API answers is no guard'),
        pytest.param('age{environment="production"} > 9 and changes(done{environment="production"}[15m]) > 0', '"age" is compared, but only an event refreshes it: it stands still when events stop; ask changes(age[…]) as well, as connector-stale does', id='the movement of another gauge is no guard'),
    ],
)
def test_it_fires(judge: Judge, expr: str, said: str) -> None:
    assert judge(LINT, expr=expr) == [f"stack production: too-hot.expr: {said} [event-gauge-unguarded]"]
