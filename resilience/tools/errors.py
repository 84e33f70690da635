"""The error of the rehearsal and its tools: users see a sentence, never a traceback."""

from resilience.core.problems import UserError


class RehearsalError(UserError):
    """Something outside the code is wrong: a file, a program, a process, a scenario."""
