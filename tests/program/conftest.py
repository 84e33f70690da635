"""The stacks of these tests have settings of their own: what is declared does not depend on the checkout's account."""

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


@pytest.fixture(scope="session")
def a_third_stack(declare_own: Callable[..., Manifest]) -> Manifest:
    """One more stack, and no code."""
    return declare_own("staging")
