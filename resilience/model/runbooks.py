"""What every runbook must say, under the same headings, so that a tired person finds it."""

SECTIONS = (
    "What the user sees",
    "First three commands",
    "Likely causes",
    "How to silence",
    "How to verify recovery",
    "When to escalate",
)


def sections(text: str) -> dict[str, str]:
    """What stands under each heading of the second level; a `##` inside a code block is none."""
    found: dict[str, list[str]] = {}
    fenced, lines = False, list[str]()
    for line in text.splitlines():
        fenced ^= line.lstrip().startswith("```")
        if line.startswith("## ") and not fenced:
            lines = found.setdefault(line.removeprefix("## ").strip(), [])
        else:
            lines.append(line)
    return {heading: "\n".join(below).strip() for heading, below in found.items()}


def missing_sections(text: str) -> list[str]:
    """Required sections that are not there, or that hold nothing."""
    found = sections(text)
    return [heading for heading in SECTIONS if not found.get(heading)]
