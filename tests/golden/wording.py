"""What the end of an alert must and must not say, by its name and by the reason that Grafana sends."""

from collections.abc import Iterator

from resilience.rehearsal.report.parsed_message import Message, text_of, title_of


def contradictions(message: Message, reason: str, *, monitoring: bool) -> Iterator[str]:
    """Yield what is not true; `monitoring`: the alert is DatasourceNoData or DatasourceError."""
    title, text = title_of(message), text_of(message)
    is_open = "no recovery" in text or "without recovery" in title
    if monitoring and reason == "MissingSeries":
        if is_open or "gone" in text:
            yield "data is back, and it is called gone"
        if "can be evaluated again" not in title or "can be evaluated again" not in text:
            yield "does not say that the rule can be evaluated again"
    elif reason in ("", "NoData"):
        if is_open:
            yield "an ordinary end is called no recovery"
    elif not is_open or title.startswith("Resolved"):
        yield "says resolved, and nobody knows"
    if monitoring and "P1" in title:
        yield "reads like a P1"
