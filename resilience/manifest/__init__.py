"""The list of resources that the real program registers, taken under the SDK's mock runtime."""

from resilience.manifest.model import Manifest, Resource
from resilience.manifest.program import declare, declare_all, record

__all__ = ["Manifest", "Resource", "declare", "declare_all", "record"]
