"""The rehearsal: plays scenarios against the declared rules, and checks the messages that Slack would get.

Every scenario in virtual time: a real Prometheus evaluates the queries, `resilience/grafana/` what Grafana makes of
the results. Some of them live too, on a real Alertmanager on the loopback with scaled time, until Slack is notified.
Loki does not run: what its engine said of each log pipeline is recorded (simulator/logs.py).
"""

from resilience.rehearsal.exported import Exported
from resilience.rehearsal.live.live_run import Progress, RunState
from resilience.rehearsal.report.report import write_report
from resilience.rehearsal.report.results import Result, Results, results_table
from resilience.rehearsal.run import SPEED, evaluate_virtually, rehearse, select
from resilience.rehearsal.scenario.scenario import Scenario, load_scenarios
from resilience.rehearsal.virtual.evaluation import STEPS, Exports, Played
from resilience.tools.errors import RehearsalError

__all__ = [
    "SPEED",
    "STEPS",
    "Exported",
    "Exports",
    "Played",
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
