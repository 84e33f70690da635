"""The page `docs/scenarios.md`: our rules and the seed plan's on the same scenarios, from one run."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from resilience.core.conventions import STATE_ALERTS
from resilience.core.durations import MINUTE, clock_face, seconds
from resilience.core.text import markdown
from resilience.core.yaml_files import read_own
from resilience.docgen import routing
from resilience.model.catalogue import ROOT, Catalogue
from resilience.rehearsal import Exported, Exports, Result, Scenario, load_scenarios
from resilience.rehearsal.exported import with_rules
from resilience.rehearsal.report.score import Score, recall, score, slowest
from resilience.rehearsal.simulator.api_simulator import ApiSimulator
from resilience.rehearsal.simulator.targets import SimulatorFactory
from resilience.rehearsal.variants import Variants
from resilience.rehearsal.virtual.evaluation import PHASES, evaluate_each
from resilience.rehearsal.virtual.prometheus_engine import differing
from resilience.rehearsal.virtual.series import PHASE

PAGE = "docs/scenarios.md"
_SEED_PLAN = ROOT / "resilience/rehearsal/seed_plan.yml"
_TEXT = """# The scenarios, and the alerts that fire

Written by `make scenarios` and checked by `make test`. One run in virtual time compares the declared rules with the
three rules of the seed plan on the same scenarios (`resilience/rehearsal/scenarios/`): a real Prometheus evaluates the
queries, a model of Grafana what becomes of the results ([grafana-evaluation.md](grafana-evaluation.md)). Each scenario
is evaluated every minute, {phases}; the later time counts.

| | ours | seed plan |
| --- | --- | --- |
{summary}

## First message

The longest time from the start of the fault to the message in Slack, within business hours: the time until the rule
fires, plus the `group_wait` of its route. Scenarios that say why they are slower (`slower`) are left out.

{first}

## Where Prometheus' own rule engine differs

Who leaves Grafana Cloud lives on that engine ([leaving-grafana-cloud.md](leaving-grafana-cloud.md)). `make scenarios`
runs the exported rules on it and fails when a scenario differs that is not listed here, or is listed and does not.

{differences}

## Scenario by scenario

Each time is from the start of the fault until the rule fires. **false** is an alert that nobody should get.

{scenarios}
"""


def seed_plan(ours: Exported) -> Exported:
    """The seed plan's three rules, on our routes."""
    return with_rules(ours, read_own(_SEED_PLAN.read_text("utf-8")))


def evaluated(
    exports: Exports, scenarios: tuple[Scenario, ...], simulator_of: SimulatorFactory = ApiSimulator
) -> tuple[tuple[Result, ...], tuple[Result, ...]]:
    """The results of these scenarios in virtual time: of our rules, and of the seed plan's."""
    ours, theirs = evaluate_each((exports, lambda scenario: seed_plan(exports(scenario))), scenarios, simulator_of)
    return ours, theirs


def page(ours: Sequence[Result], theirs: Sequence[Result], declared: Exported, catalogue: Catalogue) -> str:
    """The text of the page. Raises the errors of `routing.matches`."""
    scores, seeds = [score(one) for one in ours], [score(one) for one in theirs]
    after = (f"{(PHASE + phase) % MINUTE:g} s after a scrape" for phase in PHASES)
    return _TEXT.format(
        phases=" and once more ".join(after),
        summary="\n".join(f"| {name} | {_figure(scores)} | {_figure(seeds)} |" for name, _figure in _FIGURES.items()),
        first=markdown(
            ("alert", "tier", "first message after", "notify within", "scenario"),
            first_messages(scores, declared, catalogue),
        ),
        differences=markdown(("scenario", "reason"), list(_differing(ours))),
        scenarios=markdown(
            ("scenario", "must fire", "ours", "seed plan"), [_row(*pair) for pair in zip(scores, seeds, strict=True)]
        ),
    )


def _differing(results: Sequence[Result]) -> Iterator[tuple[str, str]]:
    for scenario in (result.scenario for result in results):
        if scenario.prometheus_differs:
            yield f"`{scenario.id}`", scenario.prometheus_differs


def first_messages(scores: list[Score], declared: Exported, catalogue: Catalogue) -> list[tuple[str, ...]]:
    """A row for each alert: the measured time, and the catalogue's `notify_within`."""
    found = slowest(scores, waits(declared))
    return [
        (
            f"`{alert.id}`",
            alert.tier,
            _minutes(found[alert.id][0]),
            _minutes(seconds(alert.notify_within)),
            found[alert.id][1].id,
        )
        for alert in sorted(catalogue.alerts, key=lambda one: (one.tier, one.id))
        if alert.id in found
    ]


def waits(declared: Exported) -> dict[tuple[str, str, str], float]:
    """`group_wait` of each alert's route in seconds, by alert id, tier and environment; Alertmanager finds the route.

    Of an event, which has two routes, that of its tier, which comes last.
    """
    sets = [{"alertname": one.name, **one.labels} for one in declared.alerts]
    return {
        _identity(labels): float(seconds(way.route["group_wait"]))
        for labels, way in routing.matches(declared.alertmanager, sets)
    }


def _identity(labels: Mapping[str, str]) -> tuple[str, str, str]:
    name = labels["alertname"] if labels["alertname"] in STATE_ALERTS else labels["alert_id"]
    return name, labels["tier"], labels["environment"]


def _recall(scores: list[Score]) -> str:
    caught, all_of_them = recall(scores)
    return f"{caught} of {all_of_them} ({caught / all_of_them:.0%})"


_FIGURES: dict[str, Callable[[list[Score]], str]] = {
    "scenarios": lambda scores: str(len(scores)),
    "of them benign": lambda scores: str(sum(one.scenario.benign for one in scores)),
    "alerts that must fire, and do": _recall,
    "scenarios with a false alarm": lambda scores: str(sum(bool(one.false) for one in scores)),
}


def _row(ours: Score, theirs: Score) -> tuple[str, ...]:
    wanted = ", ".join(dict.fromkeys(str(one.key) for one in ours.scenario.expect)) or "nothing"
    return (f"`{ours.scenario.id}`: {ours.scenario.title}", wanted, _outcome(ours), _outcome(theirs))


def _outcome(one: Score) -> str:
    caught = [f"{_minutes(after)}" for after in one.caught.values()]
    missed = [f"misses {key.alert_id}" for key in one.missed]
    false = [f"**false: {key}**" for key in one.false]
    return ", ".join([*caught, *missed, *false]) or "no alert"


def _minutes(after: float) -> str:
    return clock_face(after) if after >= 0 else "already firing"


def main() -> int:
    """Run all scenarios with both sets of rules and write the page; 1 if the engines differ where none should."""
    with TemporaryDirectory() as name:
        exports, scenarios = Variants(Path(name)), load_scenarios()
        ours, theirs = evaluated(exports, scenarios)
        text = page(ours, theirs, exports(scenarios[0]), Catalogue.load())
        found = {scenario.id: where for scenario, where in differing(exports, scenarios)}
    (ROOT / PAGE).write_text(text, encoding="utf-8")
    listed = {scenario.id for scenario in scenarios if scenario.prometheus_differs}
    for scenario in sorted(listed ^ set(found)):
        where = [f"at {clock_face(one.at)}" for one in found.get(scenario, [])] or ["nowhere"]
        print(f"{scenario}: Prometheus' engine differs {where[0]}; see prometheus_differs", file=sys.stderr)  # noqa: T201
    return int(listed != set(found))


if __name__ == "__main__":
    sys.exit(main())
