"""What the checks read: the checkout, the secrets, and Pulumi's state; each is read once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from resilience.account.doctor import backend, declared, secret_values, state
from resilience.account.doctor.declared import DeclaredStack
from resilience.account.doctor.finding import Finding
from resilience.budget import BudgetInput
from resilience.manifest import Manifest
from resilience.model.settings import Secret


@dataclass(frozen=True)
class DoctorInput:
    """Everything that is known without asking a service.

    Attributes:
        values: secrets by name; None for one that cannot be decrypted, no entry for one that is not known here.
        has_stack: whether Pulumi has the stack; None if that is not known.
        state: what Pulumi holds; None if that is not known.
        budget: settings and manifests of all stacks; None if one of them is wrong.
    """

    stack: DeclaredStack
    root: Path
    values: Mapping[Secret, str | None]
    has_stack: bool | None
    state: Manifest | None
    budget: BudgetInput | None

    @classmethod
    def gather(cls, stack: DeclaredStack, root: Path, of_backend: Sequence[Finding]) -> Self:
        """Read everything; the findings on the backend say what can be read."""
        name, has_stack = stack.file.stack, backend.has_stack(of_backend)
        decrypts = bool(has_stack) and all(one.good for one in of_backend)
        held = state.read(name, root) if has_stack else None if has_stack is None else Manifest(name, ())
        values = secret_values.read(stack.file, root, decrypts=decrypts)
        return cls(stack, root, values, has_stack, held, declared.gathered(root))

    @property
    def manifest(self) -> Manifest | None:
        """What this stack declares; None if the checkout is wrong."""
        name = self.stack.file.stack.rpartition("/")[2]
        return next((one for one in self.budget.manifests if one.stack == name), None) if self.budget else None
