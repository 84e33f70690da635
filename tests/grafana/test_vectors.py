"""The state vectors: for each evaluation the instances, their reasons, and what is sent."""

import re
from pathlib import Path
from typing import Any

import pytest

from resilience.core.yaml_files import read_own
from resilience.grafana import Answer, Failure, Instance, Reason, RuleStates, SentAlert, State
from tests.grafana.depth import INTERVAL, grafana_rule

VECTORS = read_own(Path(__file__).with_name("vectors.yaml").read_text("utf-8"))["vectors"]
START = 1_700_000_040.0
READINGS = {"since 13": True, "before 13": False}
STATES = {
    State.NORMAL: "N",
    State.PENDING: "P",
    State.ALERTING: "A",
    State.RECOVERING: "R",
    State.NO_DATA: "ND",
    State.ERROR: "ER",
}
REASONS = {
    Reason.NONE: "",
    Reason.NO_DATA: "(nd)",
    Reason.ERROR: "(er)",
    Reason.NO_DATA_KEEP_LAST: "(nd+kl)",
    Reason.ERROR_KEEP_LAST: "(er+kl)",
    Reason.MISSING_SERIES: "(ms)",
    Reason.UPDATED: "(up)",
}


def answer(written: str) -> Answer:
    """`a9 b3`, `none` or `failure`."""
    if written == "failure":
        return Failure("connection refused")
    return [({"series": one[0]}, float(one[1:])) for one in written.split() if written != "none"]


def states(rule: RuleStates) -> str:
    """All instances after an evaluation, the vanished ones too; n has the labels of the query, e has none."""

    def one(instance: Instance) -> str:
        name = instance.labels.get("series") or ("n" if "ref_id" in instance.labels else "e")
        return f"{name}={STATES[instance.state]}{REASONS[instance.reason]}"

    return " ".join(sorted(map(one, [*rule.instances, *rule.vanished])))


def sent(alerts: list[SentAlert]) -> str:
    """What was posted."""

    def one(alert: SentAlert) -> str:
        special = {"DatasourceNoData": "n!", "DatasourceError": "e!"}.get(alert.labels["alertname"])
        reason = REASONS[Reason(alert.annotations.get("grafana_state_reason", ""))]
        return f"{special or alert.labels.get('series', 'n')}{'-' if alert.resolved else '+'}{reason}"

    return " ".join(sorted(map(one, alerts)))


CASES = [
    pytest.param(vector, reading, id=f"{vector['number']}, {said}")
    for vector in VECTORS
    for said, reading in READINGS.items()
    if vector.get("only", said) == said
]


@pytest.mark.parametrize(("vector", "reading"), CASES)
def test_a_state_vector_holds(vector: dict[str, Any], reading: bool) -> None:
    rule = RuleStates(grafana_rule(**vector.get("rule", {})), pending_without_data=reading)
    got = []
    for minute, step in enumerate(vector["steps"]):
        written = step.split(";")[0]
        at, posted = START + minute * INTERVAL, []
        if written.startswith("updated "):
            posted = rule.change(at, Reason.UPDATED)
        posted = posted + rule.evaluate(at, answer(written.removeprefix("updated ")))
        got.append(f"{written}; {states(rule)}; {sent(posted)}".rstrip())

    assert got == [_sorted(step) for step in vector["steps"]]


def _sorted(step: str) -> str:
    written, instances, posted = (part.split() for part in step.split(";"))
    return f"{' '.join(written)}; {' '.join(sorted(instances))}; {' '.join(sorted(posted))}".rstrip()


def test_all_vectors_are_here() -> None:
    assert [vector["number"] for vector in VECTORS] == list(range(1, 33))
    assert all(re.fullmatch(r"[^;]+; [^;]+;.*", step) for vector in VECTORS for step in vector["steps"])
