"""What cannot be translated faithfully: resource, field, and what to write instead."""

from collections.abc import Collection, Mapping
from typing import Any

from resilience.core.problems import BadInputError, Problem, shown
from resilience.manifest import Resource


class Unsupported:
    """Collects what cannot be translated, so that all of it is reported at once."""

    def __init__(self) -> None:
        """Start with none."""
        self.problems: list[Problem] = []

    def add(self, resource: Resource, path: str, value: object, instead: str) -> None:
        """Reject one field of a resource."""
        where = f"{resource.name}.{path}"
        self.problems.append(Problem(f"stack {resource.stack}", where, f"{shown(value)} cannot be exported", instead))

    def unknown(self, resource: Resource, path: str, found: Mapping[str, Any], known: Collection[str]) -> None:
        """Reject each field without a translation, except empty ones."""
        for key in sorted(set(found) - set(known)):
            if found[key] not in (None, False, "", [], {}):
                self.add(
                    resource, f"{path}{key}", key, f"leave it out, or write its translation; known: {', '.join(known)}"
                )

    def raise_any(self) -> None:
        """Stop if anything was rejected.

        Raises:
            BadInputError: everything that was rejected.
        """
        if self.problems:
            raise BadInputError(self.problems)
