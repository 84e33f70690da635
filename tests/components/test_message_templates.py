"""Message templates: one group, with a `define` for each template that contact points call."""

import re
from collections.abc import Callable

import pulumiverse_grafana as grafana
import pytest

from components import message_templates, urgent_messages
from resilience.core.conventions import Tier
from resilience.manifest import Manifest, types
from resilience.model.catalogue import Catalogue

CATALOGUE = Catalogue.load()
ROUTING = CATALOGUE.routing
URGENT = (urgent_messages.TEXT, urgent_messages.MAIL_SUBJECT, urgent_messages.MAIL_TEXT)
TEXT = message_templates.text_of(CATALOGUE)
# Alertmanager 0.25's template.DefaultFuncs, which Grafana uses too, and Go's own.
ALERTMANAGER = {"toUpper", "toLower", "title", "join", "match", "safeHtml", "reReplaceAll", "stringSlice"}
GO = {"and", "or", "not", "len", "index", "slice", "print", "printf", "println", "eq", "ne", "lt", "le", "gt", "ge"}
KEYWORDS = {"define", "template", "if", "else", "end", "range", "with", "false", "true"}


@pytest.fixture
def manifest(declare_program: Callable[..., Manifest]) -> Manifest:
    def program() -> None:
        inside = grafana.Provider("given-inside", auth="canary")
        message_templates.MessageTemplates("message-templates", CATALOGUE, inside)

    return declare_program(program)


def test_declares_one_group_and_nothing_else(manifest: Manifest, listed: Callable[[Manifest], object]) -> None:
    assert listed(manifest) == [
        ("sv0:grafana:MessageTemplates", "message-templates", "sv0-resilience-test"),
        (types.MESSAGE_TEMPLATE, "message-templates-slack", "message-templates"),
    ]


def test_the_group_contains_the_whole_text(manifest: Manifest, named: Callable[..., list[str]]) -> None:
    (template,) = manifest.of_type(types.MESSAGE_TEMPLATE)

    assert template.inputs == {"name": "sv0", "template": TEXT}
    assert named([template.provider]) == ["given-inside"]


def test_every_called_template_is_defined_once_because_grafana_wraps_text_without_define() -> None:
    defined = re.findall(r'define "([^"]+)"', TEXT)
    called = {*re.findall(r'template "([^"]+)"', TEXT), "sv0.title", "sv0.text", "sv0.color"}

    assert sorted(defined) == sorted({*called, "sv0.unrouted", "sv0.unrouted.text", *URGENT})


@pytest.mark.parametrize(
    ("whom", "written"),
    [
        ("channel", '{{ if eq .CommonLabels.tier "P1" }}<!channel> {{ end }}'),
        ("here", '{{ if eq .CommonLabels.tier "P1" }}<!here> {{ end }}'),
        ("S0123456789", '{{ if eq .CommonLabels.tier "P1" }}<!subteam^S0123456789> {{ end }}'),
        (None, ""),
    ],
)
def test_a_mention_is_what_slack_takes_for_one(whom: str | None, written: str) -> None:
    p1 = ROUTING.tiers[Tier.P1].model_copy(update={"mention": whom})

    assert urgent_messages.mentions(ROUTING.model_copy(update={"tiers": ROUTING.tiers | {Tier.P1: p1}})) == written


def test_no_text_is_outside_a_define() -> None:
    depth, outside = 0, ""
    for text, action in re.findall(r"(.*?)\{\{-? ?(.*?) ?-?\}\}", TEXT, re.DOTALL):
        outside += "" if depth else text
        depth += bool(re.match("define|if|range|with", action)) - (action == "end")

    assert (depth, outside.strip()) == (0, "")


def test_calls_only_functions_of_both_engines() -> None:
    actions = " ".join(re.findall(r"\{\{(.*?)\}\}", TEXT))
    words = re.findall(r"(?<![\w.$])[a-zA-Z]\w*", re.sub(r'"(\\.|[^"])*"', "", actions))

    assert set(words) - ALERTMANAGER - GO - KEYWORDS == set()


@pytest.mark.parametrize("annotation", ["summary", "impact", "response", "runbook_url", "explore_url", "silence_url"])
def test_a_message_shows_every_annotation_of_a_rule(annotation: str) -> None:
    assert re.search(rf"(Annotations|urls)\.{annotation}[ )]", TEXT)


def test_responses_that_no_rule_has_come_from_the_routing() -> None:
    assert ROUTING.default.response in TEXT
    assert ROUTING.no_data_or_error.response.removeprefix("$owner") in TEXT
    assert re.findall(r"@[a-z ]+@", TEXT) == []


def test_a_name_is_looked_up_by_the_owner_of_the_label() -> None:
    assert '{{ template "sv0.owner" .CommonLabels.owner }} makes the rule work again' in TEXT


def test_a_call_contains_the_name_of_its_template() -> None:
    assert message_templates.call("sv0.title") == '{{ template "sv0.title" . }}'
