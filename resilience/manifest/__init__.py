"""Which resources does the program register? Found by running the real program under the SDK's mocks."""

from typing import TYPE_CHECKING, Any

from resilience.manifest.model import Manifest, Resource

if TYPE_CHECKING:
    from resilience.manifest.program import declare, declare_all, declare_deployed, record

__all__ = ["Manifest", "Resource", "declare", "declare_all", "declare_deployed", "record"]


def __getattr__(name: str) -> Any:
    """What runs the program, imported when it is named: who reads a manifest needs no SDK, which takes 0.3 s."""
    if name not in __all__:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    from resilience.manifest import program

    return getattr(program, name)
