"""The stacks of these tests have settings of their own: what is declared does not depend on the checkout's account."""

from collections.abc import Callable

import pytest

from resilience.manifest import Manifest
from tests.own_stacks import dev, production

__all__ = ["dev", "production"]


@pytest.fixture(scope="session")
def a_third_stack(declare_own: Callable[..., Manifest]) -> Manifest:
    """One more stack, and no code."""
    return declare_own("staging")
