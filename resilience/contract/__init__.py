"""Does a live `/metrics` expose what the telemetry contract promises to the rules and the collector?"""

from pathlib import Path

from resilience.contract.comparison import differences
from resilience.contract.source import read
from resilience.core.problems import BadInputError, Problem, validated
from resilience.core.yaml_files import read_yaml
from resilience.model.telemetry import Telemetry

__all__ = ["problems"]
_FILE = "catalogue/telemetry.yaml"


def problems(source: str, root: Path, seconds: float) -> list[Problem]:
    """All differences from the contract; an answer that cannot be used is one problem.

    Raises:
        BadInputError: the contract itself is wrong, or the file cannot be read.
    """
    contract = validated(Telemetry, read_yaml(root / _FILE, _FILE), _FILE)
    name, answer = read(source, seconds)
    if isinstance(answer, Problem):
        return [answer]
    try:
        return sorted(differences(answer, contract, name))
    except BadInputError as error:
        return list(error.problems)
