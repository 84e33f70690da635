"""The one error of the rehearsal: a sentence for people, never a traceback."""


class RehearsalError(Exception):
    """Something outside the code is wrong: a file, a binary, a process, an incident."""
