"""A cron line counts the runs of its busiest month."""

import pytest

from resilience.budget.cron import runs_a_month


@pytest.mark.parametrize(
    ("cron", "runs"),
    [
        ("0 0 1 1 *", 1),
        ("0 0 29 2 *", 1),
        ("0 6 1,15 * *", 2),
        ("17 4 * * 1", 5),
        ("17 4 * * MON", 5),
        ("0 9 * * 1-5", 23),
        ("0 0 1 * 1", 6),  # either of the two days
        ("17 */2 * * *", 372),
        ("7,37 * * * *", 1488),
        ("*/5 * * * *", 8928),
        ("5-59/20 8-18/2 1 * 1", 3 * 6 * 6),
    ],
)
def test_runs_in_the_busiest_month(cron: str, runs: int) -> None:
    assert runs_a_month(cron) == runs


@pytest.mark.parametrize(
    ("cron", "what"),
    [
        ("*/5 * * *", '"*/5 * * *" has not five fields'),
        ("0 */5 * * * *", '"0 */5 * * * *" has not five fields'),
        ("61 * * * *", '"61 * * * *" is not a cron line (Bad minute)'),
        ("*/0 * * * *", '"*/0 * * * *" is not a cron line (Bad minute)'),
        ("0 0 31 2 *", '"0 0 31 2 *" is not a cron line (Bad day-of-month)'),
    ],
)
def test_what_is_not_a_cron_line_is_rejected(cron: str, what: str) -> None:
    with pytest.raises(ValueError, match=r"cron|five") as rejected:
        runs_a_month(cron)

    assert str(rejected.value) == f"{what}; write it as 17 */2 * * *"
