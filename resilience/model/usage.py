"""Assumptions about use that no other file of the repository holds: `catalogue/usage.yaml`."""

import math
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, FiniteFloat

from resilience.core.conventions import PRODUCTION, Frozen, OneLine
from resilience.core.problems import validated
from resilience.core.yaml_files import read_yaml
from resilience.model.catalogue import ROOT
from resilience.model.logs.limits import LogLimits

USAGE = "catalogue/usage.yaml"
_Count = Annotated[int, Field(ge=0)]
_Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")]


class LogUsage(Frozen):
    """Bytes of log lines that an environment ships in a day, and what it can ship `at_most`."""

    production: _Count
    others: _Count
    source: OneLine
    at_most: LogLimits

    def of(self, environment: str) -> int:
        """Bytes a day."""
        return self.production if environment == PRODUCTION else self.others


class SeriesUsage(Frozen):
    """Active series of all environments that the telemetry contract does not name."""

    besides_the_contract: _Count
    source: OneLine


class JobMinutes(Frozen):
    """Minutes of one run of a job; `each_stack` if it does its work for every stack, one after the other."""

    once: Annotated[FiniteFloat, Field(gt=0)]
    each_stack: Annotated[FiniteFloat, Field(ge=0)] = 0

    def of(self, stacks: int) -> int:
        """With so many stacks, as GitHub rounds them."""
        return math.ceil(self.once + self.each_stack * stacks)


def _job_minutes(written: Any) -> Any:
    """A number as the long form."""
    return written if isinstance(written, dict) else {"once": written}


_Minutes = Annotated[JobMinutes, BeforeValidator(_job_minutes, json_schema_input_type=JobMinutes | float)]


class ActionsUsage(Frozen):
    """GitHub Actions.

    Attributes:
        events: runs a month that each event starts, for each workflow that listens to it.
        runners: minutes of the plan that a minute takes, by the first word of the machine's label.
        other_repositories: minutes a month of the account's other repositories.
        minutes: of one run, by workflow (file name without its end) and job, before rounding up.
    """

    events: dict[_Key, _Count]
    runners: dict[_Key, _Count]
    other_repositories: _Count
    source: OneLine
    minutes: dict[_Key, dict[_Key, _Minutes]]


class Usage(Frozen):
    """The file `catalogue/usage.yaml`."""

    version: Literal[1]
    logs: LogUsage
    series: SeriesUsage
    actions: ActionsUsage

    @classmethod
    def load(cls, root: Path = ROOT) -> Self:
        """Read the file below the root.

        Raises:
            BadInputError: all that is wrong, by key.
        """
        return validated(cls, read_yaml(root / USAGE, USAGE), USAGE)
