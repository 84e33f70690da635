"""The texts of alerts with their values filled in, by Prometheus' own template engine, which Grafana's follows.

Promtool prints what a rule's annotations become for a given series when it is asked to expect no alert.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from resilience.grafana import SentAlert
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.virtual.promtool import output_of

_FOUND = re.compile(r'Labels:\{.*alertname="alert_(?P<index>\d+)".*\n\s*Annotations:\{(?P<annotations>.*)\}')
_PAIR = re.compile(r'(?P<name>\w+)=(?P<text>"(?:[^"\\]|\\.)*")')
_RULE_LABELS = re.compile(r"^(__.*__|alertname|grafana_folder)$")

Annotations = dict[str, str]
_TextKey = tuple[frozenset[tuple[str, str]], str]


@dataclass(frozen=True)
class Texts:
    """Filled texts; a text without a value of its own keeps the one before."""

    found: dict[_TextKey, Annotations]

    def of(self, sent: SentAlert) -> Annotations:
        """Return the annotations of an alert as its message shows them, Grafana's own ones included."""
        return {**sent.annotations, **self.found.get(_key(sent), {})}


def filled(exported: Exported, alerts: Iterable[SentAlert]) -> Texts:
    """Fill the texts of these alerts.

    Raises:
        RehearsalError: promtool cannot do it.
    """
    written = {_rule_of(rule["alert"], rule["labels"]): rule["annotations"] for rule in _rules(exported)}
    wanted: dict[_TextKey, SentAlert] = {}
    for sent in alerts:
        if sent.value is not None and _rule_of(sent.labels["alertname"], sent.labels) in written:
            wanted.setdefault(_key(sent), sent)
    keys, sents = list(wanted), list(wanted.values())
    rules = [
        {
            "alert": f"alert_{index}",
            "expr": f"series_{index}",
            "annotations": written[_rule_of(sent.labels["alertname"], sent.labels)],
        }
        for index, sent in enumerate(sents)
    ]
    if not rules:
        return Texts({})
    test = {
        "interval": "1m",
        "input_series": [_series(index, sent) for index, sent in enumerate(sents)],
        "alert_rule_test": [{"eval_time": "0s", "alertname": rule["alert"], "exp_alerts": []} for rule in rules],
    }
    output, _ = output_of("texts", {"groups": [{"name": "texts", "rules": rules}]}, [test], 60.0)
    return Texts({keys[index]: annotations for index, annotations in _printed(output)})


def _rules(exported: Exported) -> Iterator[dict[str, Any]]:
    for group in exported.rules["groups"]:
        yield from group["rules"]


def _rule_of(title: str, labels: dict[str, str]) -> tuple[str, ...]:
    return title, labels["alert_id"], labels["environment"], labels["tier"]


def _key(sent: SentAlert) -> _TextKey:
    # As text: no NaN equals another.
    return sent.identity, repr(sent.value)


def _series(index: int, sent: SentAlert) -> dict[str, str]:
    labels = ",".join(f'{name}="{value}"' for name, value in sent.labels.items() if not _RULE_LABELS.match(name))
    return {"series": f"series_{index}{{{labels}}}", "values": f"{sent.value!r}"}


def _printed(output: str) -> Iterator[tuple[int, Annotations]]:
    for found in _FOUND.finditer(output):
        pairs = _PAIR.finditer(found["annotations"])
        yield int(found["index"]), {pair["name"]: ast.literal_eval(pair["text"]) for pair in pairs}
