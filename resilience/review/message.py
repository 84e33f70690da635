"""What `make drift` and `make rotate` found, as text for a terminal and as a message for Slack."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from resilience.core.problems import BadInputError, without_secrets
from resilience.review.failures import UNKNOWN_REMEDY
from resilience.review.previews import Preview, read, stack_of
from resilience.review.rotation import belongs, only_rotation, token_end

_MOST, _LONGEST = 15, 300
DRIFT, ROTATION = "drift", "rotation"
_NOTHING = {DRIFT: "no drift", ROTATION: "no rotation is due"}
_HEADS = {DRIFT: "what exists is not what is declared, or could not be compared", ROTATION: "the telemetry tokens"}
_REMEDIES = {DRIFT: "Run the workflow `up` to apply what is declared, or declare what was changed.\n", ROTATION: ""}


def is_accepted(preview: Preview) -> bool:
    """Whether nothing would change, or only what a rotation changes."""
    return only_rotation(preview.steps)


def lines(preview: Preview, subject: str) -> list[str]:
    """What would change: a due rotation in one line, everything else by name."""
    found = _changes(preview)
    if end := token_end(preview.steps):
        found.append(
            f"{preview.stack}: rotation due: the telemetry token ends {end}; `make rotate` renews it; "
            f"then redeploy the collector of {preview.stack} before that"
        )
    return [_line(text) for text in found] or [f"{preview.stack}: {_NOTHING[subject]}."]


def _line(text: str) -> str:
    """One short printable line without credentials; more is read than shown, so that none is cut in half."""
    return without_secrets(text[: 2 * _LONGEST])[:_LONGEST]


def _changes(preview: Preview) -> list[str]:
    return [str(step) for step in preview.steps if not (token_end(preview.steps) and belongs(step))]


def message(subject: str, run: str, paths: Sequence[Path]) -> str:
    """Slack's payload, or nothing if there is nothing to say."""
    found = [line for path in paths for line in _shortened(list(_reported(subject, path)))]
    if not found:
        return ""
    listed = "\n".join(f"• {_escaped(_line(line))}" for line in found)
    head = f":information_source: P3: *{subject}*: {_HEADS[subject]}"
    return json.dumps({"text": f"{head}\n{listed}\n{_REMEDIES[subject]}<{run}|Run>"})


def _shortened(lines: Sequence[str]) -> list[str]:
    more = [f"… and {len(lines) - _MOST} more; see the run"] if len(lines) > _MOST else []
    return [*lines[:_MOST], *more]


def _reported(subject: str, path: Path) -> Iterator[str]:
    try:
        preview = read(path)
    except BadInputError:
        yield f"{stack_of(path)}: the preview failed; see the run"
        return
    if preview.problems:
        known = [problem.instead for problem in preview.problems if problem.instead != UNKNOWN_REMEDY]
        yield f"{preview.stack}: the preview failed; {known[0] if known else 'see the run'}"
    elif not preview.whole:
        yield f"{preview.stack}: the preview failed; see the run"
    elif subject == DRIFT:
        yield from _changes(preview)
    else:
        yield from _rotation(preview, done=path.with_name(f"{path.name}.done").exists())


def _rotation(preview: Preview, *, done: bool) -> Iterator[str]:
    if not done:
        yield from (f"{change}: run the workflow `up` first" for change in _changes(preview))
        yield f"{preview.stack}: the rotation did not finish; see the run"
    elif end := token_end(preview.steps):
        yield (
            f"{preview.stack}: the telemetry token was renewed; redeploy the collector of {preview.stack} before {end}"
        )


def _escaped(text: str) -> str:
    """Slack's three escapes: without them `<!channel>` would notify everybody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
