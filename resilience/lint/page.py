"""`docs/lints.md`, made from the lints themselves."""

from resilience.lint import LINTS
from resilience.model.runbooks import SECTIONS

PAGE = "docs/lints.md"
_HEAD = """# Lints

Made by `make golden` from `resilience/lint/`; edit that instead.

`resilience check` judges what the program declares by these. One id each, the same everywhere: the module
`resilience/lint/<id>.py` and its test `tests/lint/test_<id>.py` (with `_` for `-`), and the end of each finding:

```text
stack production, stack dev: high-error-rate.expr: what is wrong; what to write instead [ratio-not-aggregated]
```

The path begins with the alert's id; the same fault of several stacks is one line. PromQL is parsed by `promql-parser`.
LogQL is not parsed but for its stream selectors, so of a `source: logs` alert only those are judged. What stands wrong
in the catalogue itself (a duration, a missing `no_data`, an unknown owner, a name outside the contract, no runbook) is
refused when it is read, without an id; the lint sees the same mistake when a component makes it.

"""


def page() -> str:
    """The whole page."""
    rows = [("lint", "what it finds", "write instead"), ("---",) * 3]
    rows += [(f"[`{one.id}`](../resilience/lint/{module_of(one.id)}.py)", one.means, one.instead) for one in LINTS]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    sections = "\n".join(f"- {heading}" for heading in SECTIONS)
    return f"{_HEAD}{table}\n\n## Sections of a runbook\n\n{sections}\n"


def module_of(lint: str) -> str:
    """Name of the module and of the test of a lint."""
    return lint.replace("-", "_")
