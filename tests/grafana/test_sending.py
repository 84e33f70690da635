"""What an alert carries, and when it is sent again."""

from collections.abc import Iterator

from resilience.grafana import Answer, Failure, Reason, RuleStates, SentAlert
from tests.grafana.depth import grafana_rule

HIGH, LOW = [({"series": "a"}, 9.0)], [({"series": "a"}, 3.0)]
FAILED = Failure("connection refused")
SYSTEM = {"alertname": "Depth", "grafana_folder": "SecurityV0 production", "__alert_rule_uid__": "sv0-depth"}
QUERY = {"ref_id": "A", "datasource_uid": "prom"}


def only(alerts: list[SentAlert]) -> SentAlert:
    """The one that was sent."""
    (alert,) = alerts
    return alert


def test_an_alert_has_labels_of_grafana_the_rule_and_the_series_in_this_order_of_precedence() -> None:
    states = RuleStates(grafana_rule(labels={"tier": "P1", "alertname": "mine"}))
    series = {"series": "a", "tier": "P9", "alertname": "theirs", "grafana_folder": "theirs", "empty": ""}

    alert = only(states.evaluate(0, [(series, 9.0)]))

    assert alert.labels == SYSTEM | {"tier": "P1", "series": "a"}
    assert alert.annotations == {"summary": "{{ $labels.series }} is at {{ $values.A.Value }}."}
    assert (alert.value, alert.starts_at, alert.ends_at, alert.resolved) == (9.0, 0, 240, False)


def test_an_alert_starts_when_it_fires_and_not_when_it_begins_to_wait() -> None:
    states = RuleStates(grafana_rule(pending="2m"))
    sent = [states.evaluate(at, HIGH) for at in (0, 60, 120, 180)]

    assert [len(alerts) for alerts in sent] == [0, 0, 1, 1]
    assert (sent[3][0].starts_at, sent[3][0].ends_at) == (120, 420)


def test_the_end_of_an_alert_carries_the_value_that_ended_it_and_the_time() -> None:
    states = RuleStates(grafana_rule())
    states.evaluate(0, HIGH)

    alert = only(states.evaluate(60, LOW))

    assert (alert.value, alert.starts_at, alert.ends_at, alert.resolved) == (3.0, 60, 60, True)
    assert "grafana_state_reason" not in alert.annotations


def test_an_end_is_sent_again_for_a_quarter_of_an_hour_as_it_was() -> None:
    states = RuleStates(grafana_rule())
    states.evaluate(0, HIGH)
    sent = [alert for minute in range(1, 30) for alert in states.evaluate(60.0 * minute, LOW)]

    assert len(sent) == 16
    assert {(alert.starts_at, alert.ends_at, alert.resolved) for alert in sent} == {(60, 60, True)}


def test_an_end_is_not_sent_again_after_a_quarter_of_an_hour_to_the_second() -> None:
    states = RuleStates(grafana_rule(interval=70.0))
    states.evaluate(0, HIGH)
    ended = states.evaluate(70, LOW)
    sent = {at for at in range(140, 1200, 70) for _ in states.evaluate(at, LOW)}

    assert only(ended).resolved
    assert max(sent) - 70 == 12 * 70  # 13 * 70 are 910 s


def test_an_end_is_sent_again_while_the_series_waits_to_fire_and_falls_back() -> None:
    states = RuleStates(grafana_rule(pending="1m"))
    for at, answer in ((0, HIGH), (60, HIGH), (120, LOW)):
        states.evaluate(at, answer)

    assert states.evaluate(180, HIGH) == []
    assert only(states.evaluate(240, LOW)).resolved
    states.evaluate(300, HIGH)
    assert not only(states.evaluate(360, HIGH)).resolved
    assert only(states.evaluate(420, LOW)).ends_at == 420


def sent_at(interval: float, last: int) -> Iterator[tuple[int, bool]]:
    """Seconds of what is sent about a series that fires from 0 and is low from 40 s on."""
    states = RuleStates(grafana_rule(interval=interval))
    for at in range(0, last, int(interval)):
        yield from ((at, alert.resolved) for alert in states.evaluate(at, HIGH if at < 40 else LOW))


