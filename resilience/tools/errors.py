"""The one error of the rehearsal: a sentence for people, never a traceback."""

from resilience.core.problems import UserError


class RehearsalError(UserError):
    """Something outside the code is wrong: a file, a binary, a process, an incident."""
