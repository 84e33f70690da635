"""One look: three tries before it counts, who explains whom, and whether it is us who are cut off."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from probe.fetch import Failure, Phase, Request, Response
from probe.messages import lasting
from probe.probing import probe_all
from probe.targets import OwnerHours, Plan

PLAN = Plan.load()
SECRETS = {"CF-Access-Client-Secret": "canary"}
REFUSED = Failure(Phase.CONNECT, "the connection is refused", 0.0)


def good(request: Request, days: float | None = None) -> Response:
    body = b'{"meta":{"total_count":7}}' if "findings" in request.url else b"{}"
    return Response(200, {}, body, whole=True, seconds=0.1, days=days)


def kinds(
    fetch: Callable[[Request], Response | Failure], waits: list[float] | None = None
) -> dict[str, tuple[str, bool]] | None:
    """Kind of each target, and whether another explains it."""
    pauses = waits if waits is not None else []
    results = probe_all(PLAN, SECRETS, fetch, pauses.append)
    return results if results is None else {one.target.name: (one.diagnosis.kind, one.explained) for one in results}


WELL = {"production-ready": ("healthy", False), "production-data": ("healthy", False), "dev-ready": ("healthy", False)}


def test_when_all_is_well_each_target_is_asked_once_and_no_control_address() -> None:
    asked: list[str] = []

    def fetch(request: Request) -> Response:
        asked.append(request.url)
        return good(request)

    assert kinds(fetch) == WELL
    assert sorted(asked) == sorted(target.url for target in PLAN.targets)


@pytest.mark.parametrize(("failures", "kind"), [(1, "healthy"), (2, "healthy"), (3, "origin-down")])
def test_two_failures_are_a_blip_and_three_are_none(failures: int, kind: str) -> None:
    tries: list[str] = []

    def fetch(request: Request) -> Response | Failure:
        tries.append(request.url)
        return REFUSED if "dev." in request.url and tries.count(request.url) <= failures else good(request)

    waits: list[float] = []
    assert kinds(fetch, waits) == WELL | {"dev-ready": (kind, False)}
    assert sorted(waits)[3:] == [1.0, 3.0][:failures]


def test_the_end_of_a_certificate_is_no_blip_and_is_told_by_one_target_of_an_environment() -> None:
    asked: list[str] = []

    def fetch(request: Request) -> Response:
        asked.append(request.url)
        return good(request, days=3 if "app." in request.url else None)

    assert kinds(fetch) == WELL | {"production-ready": ("certificate-urgent", False)}
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("answer", "explained"),
    [
        pytest.param(lambda request: replace(good(request), status=503), True, id="what is degraded explains it"),
        pytest.param(lambda _: REFUSED, True, id="what is down explains it"),
        pytest.param(lambda request: good(request, days=10), False, id="an old certificate explains nothing"),
        pytest.param(lambda request: replace(good(request), seconds=4.0), False, id="slowness explains nothing"),
    ],
)
def test_the_data_of_a_platform_that_fails_is_explained_by_it(
    answer: Callable[[Request], Response | Failure],
    explained: bool,  # a column
) -> None:
    def fetch(request: Request) -> Response | Failure:
        return answer(request) if request.url.endswith("app.securityv0.com/ready") else good(request)

    found = kinds(fetch)
    assert found is not None
    assert (found["production-data"], found["dev-ready"]) == (("healthy", explained), ("healthy", False))


def test_a_prober_to_which_nothing_answers_is_offline_and_concludes_nothing() -> None:
    assert kinds(lambda _: REFUSED) is None


def test_one_control_address_that_answers_anything_makes_it_an_outage() -> None:
    def fetch(request: Request) -> Response | Failure:
        return replace(good(request), status=500) if request.url == PLAN.control[1] else REFUSED

    assert kinds(fetch) == dict.fromkeys(WELL, ("origin-down", False)) | {"production-data": ("origin-down", True)}


def test_an_error_page_is_an_answer_and_no_control_address_is_asked() -> None:
    asked: list[str] = []

    def fetch(request: Request) -> Response:
        asked.append(request.url)
        return replace(good(request), status=500)

    assert kinds(fetch) is not None
    assert set(asked) == {target.url for target in PLAN.targets}


def test_credentials_go_to_the_targets_and_not_to_the_control_addresses() -> None:
    given: dict[str, bool] = {}

    def fetch(request: Request) -> Failure:
        given[request.url] = "canary" in request.headers.values()
        return REFUSED

    kinds(fetch)

    assert given == dict.fromkeys((one.url for one in PLAN.targets), True) | dict.fromkeys(PLAN.control, False)


def test_the_worst_look_ends_before_25_seconds() -> None:
    tries = 1 + len(PLAN.pauses)

    assert tries * PLAN.deadline + sum(PLAN.pauses) + 3.0 < 25  # the control addresses get 3 s


@pytest.mark.parametrize(
    ("moment", "hold"),
    [
        pytest.param(datetime(2026, 11, 30, 7, 59, tzinfo=UTC), False, id="Monday, 8:59"),
        pytest.param(datetime(2026, 11, 30, 8, 0, tzinfo=UTC), True, id="Monday, 9:00"),
        pytest.param(datetime(2026, 11, 30, 16, 59, tzinfo=UTC), True, id="Monday, 17:59"),
        pytest.param(datetime(2026, 11, 30, 17, 0, tzinfo=UTC), False, id="Monday, 18:00"),
        pytest.param(datetime(2026, 12, 5, 11, 0, tzinfo=UTC), False, id="Saturday noon"),
        pytest.param(datetime(2026, 7, 6, 7, 0, tzinfo=UTC), True, id="9:00 in summer"),
    ],
)
def test_business_hours_are_those_of_the_owner_s_clock(moment: datetime, hold: bool) -> None:  # a column
    assert OwnerHours("Europe/Berlin", "monday:friday", "09:00", "18:00").hold(moment) is hold


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(0, "0 min"), (59, "59 min"), (60, "1 h"), (92, "1 h 32 min"), (1440, "1 d"), (3120, "2 d 4 h")],
)
def test_durations_are_for_people(minutes: int, text: str) -> None:
    assert lasting(timedelta(minutes=minutes)) == text