def test_between_two_posts_lie_30_seconds_and_an_end_does_not_wait() -> None:
    assert list(sent_at(10, 110)) == [(0, False), (30, False), (40, True), (70, True), (100, True)]


def test_a_short_interval_gives_the_alertmanager_two_minutes() -> None:
    assert only(RuleStates(grafana_rule(interval=10)).evaluate(0, HIGH)).ends_at == 120


def test_a_series_that_is_late_is_kept_alive_and_one_that_vanished_ends_once() -> None:
    states = RuleStates(grafana_rule())
    both = [*HIGH, ({"series": "b"}, 3.0)]
    states.evaluate(0, both)

    late = only(states.evaluate(60, both[1:]))
    gone = only(states.evaluate(120, both[1:]))

    assert (late.starts_at, late.ends_at, late.resolved) == (0, 300, False)
    assert (gone.starts_at, gone.ends_at, gone.resolved, gone.value) == (0, 120, True, 9.0)
    assert gone.annotations["grafana_state_reason"] == "MissingSeries"
    assert states.evaluate(180, both[1:]) == []


def test_a_kept_series_that_is_missing_is_not_kept_alive() -> None:
    states = RuleStates(grafana_rule(keepFiringFor="1h", missingSeriesEvalsToResolve=9))
    states.evaluate(0, HIGH)
    assert only(states.evaluate(60, LOW)).ends_at == 300

    assert only(states.evaluate(120, [({"series": "b"}, 3.0)])).ends_at == 300


def test_no_data_has_a_name_of_its_own_that_its_end_keeps() -> None:
    states = RuleStates(grafana_rule())
    begun, ended = only(states.evaluate(0, [])), only(states.evaluate(60, LOW))

    wanted = SYSTEM | QUERY | {"alertname": "DatasourceNoData", "rulename": "Depth", "tier": "P1"}
    assert begun.labels == ended.labels == wanted
    assert (begun.value, begun.ends_at) == (None, 240)
    assert begun.annotations.keys() == {"summary"}
    assert (ended.resolved, ended.annotations["grafana_state_reason"]) == (True, "MissingSeries")


def test_a_failure_has_a_name_of_its_own_and_says_why() -> None:
    states = RuleStates(grafana_rule())
    begun, ended = only(states.evaluate(0, FAILED)), only(states.evaluate(60, LOW))

    wanted = SYSTEM | QUERY | {"alertname": "DatasourceError", "rulename": "Depth", "tier": "P1"}
    assert begun.labels == ended.labels == wanted
    assert begun.annotations["Error"] == "connection refused"
    assert not begun.annotations.keys() & QUERY.keys()


def test_a_failure_that_leaves_the_alert_as_it_is_shows_in_its_texts_until_there_is_a_value() -> None:
    states = RuleStates(grafana_rule(execErrState="KeepLast"))
    states.evaluate(0, HIGH)

    kept, again = only(states.evaluate(60, FAILED)), only(states.evaluate(120, HIGH))

    assert kept.annotations.items() >= {**QUERY, "Error": "connection refused"}.items()
    assert (kept.labels["alertname"], kept.value) == ("Depth", 9.0)
    assert kept.annotations["grafana_state_reason"] == "Error, KeepLast"
    assert again.annotations.keys() == {"summary"}


def test_no_data_that_ends_an_alert_shows_in_its_texts() -> None:
    states = RuleStates(grafana_rule(noDataState="OK"))
    states.evaluate(0, HIGH)

    ended = only(states.evaluate(60, []))

    assert ended.annotations.items() >= {**QUERY, "grafana_state_reason": "NoData"}.items()
    assert (ended.labels, ended.value) == (SYSTEM | {"tier": "P1", "series": "a"}, 9.0)


def test_two_series_with_the_same_labels_are_a_failure() -> None:
    states = RuleStates(grafana_rule())

    assert only(states.evaluate(0, [*HIGH, *LOW])).labels["alertname"] == "DatasourceError"


def test_a_series_without_labels_and_a_failure_are_one_instance() -> None:
    states = RuleStates(grafana_rule())
    states.evaluate(0, [({}, 9.0)])

    failed, back = only(states.evaluate(60, FAILED)), only(states.evaluate(120, [({}, 9.0)]))

    assert failed.labels["alertname"] == "DatasourceError"
    assert back.labels == SYSTEM | {"tier": "P1"}
    assert states.evaluate(180, [({}, 3.0)])[0].resolved
    assert len(states.instances) == 1


