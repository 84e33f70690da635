"""The `resilience` command: one module for each group of commands.

Each command imports what it needs when it runs, because start-up is most of its time.
"""

# ruff: noqa: I001  # the order of the imports is the order in which the commands are listed
from resilience.cli.app import main
from resilience.cli import declaration
from resilience.cli import rehearsal
from resilience.cli import backtesting
from resilience.cli import checking
from resilience.cli import accounts
from resilience.cli import reviewing

__all__ = ["accounts", "backtesting", "checking", "declaration", "main", "rehearsal", "reviewing"]
