"""The first part of the comment on a pull request: what the engine would do, stack by stack."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from resilience.core.problems import BadInputError
from resilience.review.comparison import compared
from resilience.review.markdown import as_markdown, code
from resilience.review.previews import Preview, PreviewStep, read
from resilience.review.reading import JsonObject

_MOST_LINES = 15
_GROUPS = ("sv0:", "pulumi:pulumi:")
# GitHub accepts 65,536 characters a comment; what is declared needs the rest.
_LONGEST = 30_000


def body(previews: Sequence[tuple[str, Path]]) -> str:
    """First a list for each stack, then the values, folded; a missing preview is named as missing."""
    found = [(stack, _read(path)) for stack, path in previews]
    lists = [line for stack, preview in found for line in (*_listed(stack, preview), "")]
    text = "\n".join(["### What `make up` would change", "", *lists])
    for stack, preview in found:
        folded = _folded(stack, preview) if preview else ""
        text += folded if len(text) + len(folded) < _LONGEST else f"\n{stack}: too many values to show; see the run.\n"
    return text


def _read(path: Path) -> Preview | None:
    """Without components: what is in them is listed, and they are nothing by themselves."""
    try:
        found = read(path)
    except BadInputError:
        return None
    if not (found.steps or found.problems or found.whole):
        return None
    return replace(found, steps=tuple(step for step in found.steps if not step.type.startswith(_GROUPS)))


def _listed(stack: str, preview: Preview | None) -> Iterator[str]:
    """Errors first; what the engine planned before an error is folded."""
    if preview is None:
        yield f"**{stack}**: there is no preview; see the run."
    elif preview.problems:
        yield f"**{stack}**: the preview failed."
        for problem in preview.problems:
            yield f"- {code(problem.path)}: {code(problem.what)}; {code(problem.instead)}"
    elif not preview.steps:
        yield f"**{stack}**: no change."
    else:
        yield f"**{stack}**: {_counted(preview.steps)}."
        yield from _steps(preview.steps)


def _counted(steps: Sequence[PreviewStep]) -> str:
    counts = {op: sum(step.op == op for step in steps) for op in dict.fromkeys(step.op for step in steps)}
    return ", ".join(f"{count} to {op}" for op, count in counts.items())


def _steps(steps: Sequence[PreviewStep]) -> Iterator[str]:
    for step in steps[:_MOST_LINES]:
        yield f"- {code(str(step).partition(': ')[2])}"
    if len(steps) > _MOST_LINES:
        yield f"- … and {len(steps) - _MOST_LINES} more"


def _folded(stack: str, preview: Preview) -> str:
    """Old and new values, as in the tables of what is declared; a secret shows as no difference."""
    if not preview.steps:
        return ""
    changes = compared(_inputs(preview.steps, "before"), _inputs(preview.steps, "after"))
    if not changes and not preview.problems:
        return f"\n{stack}: only secrets and computed values differ.\n"
    steps = "\n".join(_steps(preview.steps)) + "\n\n" if preview.problems else ""
    table = as_markdown(changes) if changes else ""
    return f"\n<details><summary>{stack}: old and new values</summary>\n\n{steps}{table}\n</details>\n"


def _inputs(steps: Iterable[PreviewStep], which: str) -> list[JsonObject]:
    found = [(step, getattr(step, which)) for step in steps]
    return [{"type": one.type, "name": one.name, "stack": one.stack, "inputs": given} for one, given in found if given]
