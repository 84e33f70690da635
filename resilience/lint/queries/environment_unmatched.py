"""All environments write into one Grafana, so a rule that does not name its own reads the data of others too."""

from collections.abc import Iterator
from typing import Any

import promql_parser as pp

from resilience.core.problems import Problem
from resilience.lint.context import Context, Lint
from resilience.manifest.rules import DeclaredRule
from resilience.promql import logql
from resilience.promql.ast import selectors, series_name

_LABEL = "environment"
_INSTEAD = f'write {_LABEL}="${_LABEL}" in its braces'


def _problems(context: Context) -> Iterator[Problem]:
    for rule in context.rules:
        for selector in [one for tree in rule.trees for one in selectors(tree)]:
            name = series_name(selector)
            # Series without an environment (outside checks, usage) cannot match one; outside-contract
            # reports unknown series.
            if _LABEL in context.series.get(name, ()) and not _matches_environment(selector, rule):
                yield rule.problem("expr", f'"{name}" is read without the environment of the rule', _INSTEAD)
        yield from _of_logs(rule)


def _of_logs(rule: DeclaredRule) -> Iterator[Problem]:
    for query in rule.queries("loki"):
        try:
            streams = logql.streams(query)
        except ValueError as error:
            yield rule.problem("expr", f"a stream selector is not right: {error}", "correct what is in its braces")
            continue
        if not streams:
            yield rule.problem("expr", "LogQL has no stream selector", _INSTEAD)
        if not all(_matches_environment(stream, rule) for stream in streams):
            yield rule.problem("expr", "logs are read without the environment of the rule", _INSTEAD)


def _matches_environment(selector: Any, rule: DeclaredRule) -> bool:
    # Alternatives (`or` inside the braces) leave `matchers` empty, so they match no environment.
    return any(
        one.name == _LABEL and one.op == pp.MatchOp.Equal and one.value == rule.labels.get(_LABEL)
        for one in selector.matchers.matchers
    )


LINT = Lint(
    "environment-unmatched",
    "A series that has the label `environment`, or a stream of logs, is read without it: production's rule "
    "would fire for dev. Of LogQL only the stream selectors are checked.",
    '`environment="$environment"` in every pair of braces.',
    _problems,
)
