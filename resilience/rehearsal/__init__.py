"""The rehearsal: incidents as data, played against the exported rules until Slack hears of them.

Real Prometheus and Alertmanager on the loopback with scaled time, or promtool in virtual time.
Of rules on logs the pipeline is judged by Loki's engine beforehand (logs.py); the rest is real too.
"""

from resilience.rehearsal.api import SPEED, Exports, judge_virtually, rehearse, select
from resilience.rehearsal.drill import Progress, Step
from resilience.rehearsal.errors import RehearsalError
from resilience.rehearsal.exported import Exported
from resilience.rehearsal.incident import Incident, load_incidents
from resilience.rehearsal.report import write_report
from resilience.rehearsal.results import Result, Results, results_table

__all__ = [
    "SPEED",
    "Exported",
    "Exports",
    "Incident",
    "Progress",
    "RehearsalError",
    "Result",
    "Results",
    "Step",
    "judge_virtually",
    "load_incidents",
    "rehearse",
    "results_table",
    "select",
    "write_report",
]
