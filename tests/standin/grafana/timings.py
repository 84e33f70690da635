"""Grafana: time intervals, mute and active alike (grafana-provider.md 2.11)."""

import re

from tests.standin.grafana import names
from tests.standin.surfaces import GRAFANA
from tests.standin.wire import Json, Reply, StandinRequest, reject

_TIMINGS = "/api/v1/provisioning/mute-timings"
_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")


def _timing(request: StandinRequest) -> Json:
    found: Json | None = request.grafana["timings"].get(request.names["name"])
    return found or reject(404, "mute timing not found")


def _check(wanted: Json) -> None:
    for interval in wanted.get("time_intervals") or []:
        for time in interval.get("times") or []:
            _check_time(time)
        for days in interval.get("weekdays") or []:
            _check_days(days)


def _check_time(time: Json) -> None:
    for key in ("start_time", "end_time"):
        if not _CLOCK.fullmatch(time.get(key) or ""):
            reject(400, f"couldn't parse timestamp {time.get(key)}, invalid format")
    if time["start_time"] >= time["end_time"]:
        reject(400, "start time cannot be equal or greater than end time")


def _check_days(days: str) -> None:
    ends = days.lower().split(":")
    if not set(ends) <= set(_DAYS) or _DAYS.index(ends[0]) > _DAYS.index(ends[-1]):
        reject(400, f"{days} is not a valid weekday range")


@GRAFANA("GET", _TIMINGS)
def list_timings(request: StandinRequest) -> list[Json]:
    return list(request.grafana["timings"].values())


@GRAFANA("POST", _TIMINGS)
def create(request: StandinRequest) -> Reply:
    wanted, timings = request.fields("name"), request.grafana["timings"]
    if wanted["name"] in timings:
        known = "alerting.notifications.time-intervals.nameExists"
        reject(400, "a time interval with this name already exists", messageId=known)
    _check(wanted)
    kept = {"name": wanted["name"], "time_intervals": wanted.get("time_intervals") or []}
    timings[wanted["name"]] = kept | {"provenance": request.provenance}
    return Reply(201, timings[wanted["name"]])


@GRAFANA("GET", f"{_TIMINGS}/{{name}}")
def read(request: StandinRequest) -> Json:
    return _timing(request)


@GRAFANA("PUT", f"{_TIMINGS}/{{name}}")
def update(request: StandinRequest) -> Reply:
    timing, wanted = _timing(request), request.fields()
    _check(wanted)
    timing["time_intervals"] = wanted.get("time_intervals") or []
    return Reply(202, timing)


@GRAFANA("DELETE", f"{_TIMINGS}/{{name}}")
def delete(request: StandinRequest) -> Reply:
    timing = _timing(request)
    if any(timing["name"] in names.used(request.grafana, key) for key in names.TIMINGS):
        used = "alerting.notifications.time-intervals.used"
        reject(409, "Time interval is used by a notification policy or alert rule", messageId=used)
    del request.grafana["timings"][timing["name"]]
    return Reply(204)
