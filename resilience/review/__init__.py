"""What a change of the declaration alters, told from two manifests (`resilience manifest --json`)."""

from resilience.review.comparison import Change, compared
from resilience.review.markdown import as_markdown
from resilience.review.reading import read_budget, read_manifest

__all__ = ["Change", "as_markdown", "compared", "read_budget", "read_manifest"]
