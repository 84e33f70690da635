"""Values of a field: are they the same, and how is a difference shown?"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from resilience.account.things import PROVENANCE
from resilience.core.durations import spelt
from resilience.core.problems import looks_secret, path_of, without_secrets
from resilience.core.redaction import HIDDEN
from resilience.manifest import Manifest
from resilience.manifest.mocks import EXPIRES_AT
from resilience.manifest.model import SECRET

_DURATIONS = ("for", "keep_firing_for", "group_wait", "group_interval", "repeat_interval")
_WORD = re.compile(r"[\w-]+")
_LONGEST_DURATION = 1e9
_LONGEST, _BEFORE, _PART = 60, 15, 45
_NOTHING: tuple[Any, ...] = (None, "", [], {})
_Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Placeholders:
    """What only an `up` knows: the address of Grafana, and when the telemetry token ends. Mocks stand in for both.

    Attributes:
        patterns: what may be in a live text, by what the mocks wrote.
    """

    patterns: Mapping[str, str]

    @classmethod
    def of(cls, manifests: Iterable[Manifest], address: str) -> "Placeholders":
        """With Grafana at this address."""
        urls = {str(one.outputs.get("grafana_url")) for one in manifests if one.outputs.get("grafana_url")}
        end = str(int(datetime.fromisoformat(EXPIRES_AT).timestamp()))
        addresses = {url: "|".join(map(re.escape, {url, address})) for url in urls}
        return cls(addresses | {end: r"\d{1,12}"})

    def fits(self, declared: str, live: str) -> bool:
        """Whether a live text may be what is declared."""
        used = tuple((written, pattern) for written, pattern in self.patterns.items() if written in declared)
        return bool(used) and _fitting(declared, used).fullmatch(live) is not None


@cache  # a text is compared again each time that `verify` waits and looks
def _fitting(declared: str, used: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    patterns = dict(used)
    parts = re.split(f"({'|'.join(map(re.escape, patterns))})", declared)
    return re.compile("".join(f"(?:{patterns[part]})" if part in patterns else re.escape(part) for part in parts))


def differing(declared: Any, live: Any, hidden: Placeholders, path: _Path = ()) -> Iterator[tuple[_Path, Any, Any]]:
    """The places of all differences, with both values; a declared secret only has to be there."""
    if isinstance(declared, dict) and isinstance(live, dict):
        for key in sorted({*declared, *live}):
            yield from differing(declared.get(key), live.get(key), hidden, (*path, key))
    elif isinstance(declared, list) and isinstance(live, list) and len(declared) == len(live) and declared != [SECRET]:
        for index, pair in enumerate(zip(declared, live, strict=True)):
            yield from differing(*pair, hidden, (*path, index))
    elif not _same(declared, live, hidden):
        yield path, declared, live


def _same(declared: Any, live: Any, hidden: Placeholders) -> bool:
    if declared in (SECRET, [SECRET]):
        return live not in _NOTHING
    if isinstance(declared, str) and isinstance(live, str):
        return declared == live or hidden.fits(declared, live)
    both_empty = any(declared == one for one in _NOTHING) and any(live == one for one in _NOTHING)
    return both_empty or (declared == live and isinstance(declared, bool) == isinstance(live, bool))


def explained(path: _Path, declared: Any, live: Any, *, secret: bool) -> str:
    """What differs, in words; with `secret` no value is shown: a webhook's address is one, and Grafana shows it."""
    name = path_of(path)
    if path == ("isPaused",) and live is True:
        return "is paused"
    if path == (PROVENANCE,) and not live:
        return "was not written by our provider, so everybody can edit it in Grafana"
    if live in _NOTHING:
        return f"{name} is missing"
    if declared in _NOTHING:
        return f"{name} is there, and not declared"
    here, wanted = _excerpts(_text(path, live), _text(path, declared))
    return f"{name} is not as declared" if secret or here == wanted else f"{name} is {here}, not {wanted}"


def _text(path: _Path, value: Any) -> str:
    """As one prints it; words that may be secret are hidden before it is cut, or half of one could remain."""
    if path[-1] in _DURATIONS and isinstance(value, int | float) and value < _LONGEST_DURATION:
        value = spelt(value)
    elif isinstance(value, float) and value.is_integer():
        value = int(value)
    text = without_secrets(value if isinstance(value, str) else json.dumps(value, sort_keys=True))
    return _WORD.sub(lambda word: HIDDEN if looks_secret(word[0]) else word[0], text)


def _excerpts(here: str, wanted: str) -> tuple[str, str]:
    """Both in quotes; of long texts the part that differs."""
    if max(len(here), len(wanted)) <= _LONGEST:
        return f'"{here}"', f'"{wanted}"'
    same = next((at for at, pair in enumerate(zip(here, wanted, strict=False)) if pair[0] != pair[1]), None)
    begin = max(0, (min(len(here), len(wanted)) if same is None else same) - _BEFORE)
    return _cut(here, begin), _cut(wanted, begin)


def _cut(text: str, begin: int) -> str:
    end = begin + _PART
    return f'"{"…" if begin else ""}{text[begin:end]}{"…" if len(text) > end else ""}"'
