"""Faults on demand: the n-th matching request is answered with an error, before or after it took effect."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from tests.standin.wire import Json, Reply


@dataclass
class InjectedFault:
    """Lets `skip` matching requests pass, then fails `count`.

    Attributes:
        match: pattern for `METHOD /path`.
        delay: seconds before the answer.
        done: carry out the request and lose only its answer.
    """

    match: str
    status: int = 500
    count: int = 1
    skip: int = 0
    delay: float = 0
    done: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    hits: int = 0

    @classmethod
    def of(cls, wanted: Json) -> Self:
        """A fault from the JSON that a test sends.

        Raises:
            TypeError: an unknown key.
            re.error: the pattern is not valid.
        """
        fault = cls(**wanted)
        re.compile(fault.match)
        return fault

    def takes(self, method: str, path: str) -> bool:
        """Whether this request fails; counts it."""
        if self.hits >= self.count or not re.search(self.match, f"{method} {path}"):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.hits += 1
        return True

    def reply(self) -> Reply:
        """The error as an answer."""
        return Reply(self.status, {"message": "injected fault"}, self.headers)
