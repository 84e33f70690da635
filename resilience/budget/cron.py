"""How often a cron line runs in its busiest month."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import takewhile

from cronsim import CronSim, CronSimError

from resilience.model.faults import shown

_FIELDS = 5
# Any year would do: each has its months of 31 days, and the weekdays only move among them.
_BEGIN, _END = datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)


@cache
def runs_a_month(cron: str) -> int:
    """Runs in the busiest month of a year, counted one by one.

    Raises:
        ValueError: it is not a cron line of five fields; problem and remedy are parted by `; `.
    """
    if len(cron.split()) != _FIELDS:
        raise ValueError(f"{shown(cron)} has not five fields; write it as 17 */2 * * *")
    try:
        moments = takewhile(lambda moment: moment < _END, CronSim(cron, _BEGIN - timedelta(seconds=1)))
        return max(Counter(moment.month for moment in moments).values(), default=0)
    except CronSimError as error:
        raise ValueError(f"{shown(cron)} is no cron line ({error}); write it as 17 */2 * * *") from None
