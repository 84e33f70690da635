"""A live `/metrics` against the telemetry contract: what rules and collector may rely on."""

from pathlib import Path

from resilience.contract.judging import findings
from resilience.contract.reading import read
from resilience.core.problems import BadInputError, Problem, validated
from resilience.core.yaml_files import read_yaml
from resilience.model.telemetry import Telemetry

__all__ = ["faults"]
_FILE = "catalogue/telemetry.yaml"


def problems(source: str, root: Path, seconds: float) -> list[Problem]:
    """All that differs from the contract; an answer that cannot be used is one finding.

    Raises:
        BadInputError: the contract itself is wrong, or the file is not readable.
    """
    contract = validated(Telemetry, read_yaml(root / _FILE, _FILE), _FILE)
    name, answer = read(source, seconds)
    if isinstance(answer, Problem):
        return [answer]
    try:
        return sorted(findings(answer, contract, name))
    except BadInputError as error:
        return list(error.problems)
