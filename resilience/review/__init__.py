"""What does a change of the code or the settings alter? Compares two manifests, and reads Pulumi's previews."""

from resilience.review.comparison import Change, compared, removed_stacks
from resilience.review.markdown import as_markdown
from resilience.review.reading import read_budget, read_manifest
from resilience.review.resets import resets

__all__ = ["Change", "as_markdown", "compared", "read_budget", "read_manifest", "removed_stacks", "resets"]
