"""What a lint is, and what it reads: the rules that the program declares, and the catalogue."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from resilience.core.problems import Problem
from resilience.manifest import Manifest
from resilience.manifest.rules import DeclaredRule, declared_rules
from resilience.model.catalogue import Catalogue
from resilience.model.telemetry import series_labels
from resilience.promql.labels import Series


@dataclass(frozen=True)
class Context:
    """All stacks, the catalogue, and the checkout from which both come."""

    root: Path
    catalogue: Catalogue
    manifests: tuple[Manifest, ...]

    @cached_property
    def rules(self) -> list[DeclaredRule]:
        """Every rule of every stack, escalations too."""
        return list(declared_rules(self.manifests))

    @cached_property
    def series(self) -> Series:
        """Labels of each series of the telemetry contract."""
        return series_labels(self.catalogue.metrics)


@dataclass(frozen=True)
class Lint:
    """A check and its id: the same in code, file names, tests, docs and at the end of each problem."""

    id: str
    means: str
    instead: str
    problems: Callable[[Context], Iterable[Problem]]
