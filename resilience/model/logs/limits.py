"""How many lines the collector of one environment lets through, whatever its containers write.

Alloy limits lines, not bytes. So long lines have a limit of their own, and the bytes of a month have a bound.
"""

from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

from resilience.core.conventions import Frozen

API = "api"
_LARGEST_REPETITION = 1_000  # of RE2
_BYTES_OF_A_CHARACTER = 4


class LineLimit(Frozen):
    """A bucket of lines: `burst` at once, and it fills by `rate` lines a second."""

    rate: Annotated[FiniteFloat, Field(gt=0)]
    burst: Annotated[int, Field(gt=0)]

    def lines(self, seconds: int) -> float:
        """The most that pass in that time."""
        return self.burst + self.rate * seconds


class LogLimits(Frozen):
    """Limits by length and by service: a flood of one must not cost the lines of another.

    Attributes:
        long_from: characters from which on a line is long; or a quarter of it that are not ASCII.
        longest: bytes at which a line is cut.
        short: by service, for lines that are not long.
        long: by service.
    """

    long_from: Annotated[int, Field(ge=8, le=_LARGEST_REPETITION)]
    longest: Annotated[int, Field(ge=1_024)]
    short: dict[Literal["api", "others"], LineLimit]
    long: dict[Literal["api", "others"], LineLimit]

    @property
    def longest_short(self) -> int:
        """Bytes of the longest short line."""
        wide = self.long_from // _BYTES_OF_A_CHARACTER - 1
        return self.long_from - 1 + wide * (_BYTES_OF_A_CHARACTER - 1)

    @property
    def is_long(self) -> str:
        """What a long line matches, for RE2."""
        wide = self.long_from // _BYTES_OF_A_CHARACTER
        return f"(?s)^(?:.{{{self.long_from}}}|(?:[[:ascii:]]*[[:^ascii:]]){{{wide}}})"

    def bytes(self, seconds: int) -> float:
        """The most that pass in that time."""
        short = sum(one.lines(seconds) for one in self.short.values()) * self.longest_short
        return short + sum(one.lines(seconds) for one in self.long.values()) * self.longest
