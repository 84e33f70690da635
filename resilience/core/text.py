"""Text for people: placeholders filled in, tables for Markdown and for a terminal."""

import io
import re
from collections.abc import Collection, Mapping, Sequence

_PLACEHOLDER = re.compile(r"\$\{?([A-Za-z_0-9]+)\}?")
_ACTION = re.compile(r"\{\{.*?\}\}")


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with every `$name` replaced; a name without a value stays as it is."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text.strip())


def unknown_placeholders(text: str, known: Collection[str]) -> list[str]:
    """Names in a text that have no value; `{{ … }}` belongs to Grafana and may have its own."""
    return sorted(set(_PLACEHOLDER.findall(_ACTION.sub("", text))) - set(known))


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of the same number of cells, as lines with straight columns."""
    # Imported here: it takes a tenth of what a short command such as `drift` needs.
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for _ in rows[0]:
        table.add_column(no_wrap=True)
    for row in rows:
        table.add_row(*map(Text, row))
    console = Console(file=io.StringIO(), width=10_000, color_system=None)
    with console.capture() as captured:
        console.print(table)
    return [line.rstrip() for line in captured.get().splitlines()]
