"""The rehearsal: runs scenarios against the exported rules, and checks the messages that Slack would get.

Live, on real Prometheus and Alertmanager on the loopback with scaled time; or in virtual time, with Prometheus
and promtool.
Loki does not run: what its engine said of each log pipeline is recorded (logs.py). All else is real.
"""

from resilience.rehearsal.exported import Exported
from resilience.rehearsal.live.live_run import Progress, RunState
from resilience.rehearsal.report.report import write_report
from resilience.rehearsal.report.results import Result, Results, results_table
from resilience.rehearsal.run import SPEED, Exports, evaluate_virtually, rehearse, select
from resilience.rehearsal.scenario.scenario import Scenario, load_scenarios
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
