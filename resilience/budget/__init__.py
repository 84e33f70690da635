"""How much of each limit of the free tier is used, by what is declared and what is assumed?

Figures are upper bounds: above a limit Grafana Cloud drops data and GitHub stops, both without a message.
Left out on purpose: samples per minute. Everything is scraped once a minute, and no limit is known for that.
"""

from resilience.budget.inputs import BudgetInput
from resilience.budget.lines import BudgetLine, lines, problems

__all__ = ["BudgetInput", "BudgetLine", "lines", "problems"]
