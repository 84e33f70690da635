"""Names and spellings that hold everywhere: enums, identifiers, durations, placeholders."""

import re
from enum import StrEnum, unique
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from resilience.model.faults import shown

PRODUCTION = "production"
"""The one environment whose alerts may reach #sv0-alerts."""

SCRAPE_SECONDS = 60
"""Time from one scrape to the next, and from one evaluation of the rules to the next."""


class Frozen(BaseModel):
    """Base of all that is read: unknown keys are refused, nothing changes, no value is echoed."""

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
class NoData(StrEnum):
    """What a Grafana rule does when its query returns nothing."""

    OK = "OK"
    NO_DATA = "NoData"
    ALERTING = "Alerting"
    KEEP_LAST = "KeepLast"


@unique
class OnError(StrEnum):
    """What a Grafana rule does when its query fails."""

    OK = "OK"
    ERROR = "Error"
    ALERTING = "Alerting"
    KEEP_LAST = "KeepLast"


@unique
class DataSource(StrEnum):
    """What a rule asks (not who exposes its series): metrics and usage speak PromQL, logs LogQL."""

    METRICS = "metrics"
    LOGS = "logs"
    USAGE = "usage"

    @property
    def kind(self) -> str:
        """Grafana's type of the data source."""
        return "loki" if self is DataSource.LOGS else "prometheus"


RULE_LABELS = ("alert_id", "tier", "environment", "owner", "service")
"""Labels that every rule carries, and that routes may match."""

STATE_ALERTS = ("DatasourceNoData", "DatasourceError")
"""Names that Grafana gives to the alert of a rule that got no data, or an error."""

# Grafana: at most 40 characters; an all-digit uid is read as a legacy id.
Uid = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,29}$")]
Line = Annotated[str, Field(min_length=1, pattern=r"^[^\n\r]+$")]
Url = Annotated[str, Field(pattern=r"^https?://[^\s\"<>|]+$")]

_UNITS = {"y": 31_536_000, "w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def seconds(duration: str) -> int:
    """Seconds of a duration as Prometheus writes it (`1h30m`).

    Raises:
        ValueError: it is not one.
    """
    found = _DURATION.fullmatch(duration)
    if not duration or found is None:
        raise ValueError(f"{shown(duration)} is not a duration; write it as 30s, 5m, 1h30m or 1d")
    return sum(int(count or 0) * size for count, size in zip(found.groups(), _UNITS.values(), strict=True))


def spelt(total: int) -> str:
    """Seconds as Grafana and Prometheus spell them; years and weeks only when nothing is left over.

    Another spelling of the same time shows as a difference in every preview.
    """
    text = ""
    for unit, size in _UNITS.items():
        if unit in "yw" and total % size:
            continue
        count, total = divmod(total, size)
        text += f"{count}{unit}" if count else ""
    return text or "0s"


def _normal(duration: str) -> str:
    if (normal := spelt(seconds(duration))) != duration:
        raise ValueError(f"{shown(duration)} is not how Grafana spells it; write {normal}")
    return duration


Duration = Annotated[str, AfterValidator(_normal)]
