"""What several components need in their tests."""

from typing import Any

from pulumi.runtime.mocks import MockResourceArgs

from resilience.manifest.mocks import ProviderMocks


class UnmarkedSecret(ProviderMocks):
    """A provider that does not mark one output of one type as secret."""

    def __init__(self, type_: str, output: str, value: str) -> None:
        """Return this value unencrypted."""
        super().__init__()
        self._type, self._clear = type_, {output: value}

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Answer with the secret unencrypted."""
        id_, outputs = super().new_resource(args)
        return id_, outputs | (self._clear if args.typ == self._type else {})
