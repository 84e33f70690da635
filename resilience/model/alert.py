"""One alert of the catalogue, as it stands in YAML."""

from collections.abc import Mapping
from enum import StrEnum, unique
from typing import Annotated, Any, Literal, Self

from pydantic import Field, FiniteFloat, ValidationInfo, field_validator, model_validator

from resilience.core.conventions import (
    PRODUCTION,
    WATCHDOG,
    DataSource,
    ExecErrState,
    Frozen,
    Name,
    NoDataMeans,
    NoDataState,
    OneLine,
    Tier,
)
from resilience.core.durations import GrafanaDuration
from resilience.core.problems import shown
from resilience.core.text import filled, unknown_placeholders
from resilience.model.dated.calibration import KEY, CalibrationDate
from resilience.model.parameters import Parameter, ParameterName, Value, in_query, in_text, written_out

_OF_THE_ENVIRONMENT = ("environment", "url")
"""Placeholders that each environment fills into `summary` and `impact`."""


@unique
class Where(StrEnum):
    """Environments that an alert is declared for."""

    ALL = "all"
    PRODUCTION = "production"
    OTHERS = "others"


class Threshold(Frozen):
    """The comparison that makes a value an alert; exactly one of the two, in the query's unit."""

    gt: FiniteFloat | None = None
    lt: FiniteFloat | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.gt is None) == (self.lt is None):
            raise ValueError("a threshold is one comparison; write gt: or lt: with a number")
        return self

    @property
    def evaluator(self) -> Literal["gt", "lt"]:
        """Grafana's name of the comparison."""
        return "lt" if self.gt is None else "gt"

    @property
    def value(self) -> float:
        """The number compared with."""
        return next(number for number in (self.gt, self.lt) if number is not None)


class Escalation(Frozen):
    """The same alert, more urgent, from another threshold on."""

    tier: Tier
    title: OneLine
    threshold: Threshold


class Alert(Frozen):
    """What fires, for whom, and what its reader is shown.

    Attributes:
        parameters: numbers and durations that the expression uses, by name; texts show them by the same name.
        expr: PromQL (LogQL where `source: logs`) with placeholders: parameters, `$threshold`, `$for`, and those
            of `promql.placeholders`. Macros of its file (`$failed(window)`) are written out already.
        fires_when: the same for people, in the README and the runbook.
        no_data_means: what the end of the alert is called when the query returns nothing any more.
        event: it is over when business hours begin, so it is also posted at once.
        calibrating_until: on trial before this day: posted where nobody is called, whatever the tier.
        notify_within: from the beginning of the fault to the first message, inside business hours; the
            scenarios hold it to that.
    """

    id: Name
    title: Annotated[OneLine, Field(max_length=60)]
    tier: Tier
    owner: Name
    service: Name
    environments: Where = Where.ALL
    source: DataSource = DataSource.METRICS
    threshold: Threshold
    for_: Annotated[GrafanaDuration, Field(alias="for")]
    notify_within: GrafanaDuration
    keep_firing_for: GrafanaDuration | None = None
    no_data_state: NoDataState
    no_data_means: NoDataMeans = NoDataMeans.HEALTHY
    exec_err_state: ExecErrState
    escalation: Escalation | None = None
    event: bool = False
    calibrating_until: CalibrationDate | None = None
    parameters: dict[ParameterName, Parameter] = Field(default_factory=dict)
    # Below: what the fields above are filled into.
    expr: Annotated[str, Field(min_length=1)]
    fires_when: OneLine
    summary: OneLine
    impact: OneLine

    @field_validator("fires_when", "summary", "impact")
    @classmethod
    def _is_filled_whole(cls, text: str, info: ValidationInfo) -> str:
        if not {"threshold", "for_", "parameters"} <= set(info.data):
            return text  # one of them is wrong, which is reported already
        own = _in_text(info.data)
        known = own if info.field_name == "fires_when" else (*own, *_OF_THE_ENVIRONMENT)
        if unknown := unknown_placeholders(text, known):
            raise ValueError(f"unknown placeholder {shown('$' + unknown[0])}; write one of {_listed(info, known)}")
        if numbers := written_out(text):
            raise ValueError(
                f"{shown(numbers[0])} is written out; write the placeholder of a parameter, such as $threshold or $for"
            )
        return text

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.escalation and self.escalation.tier is self.tier:
            raise ValueError(f'escalation has the tier "{self.tier}" of the alert itself; write another tier')
        return self

    @model_validator(mode="after")
    def _ends_by_no_data(self) -> Self:
        if self.no_data_means is NoDataMeans.UNKNOWN and self.no_data_state is not NoDataState.OK:
            raise ValueError("no_data_means is about an alert that ends without data; write no_data_state: OK")
        return self

    @model_validator(mode="after")
    def _may_be_on_trial(self) -> Self:
        tiers = {self.tier, *([self.escalation.tier] if self.escalation else [])}
        if self.calibrating_until and (Tier.P1 in tiers or self.id == WATCHDOG):
            raise ValueError(
                f"{KEY} would keep a P1, or the watchdog, from those who must hear of it; remove it, "
                "or begin with tier: P2"
            )
        return self

    def is_for(self, environment: str) -> bool:
        """Whether the environment declares it."""
        return self.environments is Where.ALL or (environment == PRODUCTION) == (self.environments is Where.PRODUCTION)

    @property
    def values(self) -> dict[str, Value]:
        """Everything that is written once: parameters, threshold, pending time, and the escalation's threshold."""
        return _values(self.__dict__)

    def unused_parameters(self) -> list[str]:
        """Parameters that stand nowhere in the expression."""
        named = set(unknown_placeholders(self.expr, ()))
        return [name for name, value in self.parameters.items() if not named & set(in_query({name: value}))]

    @property
    def query(self) -> str:
        """The expression with its own numbers and durations filled in."""
        return filled(self.expr, in_query(self.values))

    def text(self, text: str, values: Mapping[str, str] | None = None) -> str:
        """One of its texts, filled with its own values in words and with these others."""
        return filled(text, _in_text(self.__dict__) | dict(values or {}))


def _in_text(data: Mapping[str, Any]) -> dict[str, str]:
    escalation = data.get("escalation")
    tier = {"escalation_tier": escalation.tier.value} if escalation else {}
    return in_text(_values(data), data["for_"]) | tier


def _values(data: Mapping[str, Any]) -> dict[str, Value]:
    escalation = data.get("escalation")
    higher = {"escalation_threshold": escalation.threshold.value} if escalation else {}
    return {"threshold": data["threshold"].value, "for": data["for_"], **higher, **data["parameters"]}


def _listed(info: ValidationInfo, known: Any) -> str:
    """The placeholders that a reader would want to know, without their variants."""
    plain = {*_values(info.data), *_OF_THE_ENVIRONMENT} & set(known)
    return ", ".join(f"${name}" for name in sorted(plain))
