"""One thing that was checked."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from resilience.account.http import UnreachableError
from resilience.core.problems import UserError, without_secrets


@dataclass(frozen=True)
class Finding:
    """What was found, and how to fix it.

    Attributes:
        known: it could be checked; otherwise `found` says why not.
    """

    subject: str
    good: bool
    found: str
    remedy: str = ""
    known: bool = True

    def __str__(self) -> str:
        """One line; credentials in it are hidden."""
        state = "ok" if self.good else "MISSING" if self.known else "unknown"
        remedy = "" if self.good or not self.remedy else f"; {self.remedy}"
        return without_secrets(f"{state:<7}  {self.subject}: {self.found}{remedy}")

    def as_json(self) -> dict[str, Any]:
        """Its fields; credentials in them are hidden."""
        hidden = {"found": without_secrets(self.found), "remedy": without_secrets(self.remedy)}
        return asdict(self) | hidden


def unknown(subject: str, why: str) -> Finding:
    """It could not be checked."""
    return Finding(subject, good=False, found=f"cannot be checked ({why})", known=False)


def if_readable(subject: str, found: Iterator[Finding]) -> Iterator[Finding]:
    """These findings; unknown from the answer on that is a rejection, or has another shape."""
    try:
        yield from found
    except UnreachableError:
        raise
    except UserError as error:
        yield unknown(subject, str(error))
