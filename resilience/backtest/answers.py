"""What a query returned at each tick of days: asked in parts that an API answers, and kept so that a run continues."""

import hashlib
import json
import math
import time
from _thread import LockType
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from resilience.backtest.api import HistoryAddress, HistoryApi, RejectedError, TooMuchError
from resilience.core import files, json_texts
from resilience.core.durations import DAY
from resilience.core.problems import BadInputError, UserError
from resilience.grafana import Answer, Failure
from resilience.rehearsal.virtual.answers import Ticks, by_tick

MOST_POINTS = 4_320
"""Points of each series in one answer: three days of minutes. Prometheus and Loki allow 11,000, Loki 30 days."""
MOST_VALUES = 2_000_000
"""Of one answer, all series together."""
_MOST_PARTS = 256
"""Requests that one rule's failures may add."""
_KEPT_SECONDS, _KEPT_BYTES = DAY, 500_000_000


class UnanswerableError(Exception):
    """A rule cannot be evaluated; the text says why."""


@dataclass(frozen=True)
class KeptAnswers:
    """Answers as files in one folder that only the owner reads; what is older than a day is removed.

    Nothing of a credential is in them or in their names. With `fresh` none is read.
    """

    folder: Path
    fresh: bool = False
    _locks: dict[str, LockType] = field(default_factory=dict)

    def one_at_a_time(self, address: HistoryAddress, expr: str, ticks: Ticks) -> LockType:
        """Held while one thread asks what others would ask too: rules of two tiers share their query."""
        return self._locks.setdefault(self._path(address, expr, ticks).name, Lock())

    def clean(self) -> None:
        """Remove what is too old, or too much; what somebody else removes meanwhile does not matter."""
        size, oldest = 0, time.time() - _KEPT_SECONDS
        for path in sorted(self.folder.glob("*.json"), key=_written, reverse=True):
            with suppress(OSError):
                size += path.stat().st_size
                if _written(path) < oldest or size > _KEPT_BYTES:
                    path.unlink()

    def get(self, place: HistoryAddress, expr: str, ticks: Ticks) -> str:
        """The answer; empty if there is none that can be read."""
        path = self._path(place, expr, ticks)
        try:
            return files.read_text(path, path.name) if path.is_file() and not self.fresh else ""
        except BadInputError:
            return ""

    def put(self, place: HistoryAddress, expr: str, ticks: Ticks, answer: str) -> None:
        """Keep it; raises BadInputError if it cannot be written."""
        files.put(self._path(place, expr, ticks), answer, 0o600)

    def _path(self, place: HistoryAddress, expr: str, ticks: Ticks) -> Path:
        named = [place.address, place.path, place.user, expr, ticks.first, ticks.count, ticks.step]
        return self.folder / f"{hashlib.sha256(json.dumps(named).encode()).hexdigest()}.json"


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def parts_of(ticks: Ticks) -> Iterator[Ticks]:
    """Parts with edges at the same moments in every run, so that all but the last are asked once."""
    length = MOST_POINTS * ticks.step
    at, end = ticks.first, ticks.last + ticks.step
    while at < end:
        until = min((math.floor(at / length) + 1) * length, end)
        yield Ticks(at, round((until - at) / ticks.step), ticks.step)
        at = until


class AskedRule:
    """Asks for one rule's expression, part by part; counts the answers that were kept from before."""

    def __init__(self, api: HistoryApi, kept: KeptAnswers, expr: str) -> None:
        """Start with all requests that failures may add."""
        self.reused = 0
        self._api, self._kept, self._expr = api, kept, expr
        self._left = _MOST_PARTS

    def answers(self, ticks: Ticks) -> Sequence[Answer]:
        """What it returned at each tick; what fails over a long time is asked again over shorter ones.

        Raises:
            UnanswerableError: the API rejects the query, or cannot answer it.
            UserError: the API does not answer at all.
        """
        try:
            with self._kept.one_at_a_time(self._api.place, self._expr, ticks):
                return self._found(ticks)
        except RejectedError as error:
            raise UnanswerableError(f"the query is rejected: {error}") from None
        except TooMuchError as error:
            if ticks.count == 1 or self._left <= 0:
                if not error.fails:
                    raise UnanswerableError(f"the API cannot answer: {error}") from None
                return [Failure(str(error))] * ticks.count
        self._left -= 2
        half = ticks.count // 2
        first = Ticks(ticks.first, half, ticks.step)
        second = Ticks(ticks.first + half * ticks.step, ticks.count - half, ticks.step)
        return [*self.answers(first), *self.answers(second)]

    def _found(self, ticks: Ticks) -> Sequence[Answer]:
        place = self._api.place
        with suppress(UserError):  # what is kept may be spoilt
            if kept := self._kept.get(place, self._expr, ticks):
                found = _decoded(kept, ticks, place.address)
                self.reused += 1
                return found
        text = self._api.range(self._expr, ticks)
        found = _decoded(text, ticks, place.address)
        self._kept.put(place, self._expr, ticks, text)
        return found


def _decoded(text: str, ticks: Ticks, address: str) -> Sequence[Answer]:
    """Raises UserError if it is no answer to a range query, UnanswerableError if it has too many values."""
    try:
        series = _series(json_texts.loaded(text, address, ""))
        if sum(len(one["values"]) for one in series) > MOST_VALUES:
            raise UnanswerableError(f"it has more than {MOST_VALUES:,} values; aggregate it")
        return by_tick(series, ticks)
    except (BadInputError, ValueError, TypeError, LookupError, OverflowError):
        raise UserError(f"{address}: the answer is none to a range query; write the address of the API") from None


def _series(found: Any) -> list[Mapping[str, Any]]:
    """Series with their values; one of histograms alone has none."""
    data = found["data"]
    if data["resultType"] != "matrix":
        raise ValueError
    series: list[Mapping[str, Any]] = []
    for one in data["result"]:
        labels = dict(one["metric"])
        if not all(isinstance(text, str) for pair in labels.items() for text in pair):
            raise ValueError
        series.append({"metric": labels, "values": list(one.get("values") or ())})
    return series
