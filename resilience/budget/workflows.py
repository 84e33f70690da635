"""The repository's own workflows: what starts them, and how many jobs each run has."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from resilience.budget.cron import runs_a_month
from resilience.budget.runners import labels, of_job
from resilience.core.problems import BadInputError, Problem, each, validated
from resilience.core.yaml_files import read_yaml

FOLDER = ".github/workflows"
SCHEDULE = "schedule"
_MOST_JOBS = 256
_CALLED = "workflow_call"  # its runs are jobs of the workflow that calls


@dataclass(frozen=True)
class Workflow:
    """A workflow as it is counted.

    Attributes:
        scheduled: runs a month.
        jobs: the machine of each run of a job, by the job's id.
        crons: the lines of its schedule, in UTC.
    """

    name: str
    file: str
    scheduled: int
    events: tuple[str, ...]
    jobs: dict[str, tuple[str, ...]]
    crons: tuple[str, ...] = ()


class _Loose(BaseModel):
    """The few keys that are counted; GitHub and actionlint check the rest."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


def _possible(matrix: dict[str, list[Any]]) -> dict[str, list[Any]]:
    if math.prod(len(values) for values in matrix.values()) > _MOST_JOBS:
        raise ValueError(f"has more than {_MOST_JOBS} combinations; write fewer, because GitHub starts no more")
    return matrix


class _Strategy(_Loose):
    matrix: Annotated[dict[str, list[Any]], AfterValidator(_possible)] = {}


class _Job(_Loose):
    """Instead of `runs-on` a job may call a workflow, which then names the machine."""

    runs_on: Annotated[str, BeforeValidator(labels), Field(alias="runs-on")] = ""
    uses: str = ""
    strategy: _Strategy = _Strategy()

    def runners(self) -> tuple[str, ...]:
        """One for each combination of its matrix."""
        return of_job(self.runs_on or self.uses, self.strategy.matrix)


class _Cron(_Loose):
    cron: str


def _by_event(written: Any) -> Any:
    """`on: push` and `on: [push]` as the long form."""
    names = [written] if isinstance(written, str) else written
    return dict.fromkeys(names) if isinstance(names, list) else names


class _File(_Loose):
    on: Annotated[dict[str, Any], BeforeValidator(_by_event)]
    jobs: dict[str, _Job]


class _Schedules(_Loose):
    schedule: list[_Cron] = []


def read_workflows(root: Path) -> list[Workflow]:
    """All workflows of the checkout, by name.

    Raises:
        BadInputError: something in them cannot be counted.
    """
    paths = sorted(path for end in ("yml", "yaml") for path in (root / FOLDER).glob(f"*.{end}"))
    return each(paths, _read)


def _read(path: Path) -> Workflow:
    file = f"{FOLDER}/{path.name}"
    written: dict[Any, Any] = read_yaml(path, file)
    raw = {"on" if key is True else key: value for key, value in written.items()}  # YAML 1.1 reads `on` as true
    workflow = validated(_File, raw, file)
    schedules = validated(_Schedules, {SCHEDULE: workflow.on.get(SCHEDULE) or []}, file, ("on",)).schedule
    return Workflow(
        name=path.stem,
        file=file,
        scheduled=sum(_runs(one.cron, file, index) for index, one in enumerate(schedules)),
        events=tuple(event for event in workflow.on if event not in (SCHEDULE, _CALLED)),
        jobs={name: job.runners() for name, job in workflow.jobs.items()},
        crons=tuple(one.cron for one in schedules),
    )


def _runs(cron: str, file: str, index: int) -> int:
    try:
        return runs_a_month(cron)
    except ValueError as error:
        what, _, instead = str(error).partition("; ")
        raise BadInputError([Problem(file, f"on.{SCHEDULE}[{index}].cron", what, instead)]) from None
