"""Do the data sources answer that the rules ask? Grafana asks each of them itself."""

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from urllib.parse import quote

from resilience.account.http import ApiClient
from resilience.account.verify.difference import LiveDifference, note
from resilience.manifest import Manifest
from resilience.manifest.rules import declared_rules

_EXPRESSION = "__expr__"
_NO_CHECK = (HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED)


def differences(grafana: ApiClient, manifests: Iterable[Manifest]) -> Iterator[LiveDifference]:
    """Data sources that are missing or do not answer.

    Raises:
        UnreachableError: Grafana itself gives no readable answer.
    """
    queries = [query for rule in declared_rules(manifests) for query in rule.inputs.get("datas") or []]
    for uid in sorted({str(query.get("datasourceUid")) for query in queries} - {_EXPRESSION}):
        answer = grafana.send(f"/api/datasources/uid/{quote(uid, safe='')}/health")
        page = f"see {grafana.address}/connections/datasources/edit/{uid}"
        says = answer.body.get("status") if isinstance(answer.body, dict) else None
        if answer.status in _NO_CHECK:
            yield note(f"data source {uid}", "cannot be checked: it has no check of itself")
        elif answer.status == HTTPStatus.NOT_FOUND:
            yield LiveDifference(
                f"data source {uid}", "is not there", "correct `metrics_uid`, `logs_uid` or `usage_uid`"
            )
        elif not answer.good or says != "OK":
            yield LiveDifference(f"data source {uid}", f"does not answer Grafana ({answer.status})", page)
