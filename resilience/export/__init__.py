"""What is the manifest as Prometheus rules and an Alertmanager configuration, which run anywhere?

What they cannot do in the same way is rejected by name, never dropped.
"""

from resilience.export.files import export, rendered, write

__all__ = ["export", "rendered", "write"]
