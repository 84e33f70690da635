"""The texts of Slack messages and issues; text from outside is quoted as code, where nothing has an effect."""

from dataclasses import dataclass
from datetime import timedelta

from probe.outside import code
from probe.probing import ProbeResult
from probe.targets import Plan

_SIGNS = {"P1": ":rotating_light:", "P2": ":warning:", "P3": ":information_source:"}


def escaped(text: str) -> str:
    """Text as Slack requires it: links, mentions and markup in it have no effect."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def duration_text(span: timedelta) -> str:
    """A duration as people write it: `3 min`, `1 h 32 min`, `2 d 4 h`."""
    minutes = max(0, round(span.total_seconds() / 60))
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min"


@dataclass(frozen=True)
class Messages:
    """The texts of one run; `page` is the address of its log, `issues` that of the repository's issues."""

    plan: Plan
    page: str
    issues: str

    def title(self, result: ProbeResult) -> str:
        """Title of an issue: the first diagnosis."""
        return f"{result.target.name}: {self._headline(result)}"

    def failure(self, result: ProbeResult, since: timedelta | None = None) -> str:
        """For an issue: what is broken, the fact, what to do; with `since`, a reminder."""
        target, kind = result.target, self.plan.kinds[result.diagnosis.kind]
        return "\n".join(
            [
                f"**{result.diagnosis.tier}: {_still(since)}{self._headline(result)}**",
                f"Seen from outside: {code(result.diagnosis.fact)}",
                f"First: {kind.remedy}",
                f"Owner: {target.owner}. [Runbook]({self.plan.runbooks}/{target.runbook}.md), [run]({self.page})",
            ]
        )

    def slack_failure(self, result: ProbeResult, number: int, since: timedelta | None = None) -> str:
        """The same for Slack; `number` is that of the issue."""
        target, kind, tier = result.target, self.plan.kinds[result.diagnosis.kind], result.diagnosis.tier
        links = {
            "Runbook": f"{self.plan.runbooks}/{target.runbook}.md",
            f"incident #{number}": f"{self.issues}/{number}",
            "run": self.page,
        }
        sound = [self.plan.mention] if tier == "P1" and self.plan.mention else []
        return "\n".join(
            [
                f"{_SIGNS[tier]} *{tier}: {_still(since)}{escaped(self._headline(result))}*",
                f"Seen from outside: {escaped(code(result.diagnosis.fact))}",
                f"First: {escaped(kind.remedy)}",
                f"Owner: {escaped(target.owner)}. " + ", ".join(f"<{url}|{name}>" for name, url in links.items()),
                *sound,
            ]
        )

    def recovery(self, result: ProbeResult, lasted: timedelta, *, late: bool) -> str:
        """For an issue; `late` if Slack got no message while the incident lasted."""
        note = " Slack got no message while it lasted." if late else ""
        return (
            f"{result.target.name}: {result.target.environment} is healthy again after {duration_text(lasted)}.{note}"
        )

    def slack_recovery(self, result: ProbeResult, lasted: timedelta, number: int, *, late: bool) -> str:
        """The same for Slack."""
        text = escaped(self.recovery(result, lasted, late=late))
        return f":white_check_mark: {text} <{self.issues}/{number}|Incident #{number}>"

    def _headline(self, result: ProbeResult) -> str:
        return f"{result.target.environment} {self.plan.kinds[result.diagnosis.kind].headline}"


def _still(since: timedelta | None) -> str:
    return f"Still, after {duration_text(since)}: " if since else ""
