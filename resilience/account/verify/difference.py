"""One thing in which Grafana is not as declared, or does not work."""

from dataclasses import dataclass

from resilience.core.problems import without_secrets

_LONGEST = 500


@dataclass(frozen=True)
class LiveDifference:
    """What differs, and the command or page that helps.

    Attributes:
        note: worth reading, but nothing is wrong.
    """

    subject: str
    what: str
    remedy: str = ""
    note: bool = False

    def __str__(self) -> str:
        """One line; credentials in it are hidden."""
        subject, what, remedy = self.hidden()
        return f"{subject}: {what}; {remedy}" if remedy else f"{subject}: {what}"

    def hidden(self) -> tuple[str, str, str]:
        """Subject, what and remedy, each in one printable line; a name in Grafana may hold anything."""
        return _short(self.subject), _short(self.what), _short(self.remedy)


def _short(text: str) -> str:
    hidden = without_secrets(text)
    return hidden if len(hidden) <= _LONGEST else f"{hidden[:_LONGEST]}…"


def note(subject: str, what: str) -> LiveDifference:
    """Something that is worth reading."""
    return LiveDifference(subject, what, note=True)
