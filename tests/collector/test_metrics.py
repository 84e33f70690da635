"""The collector sends exactly the metrics of the telemetry contract."""

import itertools

import pytest

from resilience.model.telemetry import Source, Telemetry
from tests.collector import keep
from tests.collector.alloy import Block, Call
from tests.collector.evaluator import relabelled

JOBS = {"api": Source.API, "alloy": Source.COLLECTOR}
# Other series of prom-client 15 and Alloy, and names that only begin or end like one of ours.
UNKNOWN_SERIES = (
    "scrape_samples_scraped", "scrape_duration_seconds", "nodejs_heap_size_used_bytes", "process_cpu_seconds_total",
    "process_resident_memory_bytes", "sv0_http_requests", "sv0_http_requests_total_created", "xup", "up2",
    "sv0_http_request_duration_seconds", "sv0_new_metric", "alloy_build_info", "loki_write_sent_bytes_total",
)  # fmt: skip
BOUNDS = ("", "0.005", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf", "0x1", "2.50", "Inf")


def kept(config: Block, job: str, telemetry: Telemetry) -> set[tuple[str, str]]:
    """The series (name, bound) that the deployed rules keep, of all possible ones."""
    names = {series for name, metric in telemetry.metrics.items() for series in metric.exposes(name)}
    rules = config.one("prometheus.relabel", job)
    possible = itertools.product(sorted(names | set(UNKNOWN_SERIES)), BOUNDS)
    return {(name, le) for name, le in possible if relabelled({"__name__": name, "le": le}, rules, {}) is not None}


def contract_series(telemetry: Telemetry, source: Source) -> set[tuple[str, str]]:
    """The series of the contract, found without regular expressions."""
    found = set()
    for name, metric in telemetry.metrics.items():
        if metric.source in (Source.SCRAPE, source):
            for series in metric.exposes(name):
                bounds = [f"{bound:g}" for bound in metric.buckets] + ["+Inf"] if series.endswith("_bucket") else [""]
                found |= {(series, bound) for bound in bounds}
    return found


@pytest.mark.parametrize("job", JOBS)
def test_the_keep_list_is_the_contract(config: Block, telemetry: Telemetry, job: str) -> None:
    found, wanted = kept(config, job, telemetry), contract_series(telemetry, JOBS[job])

    assert (found - wanted, wanted - found) == (set(), set()), keep.pattern(telemetry, JOBS[job])


@pytest.mark.parametrize("job", JOBS)
def test_the_keep_list_is_written_as_the_contract_prints_it(config: Block, telemetry: Telemetry, job: str) -> None:
    rule = config.one("prometheus.relabel", job).blocks[0].attributes

    assert rule == {
        "source_labels": list(keep.LABELS),
        "regex": keep.pattern(telemetry, JOBS[job]),
        "action": "keep",
    }, f"paste into deploy/alloy/config.alloy: {keep.pattern(telemetry, JOBS[job])}"


def test_a_whole_bound_is_kept_in_both_spellings(telemetry: Telemetry) -> None:
    histogram = telemetry.metrics["sv0_http_request_duration_seconds"].model_copy(update={"buckets": (1.0, 2.5)})
    contract = telemetry.model_copy(update={"metrics": {"t": histogram}})

    assert keep.pattern(contract, Source.API) == r"(t_count|t_sum);|t_bucket;(1(\.0)?|2\.5|\+Inf)"


@pytest.mark.parametrize("job", JOBS)
def test_every_label_of_the_contract_survives(config: Block, telemetry: Telemetry, job: str) -> None:
    for name, metric in telemetry.metrics.items():
        if metric.source in (Source.SCRAPE, JOBS[job]):
            labels = {label: "x" for label in metric.labels if label != "environment"}
            series = {"__name__": metric.exposes(name)[-1], **labels}

            assert relabelled(series, config.one("prometheus.relabel", job), {}) == series


def test_an_api_cannot_set_its_own_environment(config: Block) -> None:
    series = {"__name__": "sv0_queue_depth", "environment": "production"}

    assert relabelled(series, config.one("prometheus.relabel", "api"), {}) == {"__name__": "sv0_queue_depth"}


def test_the_environment_is_added_to_all_that_leaves(config: Block) -> None:
    ends = [config.one(name, "grafana_cloud") for name in ("loki.write", "prometheus.remote_write")]

    found = [end.attributes["external_labels"] for end in ends]
    assert found == [{"environment": Call("sys.env", ("SV0_ENVIRONMENT",))}] * 2


def test_the_jobs_are_those_that_rules_ask_for(config: Block) -> None:
    scrapes = {block.label: block.attributes for block in config.all("prometheus.scrape")}

    assert {label: scrape["job_name"] for label, scrape in scrapes.items()} == {
        "api": "sv0-api",
        "alloy": "integrations/alloy",
    }
    assert scrapes["api"]["targets"] == [{"__address__": "api:3000", "instance": "api"}]
    own = relabelled({"job": "integrations/self", "instance": "4f1c"}, config.one("discovery.relabel", "alloy"), {})
    assert own == {"job": "integrations/alloy", "instance": "alloy"}


def test_scrapes_are_a_minute_apart_and_end_before_the_next(config: Block) -> None:
    for scrape in config.all("prometheus.scrape"):
        assert (scrape.attributes["scrape_interval"], scrape.attributes["scrape_timeout"]) == ("60s", "10s")


def test_each_scrape_passes_its_own_keep_list_on_the_way_out(config: Block) -> None:
    for job in JOBS:
        scrape, rules = config.one("prometheus.scrape", job), config.one("prometheus.relabel", job)

        assert [one.name for one in scrape.attributes["forward_to"]] == [f"prometheus.relabel.{job}.receiver"]
        assert [one.name for one in rules.attributes["forward_to"]] == [
            "prometheus.remote_write.grafana_cloud.receiver"
        ]


def test_samples_wait_on_disk_while_the_endpoint_is_away(config: Block) -> None:
    write = config.one("prometheus.remote_write", "grafana_cloud")

    # Defaults: retried for ever, kept in the write-ahead log for 8 h.
    assert [block.name for block in (*write.blocks, *write.one("endpoint").blocks)] == ["endpoint", "basic_auth"]


def test_tokens_come_from_files_and_from_nowhere_else(config: Block) -> None:
    ends = {"loki.write": "grafana_loki_token", "prometheus.remote_write": "grafana_prom_token"}
    for name, secret in ends.items():
        auth = config.one(name, "grafana_cloud").one("endpoint").one("basic_auth")

        assert set(auth.attributes) == {"username", "password_file"}
        assert auth.attributes["password_file"] == f"/run/secrets/{secret}"
