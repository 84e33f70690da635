"""What can one run: the `resilience` command, with one module for each group of commands.

Each command imports only what it needs, because imports are most of its time.
"""

from resilience.cli import accounts, checking, declaration, rehearsal, reviewing
from resilience.cli.app import main

__all__ = ["accounts", "checking", "declaration", "main", "rehearsal", "reviewing"]
