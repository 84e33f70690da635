"""Grafana's alert evaluation as a model: from the answers of a query to what the Alertmanager is sent.

Every rule of it names its section of docs/grafana-evaluation.md, which has the sources. It is a model and no
proof of Grafana.
"""

from resilience.grafana.condition import Condition
from resilience.grafana.instance import Instance, Reason, State
from resilience.grafana.resets import PlacedRule, placed, reset_reasons
from resilience.grafana.rule import GrafanaRule, rules_of
from resilience.grafana.rule_states import Answer, Failure, RuleStates, SentAlert

__all__ = [
    "Answer",
    "Condition",
    "Failure",
    "GrafanaRule",
    "Instance",
    "PlacedRule",
    "Reason",
    "RuleStates",
    "SentAlert",
    "State",
    "placed",
    "reset_reasons",
    "rules_of",
]
