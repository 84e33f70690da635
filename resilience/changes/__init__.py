"""What a change of the declaration alters, told from two manifests (`resilience manifest --json`)."""

from resilience.changes.compare import Change, compared
from resilience.changes.markdown import as_markdown
from resilience.changes.reading import read_budget, read_manifest

__all__ = ["Change", "as_markdown", "compared", "read_budget", "read_manifest"]
