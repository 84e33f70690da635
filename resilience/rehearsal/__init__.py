"""The rehearsal: incidents as data, played against the exported rules until Slack hears of them.

Real Prometheus and Alertmanager on the loopback with scaled time, or promtool in virtual time.
Of rules on logs the pipeline is judged by Loki's engine beforehand (logs.py); the rest is real too.
"""

from resilience.rehearsal.exported import Exported
from resilience.rehearsal.live_run import Progress, RunState
from resilience.rehearsal.report import write_report
from resilience.rehearsal.results import Result, Results, results_table
from resilience.rehearsal.run import SPEED, Exports, evaluate_virtually, rehearse, select
from resilience.rehearsal.scenario import Scenario, load_scenarios
from resilience.tools.errors import RehearsalError

__all__ = [
    "SPEED",
    "Exported",
    "Exports",
    "Progress",
    "RehearsalError",
    "Result",
    "Results",
    "RunState",
    "Scenario",
    "evaluate_virtually",
    "load_scenarios",
    "rehearse",
    "results_table",
    "select",
    "write_report",
]
