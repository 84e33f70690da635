"""Why the engine failed, from the diagnostics of its preview; `causes.yaml` knows some remedies."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Literal

from resilience.core.conventions import Frozen, OneLine
from resilience.core.problems import Problem, validated, without_secrets
from resilience.core.text import filled
from resilience.core.yaml_files import read_yaml
from resilience.review.reading import JsonObject

CAUSES = Path(__file__).with_name("causes.yaml")
UNKNOWN_REMEDY = "correct what it names"
_MOST, _LONGEST = 10, 500
# What the engine and its SDK print besides the reason.
_REPEATED = re.compile(r"^(error: )?(an unhandled error occurred: )?")
_SAYS_NOTHING = ("", "preview failed", "update failed")


class FailureCause(Frozen):
    """A known cause: two patterns, of the engine's words and of the resource's URN, then what it is and what to do."""

    message: OneLine
    resource: OneLine
    what: OneLine
    remedy: OneLine


class _Causes(Frozen):
    version: Literal[1]
    causes: list[FailureCause]


def problems(diagnostics: Iterable[JsonObject], stack: str) -> list[Problem]:
    """The first errors; none if the engine did not fail. Credentials are hidden when they are printed."""
    errors = [one for one in diagnostics if one.get("severity") == "error"]
    found = list(islice(dict.fromkeys(_reasons(errors, stack)), _MOST))
    if errors and not found:
        return [Problem(f"stack {stack}", "(whole program)", "the preview failed", "read what the engine printed")]
    return found


@cache
def causes() -> Sequence[FailureCause]:
    """All of `causes.yaml`."""
    return validated(_Causes, read_yaml(CAUSES, CAUSES.name), CAUSES.name).causes


def _reasons(errors: Iterable[JsonObject], stack: str) -> Iterator[Problem]:
    for error in errors:
        text = _REPEATED.sub("", str(error.get("message") or "").strip())
        if text not in _SAYS_NOTHING:
            urn = str(error.get("urn") or "")
            where = urn.rpartition("::")[2][:_LONGEST] or "(whole program)"
            # Clipped, because searching one long word for credentials takes quadratic time.
            # More than is shown: half a credential would not be recognised.
            text = without_secrets(text[: 2 * _LONGEST])[:_LONGEST].strip()
            yield Problem(f"stack {stack}", where, text, _remedy(text, urn[:_LONGEST], stack))


def _remedy(text: str, urn: str, stack: str) -> str:
    for cause in causes():
        if re.search(cause.message, text) and re.search(cause.resource, urn):
            return filled(f"{cause.what}: {cause.remedy}", {"stack": stack})
    return UNKNOWN_REMEDY