def test_a_changed_rule_ends_what_fires_at_once_and_drops_what_waits() -> None:
    states = RuleStates(grafana_rule(pending="1m"))
    states.evaluate(0, HIGH)
    states.evaluate(60, [*HIGH, ({"series": "b"}, 9.0)])

    ended = only(states.change(75, Reason.PAUSED))

    assert (ended.labels["series"], ended.starts_at, ended.ends_at, ended.resolved) == ("a", 75, 75, True)
    assert ended.annotations["grafana_state_reason"] == "Paused"
    assert states.instances == ()


def test_no_data_ends_with_its_name_when_the_rule_is_deleted() -> None:
    states = RuleStates(grafana_rule())
    states.evaluate(0, [])

    assert only(states.change(30, Reason.RULE_DELETED)).labels["alertname"] == "DatasourceNoData"


def test_health_is_what_grafana_reports() -> None:
    states = RuleStates(grafana_rule(pending="1m"))
    answers: list[Answer] = [LOW, [], [], FAILED, LOW]
    seen = []
    for minute, answer in enumerate(answers):
        states.evaluate(60.0 * minute, answer)
        seen.append(states.health)

    assert seen == ["ok", "ok", "nodata", "error", "ok"]


def test_a_failure_that_counts_as_normal_leaves_the_rule_healthy() -> None:
    healths = {}
    for setting in ("OK", "KeepLast", "Alerting", "Error"):
        states = RuleStates(grafana_rule(execErrState=setting))
        states.evaluate(0, FAILED)
        healths[setting] = states.health

    assert healths == {"OK": "ok", "KeepLast": "ok", "Alerting": "error", "Error": "error"}


def test_a_restart_of_grafana_resets_nothing() -> None:
    states = RuleStates(grafana_rule())
    states.evaluate(0, HIGH)

    # Three evaluations did not take place; the instance is not missing, because it has a result again.
    alert = only(states.evaluate(240, HIGH))
    assert (alert.starts_at, alert.ends_at) == (0, 480)


def test_a_kept_series_that_vanishes_ends_too() -> None:
    states = RuleStates(grafana_rule(keepFiringFor="1h", missingSeriesEvalsToResolve=1))
    states.evaluate(0, [*HIGH, ({"series": "b"}, 3.0)])
    states.evaluate(60, [*LOW, ({"series": "b"}, 3.0)])

    ended = only(states.evaluate(120, [({"series": "b"}, 3.0)]))

    assert (ended.labels["series"], ended.resolved) == ("a", True)
    assert ended.annotations["grafana_state_reason"] == "MissingSeries"


def test_a_failure_that_becomes_a_good_value_of_the_same_instance_has_no_end() -> None:
    states = RuleStates(grafana_rule())
    answers: list[Answer] = [[({}, 9.0)], [({}, 3.0)], FAILED, [({}, 3.0)], [({}, 3.0)]]
    sent = [[alert.resolved for alert in states.evaluate(60.0 * at, answer)] for at, answer in enumerate(answers)]

    assert sent == [[False], [True], [False], [], []]


def test_a_failure_followed_by_no_data_leaves_no_label_of_the_query() -> None:
    states = RuleStates(grafana_rule(noDataState="Alerting"))
    states.evaluate(0, [({}, 3.0)])
    states.evaluate(60, FAILED)
    assert states.health == "error"

    alert = only(states.evaluate(120, []))

    assert (alert.labels, states.health) == (SYSTEM | {"tier": "P1"}, "ok")
    assert alert.annotations.items() >= {**QUERY, "Error": "connection refused"}.items()


def test_a_value_after_a_failure_makes_the_rule_healthy() -> None:
    states = RuleStates(grafana_rule(execErrState="Alerting", pending="5m"))
    healths = []
    answers: list[Answer] = [LOW, FAILED, LOW]
    for minute, answer in enumerate(answers):
        states.evaluate(60.0 * minute, answer)
        healths.append(states.health)

    assert healths == ["ok", "error", "ok"]
