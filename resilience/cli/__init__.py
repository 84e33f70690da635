"""The `resilience` command. Each command imports what it needs: start-up is most of its time."""

from resilience.cli import accounts, checking, declaration, rehearsal, reviewing
from resilience.cli.app import main

__all__ = ["accounts", "checking", "declaration", "main", "rehearsal", "reviewing"]
