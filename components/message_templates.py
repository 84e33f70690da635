"""The text of a Slack message, once for all contact points.

The template uses only what Grafana and Alertmanager both know, so a rehearsal shows the same text:
the functions of Alertmanager's `template.DefaultFuncs`, Go's own, and methods of Go's times
(grafana/alerting renders with the same). Both print a missing label or annotation as nothing, and
neither escapes what it prints.

"Resolved" is the engine's word. The engine also says it when the series of a firing alert vanish, so
no text calls that a recovery. Only Grafana gives the reason, in `grafana_state_reason`.
"""

import json
import re
from collections.abc import Iterable, Mapping

import pulumi
import pulumiverse_grafana as grafana

from components import urgent_messages
from resilience.core.conventions import PRODUCTION, STATE_ALERTS, NoDataState
from resilience.core.text import filled
from resilience.model.alert import Alert
from resilience.model.catalogue import Catalogue, Owner

TITLE = "sv0.title"
TEXT = "sv0.text"
COLOR = "sv0.color"
UNROUTED = "sv0.unrouted"
UNROUTED_TEXT = "sv0.unrouted.text"

_STATE_ALERTS = f"^({'|'.join(STATE_ALERTS)})$"
_ORDINARY_END = f"^(/.*|{NoDataState.NO_DATA}/)$"
"""Of reason and `no_data_means`: no reason, or no data where that is how a healthy rule answers."""
_OWNER = '{{ template "sv0.owner" .CommonLabels.owner }}'

