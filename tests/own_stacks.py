"""Stacks with settings of the tests: what they declare does not depend on the account of the checkout."""

from collections.abc import Callable

import pytest

from resilience.manifest import Manifest


@pytest.fixture(scope="session")
def production(declare_own: Callable[..., Manifest]) -> Manifest:
    """The stack that owns what is shared."""
    return declare_own("production")


@pytest.fixture(scope="session")
def dev(declare_own: Callable[..., Manifest]) -> Manifest:
    """A stack that uses what is shared."""
    return declare_own("dev")
