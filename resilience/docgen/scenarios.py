"""The corpus of incidents as the page `docs/incidents.md`: ours and the seed plan's rules, from one run."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from resilience.core.durations import clock_face, seconds
from resilience.core.text import markdown
from resilience.docgen import routing
from resilience.model.catalogue import ROOT, Catalogue
from resilience.rehearsal import Exported, Exports, Result, Scenario, load_scenarios, virtual
from resilience.rehearsal.exported import alerts_of
from resilience.rehearsal.score import Score, recall, score, slowest
from resilience.rehearsal.variants import Variants

PAGE = "docs/scenarios.md"
_SEED_PLAN = ROOT / "resilience/rehearsal/seed_plan.yml"
_TEXT = """# The scenarios, and what notices them

Made by `make scenarios` and compared in `make test`: one run in virtual time, with `promtool`, of the rules that are
declared and of the three rules of the seed plan, on the same scenarios (`resilience/rehearsal/scenarios/`).

| | ours | seed plan |
| --- | --- | --- |
{summary}

## First message

The longest time from the beginning of the fault until Slack is told, inside business hours: the rule's first firing and
the wait of its route. Left out are scenarios that say why they are slower.

{first}

## Scenario by scenario

Times count from the beginning of the fault to the rule's firing. **false** is an alert that nobody should get.

{scenarios}
"""


def seed_plan(ours: Exported) -> Exported:
    """The seed plan's three rules, on our routes."""
    rules: dict[str, Any] = yaml.safe_load(_SEED_PLAN.read_text("utf-8"))
    return replace(ours, rules=rules, alerts=alerts_of(rules))


def seed_plans(exports: Exports) -> Exports:
    """Those rules whatever an incident changes of our settings."""
    return lambda scenario: seed_plan(exports(scenario))


def evaluated(exports: Exports, scenarios: tuple[Scenario, ...]) -> tuple[Result, ...]:
    """The results of these incidents in virtual time."""
    return virtual.evaluate_all(exports, scenarios)


def page(ours: Sequence[Result], theirs: Sequence[Result], declared: Exported, catalogue: Catalogue) -> str:
    """The page. Raises as `routing.ways` does."""
    scores, seeds = [score(one) for one in ours], [score(one) for one in theirs]
    return _TEXT.format(
        summary="\n".join(f"| {name} | {_figure(scores)} | {_figure(seeds)} |" for name, _figure in _FIGURES.items()),
        first=markdown(
            ("alert", "tier", "first message after", "promised", "in"), first_messages(scores, declared, catalogue)
        ),
        scenarios=markdown(
            ("scenario", "must fire", "ours", "seed plan"), [_row(*pair) for pair in zip(scores, seeds, strict=True)]
        ),
    )


def first_messages(scores: list[Score], declared: Exported, catalogue: Catalogue) -> list[tuple[str, ...]]:
    """A row for each alert: measured, and promised by the catalogue."""
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
    """How long its route waits with a first message (s), by alert id, tier and environment; asked of amtool."""
    sets = [{"alertname": one.name, **one.labels} for one in declared.alerts]
    ways = routing.matches(declared.alertmanager, sets)
    return {
        (declared.alerts[index].key.alert_id, labels["tier"], labels["environment"]): float(
            seconds(way.route["group_wait"])
        )
        for index, (labels, way) in enumerate(ways)
    }


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
    return (f"`{ours.scenario.id}`: {ours.scenario.title}", wanted, _notified(ours), _notified(theirs))


def _notified(one: Score) -> str:
    caught = [f"{_minutes(after)}" for after in one.caught.values()]
    missed = [f"misses {key.alert_id}" for key in one.missed]
    false = [f"**false: {key}**" for key in one.false]
    return ", ".join([*caught, *missed, *false]) or "quiet"


def _minutes(after: float) -> str:
    return clock_face(after) if after >= 0 else "from before"


def main() -> None:
    """Play all scenarios with both sets of rules, and write the page."""
    with TemporaryDirectory() as name:
        exports, scenarios = Variants(Path(name)), load_scenarios()
        ours, theirs = evaluated(exports, scenarios), evaluated(seed_plans(exports), scenarios)
        text = page(ours, theirs, exports(scenarios[0]), Catalogue.load())
    (ROOT / PAGE).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
