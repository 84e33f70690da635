"""Which resources does the program register? Found by running the real program under the SDK's mocks."""

from resilience.manifest.model import Manifest, Resource
from resilience.manifest.program import declare, declare_all, record

__all__ = ["Manifest", "Resource", "declare", "declare_all", "record"]
