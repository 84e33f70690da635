"""How often a cron line runs in its busiest month."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import takewhile

from cronsim import CronSim, CronSimError

from resilience.core.problems import shown

_FIELDS = 5
# A leap year, so that every possible date is in it.
_BEGIN, _END = datetime(2028, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


@cache  # counts every minute of a day and every day of a year
def runs_a_month(cron: str) -> int:
    """Runs in the busiest month of a leap year: runs of a day times days, each counted one by one.

    Raises:
        ValueError: it is not a cron line of five fields; `; ` separates what is wrong from what to write.
    """
    if len(fields := cron.split()) != _FIELDS:
        raise ValueError(f"{shown(cron)} has not five fields; write it as 17 */2 * * *")
    try:
        of_a_day = len(_moments(" ".join([*fields[:2], "* * *"]), _BEGIN + _DAY))
        days = Counter(day.month for day in _moments(" ".join(["0 0", *fields[2:]]), _END))
    except CronSimError as error:
        raise ValueError(f"{shown(cron)} is not a cron line ({error}); write it as 17 */2 * * *") from None
    return of_a_day * max(days.values(), default=0)


def _moments(cron: str, end: datetime) -> list[datetime]:
    return list(takewhile(lambda moment: moment < end, CronSim(cron, _BEGIN - timedelta(seconds=1))))
