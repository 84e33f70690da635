"""Hostile inputs from one seed: documents with one spoilt place, texts that are none, arguments and addresses."""

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

CANARY = "glsa_CANARY0123456789abcdefgh"
PASSWORD = "CANARYpassword"
_DEEP = 5_000
VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 1e308, 10**400, "", "x", "\0", "\ud800", "a\nb", "\x1b[31m", "é" * 300, "x" * 70_000,
    [], {}, [[]], [None], [1], ["x"], [{}], {"": None}, {"a": {"b": ["c"]}}, {"rules": "x"}, {"uid": []},
    [{"label": 1}], "{{ $labels.x }}", "${x", "<!channel>", "[unknown]", "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    CANARY, f"https://user:{PASSWORD}@host.example/x",
)  # fmt: skip
"""Put in the place of any part of a good document."""
TEXTS: tuple[bytes, ...] = (
    b"", b" ", b"null", b"0", b'"x"', b"[]", b"{}", b"[1", b"\xff\xfe", b"\xef\xbb\xbf{}", b"NaN", b"[NaN]", b"-",
    b"[" * _DEEP + b"]" * _DEEP, b"[" * _DEEP, b'{"a":' * _DEEP + b"1" + b"}" * _DEEP, b"9" * _DEEP,
    b"[" + b"9" * _DEEP,
    b'"\\ud800"', b'["\\udfff"]', b'{"\\ud800": 1}', b"\0" * 100, b"<html>", b"a: 1\n", b"steps", b"[{}]", b"[[]]",
    b'{"steps": {}}', b'{"steps": [[]]}', b'{"diagnostics": 1}', b'{"error": "x"}', b"[1e999]", b'{"a": 1, "a": 2}',
    b"&a [*a]", b"a: &a\n  b: *a\n", b"!!python/object:os.system x", b"? [a]\n: b\n", b"a: !!int x\n", b"- " * _DEEP,
    b"a: &a0 [x,x]\n" + "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 4)}]\n" for n in range(1, 30)).encode(),
)  # fmt: skip
"""The whole of a file or of an answer."""
WORDS: tuple[str, ...] = (
    "", " ", "-", "--", "--x", "-C", "\udcff", "a\udcffb", "a\nb", "\0", "x" * 300, "/" + "x/" * 3_000, "../../..", "/",
    "/dev/null/x", "/proc/self/mem/x", "é", "%s", "{0}", "$(id)", "production", "acme/production", "PRODUCTION",
    "9" * 6_000, CANARY,
)  # fmt: skip
"""Arguments and names of files."""
ADDRESSES: tuple[str, ...] = (
    "http://[", "http://[::1", "http://", "https://", "https:///x", "https://:1", "http://host.example",
    "ftp://host.example",
    "https://host.example:99999", "https://host.example:x", "https://a b", "https://a\nb", "https://\udcff",
    "//x", "https:x",
    f"https://user:{PASSWORD}@host.example", f"http://user:{PASSWORD}@127.0.0.1",
    f"ftp://user:{PASSWORD}@host.example/x", f"http://127.0.0.1:{PASSWORD}@host.example", "http://127.0.0.1.host.example",
    "http://127.0.0.1:1/\udcff", "http://127.0.0.1:1/a b", "http://127.0.0.1:1\\@host.example", "javascript:x",
    "https://" + "a." * 5_000, "http://2130706433:1/",
)  # fmt: skip
"""Where a command is sent; none of them is a place that answers."""


def seeded(name: str) -> random.Random:
    """The same numbers in every run; each group has its own, so that one does not change another's."""
    return random.Random(f"hostile {name}")  # noqa: S311  # not for secrets


def spoilt(good: Any, count: int, numbers: random.Random) -> Iterator[Any]:
    """Copies of a document, each with one to three parts replaced, removed or renamed."""
    for _ in range(count):
        document = copy.deepcopy(good)
        for _ in range(numbers.choice((1, 1, 2, 3))):
            document = _spoilt_once(document, numbers)
        yield document


def as_json(document: Any) -> bytes:
    """As a file; halves of surrogate pairs are escapes."""
    return json.dumps(document).encode()


def _spoilt_once(document: Any, numbers: random.Random) -> Any:
    parents = [one for one in _containers(document) if one]
    if not parents or numbers.random() < 0.02:
        return copy.deepcopy(numbers.choice(VALUES))
    parent = numbers.choice(parents)
    key = numbers.choice(list(parent)) if isinstance(parent, dict) else numbers.randrange(len(parent))
    match numbers.randrange(6):
        case 0:
            del parent[key]
        case 1 if isinstance(parent, dict):
            parent[str(numbers.choice(WORDS))] = parent.pop(key)
        case 2:
            parent[key] = [parent[key], parent[key]]
        case _:
            # A copy, because the next part that is spoilt may be this one.
            parent[key] = copy.deepcopy(numbers.choice(VALUES))
    return document


def _containers(document: Any) -> Iterator[Any]:
    """Every object and list; breadth first, so that the outer parts are not rare."""
    level = [document]
    while level:
        level = [one for one in level if isinstance(one, dict | list)]
        yield from level
        level = [child for one in level for child in (one.values() if isinstance(one, dict) else one)]
