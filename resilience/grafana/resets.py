"""Which changes of a rule reset it: its alerts end, and it waits from the start again (2.7)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from resilience.core.conventions import ExecErrState, NoDataState
from resilience.manifest.rules import model_of

NO_DATA_STATE, EXEC_ERR_STATE = NoDataState.NO_DATA, ExecErrState.ALERTING
"""What the provider writes if nothing is declared."""
_DASHBOARD = ("__dashboardUid__", "__panelId__")


@dataclass(frozen=True)
class PlacedRule:
    """A declared rule and its place, which Grafana compares too; `folder` is the folder's title."""

    inputs: Mapping[str, Any]
    group: Mapping[str, Any]
    folder: str
    index: int


def placed(groups: Iterable[Mapping[str, Any]], folders: Mapping[str, str]) -> Iterator[PlacedRule]:
    """The rules of these groups (the provider's inputs), in folders by uid."""
    for group in groups:
        for index, rule in enumerate(group.get("rules") or []):
            yield PlacedRule(rule, group, folders.get(str(group.get("folderUid")), ""), index)


def reset_reasons(old: PlacedRule, new: PlacedRule) -> list[str]:
    """What of a rule changed that resets it, by name; annotations, the interval and two times never do."""
    return [name for name, part in _FINGERPRINT.items() if part(old) != part(new)]


def _queries(rule: PlacedRule) -> list[Any]:
    """Each with its model decoded, so that neither order nor spaces in the JSON count."""
    found = [data for data in rule.inputs.get("datas") or [] if isinstance(data, dict)]
    return [{**data, "model": model_of(data) or data.get("model")} for data in found]


def _annotations(rule: PlacedRule) -> Mapping[str, Any]:
    """None while the engine does not know them."""
    found = rule.inputs.get("annotations")
    return found if isinstance(found, Mapping) else {}


_FINGERPRINT: dict[str, Callable[[PlacedRule], Any]] = {
    "uid": lambda rule: rule.inputs.get("uid"),
    "title": lambda rule: rule.inputs.get("name"),
    "folder": lambda rule: (rule.group.get("folderUid"), rule.folder),
    "group": lambda rule: rule.group.get("name"),
    "place in the group": lambda rule: rule.index,
    "query": _queries,
    "condition": lambda rule: rule.inputs.get("condition"),
    "for": lambda rule: rule.inputs.get("for") or "0s",
    "labels": lambda rule: rule.inputs.get("labels") or {},
    "no_data_state": lambda rule: rule.inputs.get("noDataState") or NO_DATA_STATE,
    "exec_err_state": lambda rule: rule.inputs.get("execErrState") or EXEC_ERR_STATE,
    "pause": lambda rule: rule.inputs.get("isPaused") or False,
    "contact point of its own": lambda rule: rule.inputs.get("notificationSettings") or None,
    "dashboard": lambda rule: [_annotations(rule).get(name) for name in _DASHBOARD],
}