# - A push message shows the title alone, so it says tier, environment and what is broken, within about 100
#   characters. What a rule found is named there, if its summary names it: `Connector stale (okta)`.
# - Slack folds a text after 5 lines or 700 characters. So what to do stands above a list, and links to Explore,
#   which are long, at the end.
# - A group lists its first 8 firing alerts and its first 8 resolved ones. With 50 alerts it stays below 3,000
#   characters; Slack cuts a text at 8,000. `slice` subtracts, because templates cannot.
# - Alerts of different rules share a group where a route groups by other labels than `alertname`. Then each
#   line names its alert, and impact and links follow it.
# - `sv0.clean` makes a value harmless: one line, 200 characters, no `<!channel>`. A star or a
#   backtick becomes a quote, because Slack has no escape for them.
# - An Explore link over 1,000 characters (connector-stale: 1,905) is left out of a group, and each is on a line of
#   its own.
# - Why Grafana ended an alert: no reason, or NoData, if the query says that nothing is wrong. Rules that
#   look for a fault return nothing when there is none (no_data_state OK), and then the reason is NoData; those that
#   read a value say no_data_means: unknown. Every other reason leaves open whether the fault is over. An alert about
#   a rule that could not be evaluated (DatasourceNoData, DatasourceError) ends the other way round: with
#   MissingSeries, because data is back; without a reason, because its time ran out after an evaluation that found
#   nothing.
# - Without `define` Grafana wraps the text itself, and every preview shows a difference.
_TEMPLATE = r"""
{{ define "sv0.title" -}}
{{ if match "@state alerts@" .CommonLabels.alertname -}}
@no data tier@ {{ template "sv0.environment" . }} monitoring: {{ template "sv0.evaluation" . }}
{{- else -}}
{{ if ne .Status "firing" }}{{ template "sv0.ended" . }} {{ end }}\
{{ template "sv0.clean" (or .CommonLabels.tier "no tier,") }} {{ template "sv0.environment" . }}: \
{{ template "sv0.names" . }}
{{- end }}{{ if .CommonLabels.calibrating }} (calibrating){{ end }}
{{- end }}

{{ define "sv0.environment" }}{{ template "sv0.clean" (or .CommonLabels.environment "no environment") }}{{ end }}

{{ define "sv0.ended" }}{{ $open := false }}{{ range .Alerts.Resolved }}\
{{ if not (match "@ordinary@" (print .Annotations.grafana_state_reason "/" .Annotations.no_data_means)) }}\
{{ $open = true }}{{ end }}{{ end }}\
{{ if $open }}Check whether it is over,{{ else }}Resolved{{ end }}{{ end }}

{{ define "sv0.names" -}}
{{ if .CommonLabels.alertname }}{{ template "sv0.clean" .CommonLabels.alertname }}\
{{ if gt (len .Alerts) 1 }} ({{ len (or .Alerts.Firing .Alerts.Resolved) }})\
{{ else }}{{ with @subject@ }} ({{ template "sv0.clean" (printf "%.40s" .) }}){{ end }}{{ end }}
{{- else }}{{ $named := "" }}{{ $more := false }}{{ range (or .Alerts.Firing .Alerts.Resolved) }}\
{{ $name := printf "%s;" .Labels.alertname }}\
{{ if not (match (print "(^|;)" (reReplaceAll "[^A-Za-z0-9 ;]" "." $name)) $named) }}\
{{ if gt (len $named) 40 }}{{ $more = true }}{{ else }}\
{{ if $named }}, {{ end }}{{ template "sv0.clean" .Labels.alertname }}{{ $named = print $named $name }}{{ end }}\
{{ end }}{{ end }}{{ if $more }} and more{{ end }}{{ end }}
{{- end }}

{{ define "sv0.evaluation" -}}
{{ $count := len (or .Alerts.Firing .Alerts.Resolved) }}{{ $many := gt $count 1 -}}
{{ if .CommonLabels.rulename }}the rule {{ template "sv0.clean" .CommonLabels.rulename }}\
{{ else }}{{ $count }} rule{{ if $many }}s{{ end }}{{ end }} \
{{ if eq .Status "resolved" -}}
{{ $changed := false }}{{ $silent := false }}{{ range .Alerts.Resolved }}\
{{ $reason := .Annotations.grafana_state_reason }}\
{{ if not $reason }}{{ $silent = true }}{{ else if ne $reason "MissingSeries" }}{{ $changed = true }}{{ end }}{{ end }}\
{{ if $changed }}{{ if $many }}were{{ else }}was{{ end }} changed or paused, check this\
{{ else if $silent }}{{ if $many }}are{{ else }}is{{ end }} no longer reported\
{{ else }}can be evaluated again{{ end }}
{{- else if eq .CommonLabels.alertname "DatasourceNoData" }}{{ if $many }}have{{ else }}has{{ end }} no data\
{{ else }}cannot be queried{{ end }}
{{- end }}

{{ define "sv0.color" -}}
{{ $color := "#8d8d8d" }}{{ range .Alerts.Resolved }}\
{{ if eq "MissingSeries" .Annotations.grafana_state_reason }}\
{{ if not (match "@state alerts@" .Labels.alertname) }}{{ $color = "warning" }}{{ end }}\
{{ else if not (match "@ordinary@" (print .Annotations.grafana_state_reason "/" .Annotations.no_data_means)) }}\
{{ $color = "warning" }}{{ end }}{{ end }}\
{{ if eq .Status "resolved" }}{{ $color }}\
{{ else if match "@state alerts@" .CommonLabels.alertname }}warning{{ else }}danger{{ end }}
{{- end }}

{{ define "sv0.text" -}}
{{ $differ := not .CommonLabels.alertname -}}
{{ if gt (len .Alerts) 1 }}{{ template "sv0.response" . }}{{ template "sv0.links" . }}{{ end -}}
{{ range $index, $alert := .Alerts.Firing }}{{ if lt $index 8 }}\
:rotating_light: *{{ if $differ }}{{ template "sv0.clean" .Labels.alertname }}: {{ end }}{{ template "sv0.firing" . }}
{{ if $differ }}{{ template "sv0.own" . }}{{ end }}{{ end }}{{ end -}}
{{ template "sv0.more" (len .Alerts.Firing) -}}
{{ range $index, $alert := .Alerts.Resolved }}{{ if lt $index 8 }}\
{{ template "sv0.mark" . }} {{ if $differ }}{{ template "sv0.clean" .Labels.alertname }}: {{ end }}\
{{ template "sv0.over" . }}
{{ if $differ }}{{ template "sv0.own" . }}{{ end }}{{ end }}{{ end -}}
{{ template "sv0.more" (len .Alerts.Resolved) -}}
{{ if eq (len .Alerts) 1 }}{{ template "sv0.response" . }}{{ end -}}
{{ template "sv0.where" . }}
{{- if eq (len .Alerts) 1 }}{{ template "sv0.links" . }}
{{- else if $differ }}{{ range $index, $alert := .Alerts }}{{ if lt $index 3 }}\
{{ template "sv0.explore" . }}{{ end }}{{ end }}
{{- else }}{{ with .CommonAnnotations.explore_url }}{{ if lt (len .) 1000 }}
{{ template "sv0.link" (print . "|Explore") }}{{ end }}{{ end }}
{{- end }}
{{- end }}

{{ define "sv0.more" }}{{ if gt . 8 }}… and {{ len (slice (printf "%*s" . "") 8) }} more
{{ end }}{{ end }}

{{ define "sv0.firing" -}}
{{ template "sv0.summary" . }}* Since {{ .StartsAt.UTC.Format "Jan 2 15:04 UTC" }}.
{{- with .Annotations.Error }} Error: {{ template "sv0.clean" . }}{{ end }}
{{- with .Annotations.grafana_state_reason }} Evaluated without fresh data ({{ template "sv0.clean" . }}).{{ end }}
{{- end }}

{{ define "sv0.mark" -}}
{{ $over := or (match "@ordinary@" (print .Annotations.grafana_state_reason "/" .Annotations.no_data_means)) \
(and (match "@state alerts@" .Labels.alertname) (eq .Annotations.grafana_state_reason "MissingSeries")) -}}
{{ if $over }}:white_circle:{{ else }}:warning:{{ end }}
{{- end }}

{{ define "sv0.over" -}}
{{ $reason := .Annotations.grafana_state_reason -}}
{{ $monitoring := match "@state alerts@" .Labels.alertname -}}
{{ if and $monitoring (eq $reason "MissingSeries") -}}
The rule "{{ template "sv0.clean" .Labels.rulename }}" can be evaluated again after {{ template "sv0.lasted" . }}. \
Before, {{ template "sv0.failed" . }}.
{{- else if match "@ordinary@" (print $reason "/" .Annotations.no_data_means) -}}
No longer {{ if $monitoring }}reported{{ else }}fires{{ end }} after {{ template "sv0.lasted" . }}. \
It said: {{ template "sv0.summary" . }}
{{- else -}}
*Check whether {{ if $monitoring }}it can be evaluated{{ else }}the fault is over{{ end }}.* \
{{ if eq $reason "MissingSeries" }}The query no longer returns it\
{{ else if match "Error" $reason }}The query fails\
{{ else if match "NoData" $reason }}The query returns nothing\
{{ else if eq $reason "Updated" }}The rule was changed and starts anew\
{{ else if eq $reason "Paused" }}The rule was paused and watches nothing\
{{ else if eq $reason "RuleDeleted" }}The rule was deleted\
{{ else }}Grafana ended the alert{{ end }} ({{ template "sv0.clean" $reason }}); this is no recovery. \
It fired for {{ template "sv0.lasted" . }} and said: {{ template "sv0.summary" . }}
{{- end }}
{{- end }}

{{ define "sv0.summary" -}}
{{ if match "@state alerts@" .Labels.alertname -}}
The rule "{{ template "sv0.clean" .Labels.rulename }}" cannot be evaluated: {{ template "sv0.failed" . }}.
{{- else -}}
{{ template "sv0.clean" (or .Annotations.summary .Labels.alertname "An alert without a name.") }}
{{- end }}
{{- end }}

{{ define "sv0.failed" -}}
{{ $source := or .Labels.datasource_uid "its data source" -}}
{{ if eq .Labels.alertname "DatasourceNoData" }}{{ template "sv0.clean" $source }} returned no data\
{{ else }}its query to {{ template "sv0.clean" $source }} failed{{ end }}
{{- end }}

{{ define "sv0.lasted" -}}
{{ $exact := ((.EndsAt.Sub .StartsAt).Round 60000000000).String -}}
{{ reReplaceAll "^0s$" "less than a minute" $exact | reReplaceAll "m0s$" " min" | reReplaceAll "([0-9])h" "${1} h " \
| reReplaceAll " 0 min" "" }}{{ if ge (.EndsAt.Sub .StartsAt).Hours 24.0 }}, \
{{ .StartsAt.UTC.Format "Jan 2 15:04" }} to {{ .EndsAt.UTC.Format "Jan 2 15:04 UTC" }}\
{{ else }}, {{ .StartsAt.UTC.Format "Jan 2 15:04" }} to {{ .EndsAt.UTC.Format "15:04 UTC" }}{{ end }}
{{- end }}

{{ define "sv0.response" -}}
{{ if .Alerts.Firing -}}
{{ if match "@state alerts@" .CommonLabels.alertname }}\
{{ if .CommonLabels.rulename }}Its alerts are off. {{ else }}Their alerts are off. {{ end }}\
{{ else }}{{ with .CommonAnnotations.impact }}Impact: {{ template "sv0.clean" . }}
{{ end }}{{ end -}}
{{ if and (match "@state alerts@" .CommonLabels.alertname) (eq .CommonLabels.environment "@production@") }}\
@no data response@
{{ else }}{{ with .CommonAnnotations.response }}{{ template "sv0.clean" . }}
{{ end }}{{ end }}
{{- end }}
{{- end }}

{{ define "sv0.owner" }}@owner names@{{ end }}

{{ define "sv0.where" -}}
{{ $no := "no" }}{{ if gt (len .Alerts) 1 }}{{ $no = "more than one" }}{{ end -}}
{{ if match "@state alerts@" .CommonLabels.alertname }}rule of {{ end }}\
{{ template "sv0.clean" (or .CommonLabels.tier (print $no " tier")) }} · \
{{ template "sv0.clean" (or .CommonLabels.environment (print $no " environment")) }} · \
{{ template "sv0.clean" (or .CommonLabels.service (print $no " service")) }} · \
{{ with .CommonLabels.owner }}owner {{ template "sv0.clean" . }}{{ else }}{{ $no }} owner{{ end }}
{{- end }}

{{ define "sv0.own" -}}
{{ $urls := .Annotations -}}
{{ if eq .Status "firing" }}{{ with $urls.impact }}Impact: {{ template "sv0.clean" . }}
{{ end }}{{ template "sv0.link" (print $urls.runbook_url "|Runbook") }}\
{{ template "sv0.next" (print $urls.silence_url "|Silence") }}\
{{ else }}{{ template "sv0.link" (print $urls.runbook_url "#how-to-verify-recovery|Verify recovery") }}{{ end }}
{{ end }}

{{ define "sv0.explore" }}{{ $url := .Annotations.explore_url }}\
{{ if and (match "@address@$" $url) (lt (len $url) 1000) }}
{{ template "sv0.clean" .Labels.alertname }}: {{ template "sv0.link" (print $url "|Explore") }}\
{{ end }}{{ end }}

{{ define "sv0.links" -}}
{{ $urls := .CommonAnnotations -}}
{{ $one := eq (len .Alerts) 1 -}}
{{ if match "@address@$" $urls.runbook_url }}{{ if $one }}
{{ end }}{{ if eq .Status "firing" }}{{ template "sv0.link" (print $urls.runbook_url "|Runbook") }}\
{{ template "sv0.next" (print $urls.silence_url "|Silence") }}\
{{ else }}{{ template "sv0.link" (print $urls.runbook_url "#how-to-verify-recovery|Verify recovery") }}{{ end }}
{{- if $one }}{{ template "sv0.next" (print $urls.explore_url "|Explore") }}{{ else }}
{{ end }}{{ end }}
{{- end }}

{{ define "sv0.link" }}{{ if match "@address@[|][A-Za-z ]+$" . }}<{{ . }}>{{ end }}{{ end }}

{{ define "sv0.next" }}{{ if match "@address@[|][A-Za-z ]+$" . }} · <{{ . }}>{{ end }}{{ end }}

{{ define "sv0.clean" -}}
{{ reReplaceAll "\\s+" " " . | printf "%.200s" | reReplaceAll "[*`]" "'" | reReplaceAll "&" "&amp;" \
| reReplaceAll "<" "&lt;" | reReplaceAll ">" "&gt;" }}
{{- end }}

{{ define "sv0.unrouted" }}No route matches: {{ template "sv0.title" . }}{{ end }}

{{ define "sv0.unrouted.text" -}}
@default response@ Labels:{{ range .CommonLabels.SortedPairs }} \
{{ template "sv0.clean" .Name }}={{ template "sv0.clean" .Value }}{{ end }}
{{ template "sv0.text" . }}
{{- end }}
"""


