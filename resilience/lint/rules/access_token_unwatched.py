"""Outside checks get in by a token of Cloudflare Access; its end pages P1, so its alert must come first."""

from collections.abc import Iterator

from resilience.core.problems import Problem, shown
from resilience.lint.context import Context, Lint
from resilience.manifest import types
from resilience.manifest.rules import STACKS, declared_rules
from resilience.model.settings import ACCESS_TOKEN


def _problems(context: Context) -> Iterator[Problem]:
    for manifest in context.manifests:
        queries = [query for rule in declared_rules([manifest]) for query in rule.queries("prometheus")]
        if manifest.of_type(types.CHECK) and not any(f'"{ACCESS_TOKEN}"' in query for query in queries):
            what = f"{shown(ACCESS_TOKEN)} is not listed, and without it no outside check gets in"
            instead = "write when it ends, under `credentials` in the settings of the stack"
            yield Problem(f"{STACKS}{manifest.stack}", "credentials", what, instead)


LINT = Lint(
    "access-token-unwatched",
    "A stack has outside checks, but no rule watches the end of the Cloudflare Access token with which they get in.",
    "`credentials: [{name: cloudflare-access, expires: …}]` in the settings of the stack.",
    _problems,
)
