"""The one error of the rehearsal: a sentence for people, never a traceback."""

from resilience.model.faults import TellableError


class RehearsalError(TellableError):
    """Something outside the code is wrong: a file, a binary, a process, an incident."""
