"""Series as the body of Prometheus' remote write: a protobuf `WriteRequest`, in Snappy's block format.

Written by hand (docs/adr/0001-dependencies.md); https://prometheus.io/docs/specs/prw/remote_write_spec/ (1.0).
"""

import struct
from collections.abc import Iterable, Sequence

from resilience.core.durations import MINUTE
from resilience.rehearsal.virtual.series import SeriesValues

_VALUE = struct.Struct("<d")
_LITERAL = 63 << 2
"""Snappy's tag of bytes that are not compressed, with four bytes for their number: the loopback is fast."""


def write_request(series: Iterable[SeriesValues], begin: float, step: float = MINUTE) -> bytes:
    """Return the request that stores these series, whose first value is at Unix time `begin`."""
    found = [(key, values) for key, values in series]
    longest = max((len(values) for _, values in found), default=0)
    ends = [b"\x10" + _varint(round(1000 * (begin + index * step))) for index in range(longest)]
    return _snappy(b"".join(_field(1, _labels(*key) + _samples(values, ends)) for key, values in found))


def _labels(name: str, labels: Iterable[tuple[str, str]]) -> bytes:
    pairs = sorted([("__name__", name), *labels])
    return b"".join(_field(1, _field(1, key.encode()) + _field(2, value.encode())) for key, value in pairs)


def _samples(values: Sequence[float | None], ends: Sequence[bytes]) -> bytes:
    """Each sample is a value, eight bytes after the tag 9, and its time, which `ends` has."""
    return b"".join(
        b"\x12%c\x09%b%b" % (9 + len(end), _VALUE.pack(value), end)
        for value, end in zip(values, ends, strict=False)
        if value is not None
    )


def _field(number: int, content: bytes) -> bytes:
    """Return a field of protobuf that has a length."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:  # noqa: PLR2004 - seven bits a byte
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def _snappy(content: bytes) -> bytes:
    return _varint(len(content)) + bytes([_LITERAL]) + struct.pack("<I", len(content) - 1) + content