def text_of(catalogue: Catalogue) -> str:
    """The template group; responses that no rule carries come from the routing, names from the owners."""
    routing = catalogue.routing
    values = {
        "state alerts": _STATE_ALERTS,
        "ordinary": _ORDINARY_END,
        "production": PRODUCTION,
        "no data tier": routing.no_data_or_error.tier,
        "no data response": filled(routing.no_data_or_error.response, {"owner": _OWNER}),
        "default response": routing.default.response,
        "owner names": _names(catalogue.owners),
        "subject": _subject(catalogue.alerts),
        "address": "^https?://[^ <>|]+",
        "mentions": urgent_messages.mentions(routing),
    }
    text = (_TEMPLATE + urgent_messages.TEMPLATE).lstrip().replace("\\\n", "")
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def _subject(alerts: Iterable[Alert]) -> str:
    """A template's expression: the first label that a summary names, of those that the alerts have in common."""
    names = {name for alert in alerts for name in re.findall(r"\$labels\.(\w+)", alert.summary)}
    return " ".join(["or", *(f".CommonLabels.{name}" for name in sorted(names)), '""'])


def _names(owners: Mapping[str, Owner]) -> str:
    """A template that turns an owner's key, which is all that a label holds, into the name."""
    known = "".join(
        f'{{{{ if eq . "{key}" }}}}{{{{ {json.dumps(owner.name, ensure_ascii=False)} }}}}{{{{ else }}}}'
        for key, owner in owners.items()
    )
    return f"{known}The owner{'{{ end }}' * len(owners)}"


def call(template: str) -> str:
    """The text of a message field that shows a template."""
    return f'{{{{ template "{template}" . }}}}'


class MessageTemplates(pulumi.ComponentResource):
    """The group of templates that contact points call by name."""

    group: grafana.alerting.MessageTemplate

    def __init__(
        self, name: str, catalogue: Catalogue, provider: grafana.Provider, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the templates."""
        super().__init__("sv0:grafana:MessageTemplates", name, None, opts)
        self.group = grafana.alerting.MessageTemplate(
            f"{name}-slack",
            name="sv0",
            template=text_of(catalogue),
            opts=pulumi.ResourceOptions(parent=self, provider=provider),
        )
        self.register_outputs({})
