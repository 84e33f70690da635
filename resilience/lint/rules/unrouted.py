"""An alert that no route matches goes to the default receiver, which is only for mistakes.

The real Alertmanager routes, on the exported tree, the rule's own alert and the two that Grafana makes for
a rule without data or with an error. Other alerts of a rule differ only in labels that no route matches.
"""

from collections.abc import Iterator

from resilience.core.conventions import STATE_ALERTS
from resilience.core.problems import Problem
from resilience.export.alertmanager import route_of
from resilience.lint.context import Context, Lint
from resilience.manifest import types
from resilience.tools.alertmanager import receivers

_SHOWN = ("environment", "tier", "owner")
_INSTEAD = "write a tier and an owner of the catalogue"


def _problems(context: Context) -> Iterator[Problem]:
    for tree in [one for manifest in context.manifests for one in manifest.of_type(types.NOTIFICATION_POLICY)]:
        alerts = [(rule, name) for rule in context.rules for name in (rule.title, *STATE_ALERTS)]
        label_sets = [{**rule.labels, "alertname": name} for rule, name in alerts]
        for (rule, name), found in zip(alerts, receivers(route_of(tree), label_sets), strict=True):
            if set(found) == {tree.inputs["contactPoint"]}:
                labels = ", ".join(f'{key} "{rule.labels.get(key, "")}"' for key in _SHOWN)
                yield rule.problem("labels", f'no route matches alert "{name}" with {labels}', _INSTEAD)


LINT = Lint(
    "unrouted",
    "No route matches the tier, owner and environment of a rule, or of its alert for missing data or an error: "
    "it would go to the default receiver.",
    "A tier and an owner of the catalogue; or a route.",
    _problems,
)
