"""The text of a Slack message, once for all contact points.

The template uses only what Grafana and Alertmanager both know, so a rehearsal shows the same text:
the functions of Alertmanager's `template.DefaultFuncs`, Go's own, and methods of Go's times
(grafana/alerting renders with the same). Both print a missing label or annotation as nothing, and
neither escapes what it prints.

"Resolved" is the engine's word. The engine also says it when the series of a firing alert vanish, so
no text calls that a recovery. Only Grafana gives the reason, in `grafana_state_reason`.
"""

import pulumi
import pulumiverse_grafana as grafana

from resilience.core.conventions import PRODUCTION, STATE_ALERTS
from resilience.core.text import filled
from resilience.model.catalogue import Routing

TITLE = "sv0.title"
TEXT = "sv0.text"
COLOR = "sv0.color"
UNROUTED = "sv0.unrouted"
UNROUTED_TEXT = "sv0.unrouted.text"

_STATE_ALERTS = f"^({'|'.join(STATE_ALERTS)})$"
_OWNER = '{{ with .CommonLabels.owner }}{{ template "sv0.clean" (title .) }}{{ else }}The owner{{ end }}'

# - A group lists its first 8 firing alerts and its first 8 resolved ones, then once what they have
#   in common. With 50 alerts it stays below 3,000 characters; Slack cuts a text at 8,000. `slice`
#   subtracts, because templates cannot.
# - `sv0.clean` makes a value harmless: one line, 200 characters, no `<!channel>`. A star or a
#   backtick becomes a quote, because Slack has no escape for them.
# - An Explore link over 1,000 characters (connector-stale: 1,905) is left out of a group.
# - Without `define` Grafana wraps the text itself, and every preview shows a difference.
_TEMPLATE = r"""
{{ define "sv0.title" -}}
{{ if eq .Status "resolved" -}}
Resolved{{ template "sv0.gone" . }}
{{- else -}}
{{ template "sv0.clean" (or .CommonLabels.tier "Alert") }}
{{- end }} {{ template "sv0.clean" (or .CommonLabels.environment "no environment") }}: \
{{ template "sv0.name" .CommonLabels }}
{{- if gt (len .Alerts) 1 }} ({{ len (or .Alerts.Firing .Alerts.Resolved) }}){{ end }}
{{- end }}

{{ define "sv0.gone" }}{{ $gone := false }}{{ range .Alerts.Resolved }}\
{{ if .Annotations.grafana_state_reason }}{{ $gone = true }}{{ end }}{{ end }}\
{{ if $gone }} without recovery:{{ end }}{{ end }}

{{ define "sv0.name" -}}
{{ if match "@state alerts@" .alertname }}{{ template "sv0.clean" (or .rulename "several rules") }} cannot be evaluated
{{- else }}{{ template "sv0.clean" .alertname }}{{ end }}
{{- end }}

{{ define "sv0.color" -}}
{{ $color := "#8d8d8d" }}{{ range .Alerts }}\
{{ if .Annotations.grafana_state_reason }}{{ $color = "warning" }}{{ end }}{{ end }}\
{{ if eq .Status "firing" }}danger{{ else }}{{ $color }}{{ end }}
{{- end }}

{{ define "sv0.text" -}}
{{ range $index, $alert := .Alerts.Firing }}{{ if lt $index 8 }}{{ template "sv0.firing" $alert }}
{{ end }}{{ end -}}
{{ template "sv0.more" (len .Alerts.Firing) -}}
{{ range $index, $alert := .Alerts.Resolved }}{{ if lt $index 8 }}{{ template "sv0.over" $alert }}
{{ end }}{{ end -}}
{{ template "sv0.more" (len .Alerts.Resolved) -}}
{{ if .Alerts.Firing }}{{ template "sv0.response" . }}{{ end -}}
{{ template "sv0.where" .CommonLabels }}{{ template "sv0.links" . }}
{{- end }}

{{ define "sv0.more" }}{{ if gt . 8 }}… and {{ len (slice (printf "%*s" . "") 8) }} more
{{ end }}{{ end }}

{{ define "sv0.firing" -}}
:rotating_light: *{{ template "sv0.summary" . }}* Since {{ .StartsAt.UTC.Format "Jan 2 15:04 UTC" }}.
{{- with .Annotations.Error }} Error: {{ template "sv0.clean" . }}{{ end }}
{{- with .Annotations.grafana_state_reason }} Evaluated without fresh data ({{ template "sv0.clean" . }}).{{ end }}
{{- end }}

{{ define "sv0.over" -}}
{{ $reason := .Annotations.grafana_state_reason -}}
{{ if not $reason -}}
:white_circle: No longer fires after {{ template "sv0.lasted" . }}. It said: {{ template "sv0.summary" . }}
{{- else if match "MissingSeries|NoData|Error" $reason -}}
:warning: *The data is gone; this is no recovery* ({{ template "sv0.clean" $reason }}). \
Look whether the fault is over. {{ template "sv0.fired" . }}
{{- else -}}
:warning: *The rule was changed or paused; this is no recovery* ({{ template "sv0.clean" $reason }}). \
{{ template "sv0.fired" . }}
{{- end }}
{{- end }}

{{ define "sv0.fired" }}It fired for {{ template "sv0.lasted" . }} and said: {{ template "sv0.summary" . }}{{ end }}

{{ define "sv0.summary" -}}
{{ if eq .Labels.alertname "DatasourceNoData" -}}
The rule "{{ template "sv0.clean" .Labels.rulename }}" cannot be evaluated: \
{{ template "sv0.clean" (or .Labels.datasource_uid "its data source") }} returns no data.
{{- else if eq .Labels.alertname "DatasourceError" -}}
The rule "{{ template "sv0.clean" .Labels.rulename }}" cannot be evaluated: \
its query to {{ template "sv0.clean" (or .Labels.datasource_uid "its data source") }} fails.
{{- else -}}
{{ template "sv0.clean" (or .Annotations.summary .Labels.alertname "An alert without a name.") }}
{{- end }}
{{- end }}

{{ define "sv0.lasted" -}}
{{ $exact := ((.EndsAt.Sub .StartsAt).Round 60000000000).String -}}
{{ reReplaceAll "^0s$" "less than a minute" $exact | reReplaceAll "m0s$" " min" | reReplaceAll "([0-9])h" "${1} h " \
| reReplaceAll " 0 min" "" }}{{ if ge (.EndsAt.Sub .StartsAt).Hours 24.0 }}, \
{{ .StartsAt.UTC.Format "Jan 2 15:04" }} to {{ .EndsAt.UTC.Format "Jan 2 15:04 UTC" }}\
{{ else }}, {{ .StartsAt.UTC.Format "Jan 2 15:04" }} to {{ .EndsAt.UTC.Format "15:04 UTC" }}{{ end }}
{{- end }}

{{ define "sv0.response" -}}
{{ if match "@state alerts@" .CommonLabels.alertname }}\
{{ if .CommonLabels.rulename }}This rule cannot be evaluated; its alerts are off. \
{{ else }}These rules cannot be evaluated; their alerts are off. {{ end }}\
{{ else }}{{ with .CommonAnnotations.impact }}Impact: {{ template "sv0.clean" . }}
{{ end }}{{ end -}}
{{ if and (match "@state alerts@" .CommonLabels.alertname) (eq .CommonLabels.environment "@production@") }}\
@no data response@
{{ else }}{{ with .CommonAnnotations.response }}{{ template "sv0.clean" . }}
{{ end }}{{ end }}
{{- end }}

{{ define "sv0.where" -}}
{{ template "sv0.clean" (or .tier "no tier") }} · {{ template "sv0.clean" (or .environment "no environment") }} · \
{{ template "sv0.clean" (or .service "no service") }} · owner {{ template "sv0.clean" (or .owner "nobody") }}
{{- end }}

{{ define "sv0.links" -}}
{{ $url := "^https?://[^ <>|]+$" -}}
{{ $over := eq .Status "resolved" -}}
{{ with .CommonAnnotations.runbook_url }}{{ if match $url . }}
<{{ . }}\
{{ if $over }}#how-to-verify-recovery|Verify recovery>{{ else }}|Runbook>{{ end }}{{ end }}{{ end }}
{{- with .CommonAnnotations.explore_url }}{{ if and (match $url .) (or (eq (len $.Alerts) 1) (lt (len .) 1000)) }} · \
<{{ . }}|Explore>{{ end }}{{ end }}
{{- if not $over }}{{ with .CommonAnnotations.silence_url }}{{ if match $url . }} · \
<{{ . }}|Silence>{{ end }}{{ end }}{{ end }}
{{- end }}

{{ define "sv0.clean" -}}
{{ reReplaceAll "\\s+" " " . | printf "%.200s" | reReplaceAll "[*`]" "'" | reReplaceAll "&" "&amp;" \
| reReplaceAll "<" "&lt;" | reReplaceAll ">" "&gt;" }}
{{- end }}

{{ define "sv0.unrouted" }}No route matches: {{ template "sv0.title" . }}{{ end }}

{{ define "sv0.unrouted.text" -}}
{{ template "sv0.text" . }}
@default response@ Labels:{{ range .CommonLabels.SortedPairs }} \
{{ template "sv0.clean" .Name }}={{ template "sv0.clean" .Value }}{{ end }}
{{- end }}
"""


def text_of(routing: Routing) -> str:
    """The template group; responses that no rule carries come from the routing."""
    values = {
        "state alerts": _STATE_ALERTS,
        "production": PRODUCTION,
        "no data response": filled(routing.no_data_or_error.response, {"owner": _OWNER}),
        "default response": routing.default.response,
    }
    text = _TEMPLATE.lstrip().replace("\\\n", "")
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def call(template: str) -> str:
    """The text of a message field that shows a template."""
    return f'{{{{ template "{template}" . }}}}'


class MessageTemplates(pulumi.ComponentResource):
    """The group of templates that contact points call by name."""

    group: grafana.alerting.MessageTemplate

    def __init__(
        self, name: str, routing: Routing, provider: grafana.Provider, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the templates."""
        super().__init__("sv0:grafana:MessageTemplates", name, None, opts)
        self.group = grafana.alerting.MessageTemplate(
            f"{name}-slack",
            name="sv0",
            template=text_of(routing),
            opts=pulumi.ResourceOptions(parent=self, provider=provider),
        )
        self.register_outputs({})
