"""What people read: Slack messages and the text of issues. Slack gets no markup but ours."""

from dataclasses import dataclass
from datetime import timedelta

from probe.probing import ProbeResult
from probe.targets import Plan

_SIGNS = {"P1": ":rotating_light:", "P2": ":warning:", "P3": ":information_source:"}


def escaped(text: str) -> str:
    """Text as Slack wants it: no link, no mention and no markup of it survives as such."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def lasting(span: timedelta) -> str:
    """A duration for people: `3 min`, `1 h 32 min`, `2 d 4 h`."""
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
    """Sentences of one run; `page` is the address of its log, `issues` that of the repository's issues."""

    plan: Plan
    page: str
    issues: str

    def title(self, result: ProbeResult) -> str:
        """Of the issue: the first thing that was seen."""
        return f"{result.target.name}: {self._headline(result)}"

    def bad(self, result: ProbeResult, since: timedelta | None = None) -> str:
        """For an issue: what is wrong, the fact, the remedy; `since` makes it a reminder."""
        target, kind = result.target, self.plan.kinds[result.diagnosis.kind]
        still = f"Still, after {lasting(since)}: " if since else ""
        return "\n".join(
            [
                f"**{result.diagnosis.tier}: {still}{self._headline(result)}**",
                f"Seen from outside: {result.diagnosis.fact}",
                f"First: {kind.remedy}",
                f"Owner: {target.owner}. [Runbook]({self.plan.runbooks}/{target.runbook}.md), [run]({self.page})",
            ]
        )

    def slack_bad(self, result: ProbeResult, number: int, since: timedelta | None = None) -> str:
        """The same for Slack."""
        target, kind = result.target, self.plan.kinds[result.diagnosis.kind]
        still = f"Still, after {lasting(since)}: " if since else ""
        links = {
            "Runbook": f"{self.plan.runbooks}/{target.runbook}.md",
            f"incident #{number}": f"{self.issues}/{number}",
            "run": self.page,
        }
        return "\n".join(
            [
                f"{_SIGNS[result.diagnosis.tier]} *{result.diagnosis.tier}: {still}{escaped(self._headline(result))}*",
                f"Seen from outside: {escaped(result.diagnosis.fact)}",
                f"First: {escaped(kind.remedy)}",
                f"Owner: {escaped(target.owner)}. " + ", ".join(f"<{url}|{name}>" for name, url in links.items()),
            ]
        )

    def good(self, result: ProbeResult, lasted: timedelta, *, late: bool) -> str:
        """Recovery; `late` when the incident itself could not be told while it lasted."""
        note = " It could not be told while it lasted." if late else ""
        return f"{result.target.name}: {result.target.environment} is healthy again after {lasting(lasted)}.{note}"

    def slack_good(self, result: ProbeResult, lasted: timedelta, number: int, *, late: bool) -> str:
        """The same for Slack."""
        text = escaped(self.good(result, lasted, late=late))
        return f":white_check_mark: {text} <{self.issues}/{number}|Incident #{number}>"

    def _headline(self, result: ProbeResult) -> str:
        return f"{result.target.environment} {self.plan.kinds[result.diagnosis.kind].says}"
