"""From the manifest to Prometheus and Alertmanager: what is declared, on engines that run anywhere.

What the other side cannot do in the same way is refused by name, never dropped.
"""

from resilience.export.files import export, rendered, write

__all__ = ["export", "rendered", "write"]
