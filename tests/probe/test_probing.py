"""Three tries before a failure counts, which target explains which, and whether the prober is offline."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from probe.fetch import FetchFailure, Phase, Request, Response
from probe.messages import duration_text
from probe.probing import probe_all
from probe.targets import OwnerHours
from tests.probe.plan import PLAN, READY

SECRETS = {"CF-Access-Client-Secret": "canary"}
UNREACHABLE = FetchFailure(Phase.CONNECT, "connection refused", 0.0)


def good(request: Request, days: float | None = None) -> Response:
    body = b'{"meta":{"total_count":7}}' if "findings" in request.url else b"{}"
    return Response(200, {}, body, whole=True, seconds=0.1, days=days)


def kinds(
    fetch: Callable[[Request], Response | FetchFailure], waits: list[float] | None = None
) -> dict[str, tuple[str, bool]] | None:
    """Kind of each target, and whether another explains it."""
    pauses = waits if waits is not None else []
    results = probe_all(PLAN, SECRETS, fetch, pauses.append)
    return results if results is None else {one.target.name: (one.diagnosis.kind, one.explained) for one in results}


HEALTHY = {
    "production-ready": ("healthy", False),
    "production-data": ("healthy", False),
    "dev-ready": ("healthy", False),
}


def test_a_healthy_platform_gets_one_request_for_each_target_and_no_control_address_gets_one() -> None:
    asked: list[str] = []

    def fetch(request: Request) -> Response:
        asked.append(request.url)
        return good(request)

    assert kinds(fetch) == HEALTHY
    assert sorted(asked) == sorted(target.url for target in PLAN.targets)


@pytest.mark.parametrize(("failures", "kind"), [(1, "healthy"), (2, "healthy"), (3, "origin-down")])
def test_two_failures_do_not_count_and_three_do(failures: int, kind: str) -> None:
    tries: list[str] = []

    def fetch(request: Request) -> Response | FetchFailure:
        tries.append(request.url)
        return UNREACHABLE if "dev." in request.url and tries.count(request.url) <= failures else good(request)

    waits: list[float] = []
    assert kinds(fetch, waits) == HEALTHY | {"dev-ready": (kind, False)}
    assert sorted(waits)[3:] == [1.0, 3.0][:failures]


def test_an_expiring_certificate_counts_at_once_and_one_target_of_an_environment_reports_it() -> None:
    asked: list[str] = []

    def fetch(request: Request) -> Response:
        asked.append(request.url)
        return good(request, days=3 if "app." in request.url else None)

    assert kinds(fetch) == HEALTHY | {"production-ready": ("certificate-urgent", False)}
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("respond", "explained"),
    [
        pytest.param(lambda request: replace(good(request), status=503), True, id="a degraded platform explains it"),
        pytest.param(lambda _: UNREACHABLE, True, id="a platform that is down explains it"),
        pytest.param(lambda request: good(request, days=10), False, id="an old certificate explains nothing"),
        pytest.param(lambda request: replace(good(request), seconds=4.0), False, id="slowness explains nothing"),
    ],
)
def test_a_failing_platform_explains_its_data(
    respond: Callable[[Request], Response | FetchFailure],
    explained: bool,  # a column
) -> None:
    def fetch(request: Request) -> Response | FetchFailure:
        return respond(request) if request.url == READY.url else good(request)

    found = kinds(fetch)
    assert found is not None
    assert (found["production-data"], found["dev-ready"]) == (("healthy", explained), ("healthy", False))


def test_a_prober_without_any_response_is_offline_and_concludes_nothing() -> None:
    assert kinds(lambda _: UNREACHABLE) is None


def test_one_control_address_that_answers_makes_it_an_outage() -> None:
    def fetch(request: Request) -> Response | FetchFailure:
        return replace(good(request), status=500) if request.url == PLAN.control[1] else UNREACHABLE

    assert kinds(fetch) == dict.fromkeys(HEALTHY, ("origin-down", False)) | {"production-data": ("origin-down", True)}


def test_an_error_page_is_a_response_and_no_control_address_gets_a_request() -> None:
    asked: list[str] = []

    def fetch(request: Request) -> Response:
        asked.append(request.url)
        return replace(good(request), status=500)

    assert kinds(fetch) is not None
    assert set(asked) == {target.url for target in PLAN.targets}


def test_credentials_go_to_the_targets_and_not_to_the_control_addresses() -> None:
    given: dict[str, bool] = {}

    def fetch(request: Request) -> FetchFailure:
        given[request.url] = "canary" in request.headers.values()
        return UNREACHABLE

    kinds(fetch)

    assert given == dict.fromkeys((one.url for one in PLAN.targets), True) | dict.fromkeys(PLAN.control, False)


def test_the_slowest_run_of_probes_ends_before_25_seconds() -> None:
    tries = 1 + len(PLAN.pauses)

    assert tries * PLAN.deadline + sum(PLAN.pauses) + 3.0 < 25  # the control addresses get 3 s


@pytest.mark.parametrize(
    ("moment", "contained"),
    [
        pytest.param(datetime(2026, 11, 30, 7, 59, tzinfo=UTC), False, id="Monday, 8:59"),
        pytest.param(datetime(2026, 11, 30, 8, 0, tzinfo=UTC), True, id="Monday, 9:00"),
        pytest.param(datetime(2026, 11, 30, 16, 59, tzinfo=UTC), True, id="Monday, 17:59"),
        pytest.param(datetime(2026, 11, 30, 17, 0, tzinfo=UTC), False, id="Monday, 18:00"),
        pytest.param(datetime(2026, 12, 5, 11, 0, tzinfo=UTC), False, id="Saturday noon"),
        pytest.param(datetime(2026, 7, 6, 7, 0, tzinfo=UTC), True, id="9:00 in summer"),
    ],
)
def test_business_hours_are_those_of_the_owner_s_clock(moment: datetime, contained: bool) -> None:  # a column
    assert OwnerHours("Europe/Berlin", "monday:friday", "09:00", "18:00").contains(moment) is contained


@pytest.mark.parametrize(
    ("weekdays", "days"),
    [
        ("sunday:thursday", ["Sun", "Mon", "Tue", "Wed", "Thu"]),
        ("wednesday", ["Wed"]),
    ],
)
def test_sunday_is_the_first_day_of_a_week_as_in_the_catalogue(weekdays: str, days: list[str]) -> None:
    hours = OwnerHours("UTC", weekdays, "09:00", "18:00")
    week = [datetime(2026, 11, 1 + day, 12, tzinfo=UTC) for day in range(7)]

    assert [f"{moment:%a}" for moment in week if hours.contains(moment)] == days


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(0, "0 min"), (59, "59 min"), (60, "1 h"), (92, "1 h 32 min"), (1440, "1 d"), (3120, "2 d 4 h")],
)
def test_durations_are_written_as_people_write_them(minutes: int, text: str) -> None:
    assert duration_text(timedelta(minutes=minutes)) == text


@pytest.mark.parametrize("day", [27, 28])
def test_hours_that_cannot_be_read_are_found_on_every_day_of_the_week(day: int) -> None:
    hours = OwnerHours("Europe/Berlin", "monday:friday", "nine", "18:00")

    with pytest.raises(ValueError, match="nine"):
        hours.contains(datetime(2026, 11, day, 12, tzinfo=UTC))
