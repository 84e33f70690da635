"""Names and spellings that hold everywhere: enums, identifiers, durations, placeholders."""

from enum import StrEnum, unique
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

PRODUCTION = "production"
DEPLOY_ENVIRONMENT = "deploy"
"""The GitHub environment that `rotate.yml` and `up.yml` name."""
DEPLOY_KEY = "PULUMI_ACCESS_TOKEN"
"""The secret that only they may have."""
CHECKS_TOKEN = "checks_token"  # noqa: S105  # the name of an output: of production, read by every other stack
"""The one environment whose alerts may reach #sv0-alerts."""

SCRAPE_SECONDS = 60
"""Time from one scrape to the next, and from one evaluation of the rules to the next."""


class Frozen(BaseModel):
    """Base of all models that are read: unknown keys are rejected, fields are fixed, errors hide the value."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


@unique
class Tier(StrEnum):
    """How urgent an alert is (not where it is sent: that is the channel)."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"


@unique
class Channel(StrEnum):
    """Slack channel, by the last part of its name (not a contact point: several may share one)."""

    ALERTS = "alerts"
    DEPLOYS = "deploys"


@unique
class NoDataState(StrEnum):
    """What a Grafana rule does when its query returns nothing."""

    OK = "OK"
    NO_DATA = "NoData"
    ALERTING = "Alerting"
    KEEP_LAST = "KeepLast"


@unique
class NoDataMeans(StrEnum):
    """What is known when a rule with the no-data state OK returns nothing any more."""

    HEALTHY = "healthy"
    """It looks for a fault, and there is none."""
    UNKNOWN = "unknown"
    """It reads a value, and there is none: the fault may go on."""


@unique
class ExecErrState(StrEnum):
    """What a Grafana rule does when its query fails."""

    OK = "OK"
    ERROR = "Error"
    ALERTING = "Alerting"
    KEEP_LAST = "KeepLast"


@unique
class DataSource(StrEnum):
    """What a rule queries (not who exposes its series): metrics and usage by PromQL, logs by LogQL."""

    METRICS = "metrics"
    LOGS = "logs"
    USAGE = "usage"

    @property
    def kind(self) -> str:
        """Grafana's type of the data source."""
        return "loki" if self is DataSource.LOGS else "prometheus"


RULE_LABELS = ("alert_id", "tier", "environment", "owner", "service")
"""Labels that every rule has, and that routes may match."""

EVENT_LABEL = "event"
"""The label, with the value `true`, of alerts that are over when business hours begin."""

CALIBRATING_LABEL = "calibrating"
"""The label, with the value `true`, of alerts that are on trial."""

NO_DATA_MEANS = "no_data_means"
"""The annotation of a rule whose query also returns nothing when nobody knows whether the fault is over."""
WATCHDOG = "watchdog"
"""The id of the alert that always fires; its silence is the alarm."""
WATCHED_JOB = "{job}"
"""Stands in the watchdog's address for the name of who sends the sign of life: each has a check of its own."""
GRAFANA_JOB = "grafana"
"""The name of the one that Grafana's messages keep alive; the workflows' are theirs (.github/sign_of_life.py)."""

STATE_ALERTS = ("DatasourceNoData", "DatasourceError")
"""Names that Grafana gives to the alert of a rule that got no data, or an error."""

# Grafana: at most 40 characters; an all-digit uid is read as a legacy id.
Uid = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,29}$")]
OneLine = Annotated[str, Field(min_length=1, pattern=r"^[^\n\r]+$")]

WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
"""As Alertmanager's time intervals name them; a week begins on Sunday there."""
