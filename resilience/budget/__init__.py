"""Use against the free tier's limits, from what is declared and what is assumed.

Figures are upper bounds: beyond a limit Grafana Cloud drops data and GitHub stops, both without a word.
Left out on purpose: samples per minute. Everything is scraped once a minute, and for that no limit is known.
"""

from resilience.budget.inputs import BudgetInput
from resilience.budget.lines import BudgetLine, lines, problems

__all__ = ["BudgetInput", "BudgetLine", "lines", "problems"]
