"""Type tokens of all declared resources, as the providers register them; written nowhere else."""

ACCESS_POLICY = "grafana:cloud/accessPolicy:AccessPolicy"
ACCESS_POLICY_TOKEN = "grafana:cloud/accessPolicyToken:AccessPolicyToken"  # noqa: S105  # a type
ORG_MEMBER = "grafana:cloud/orgMember:OrgMember"
ROTATING_TOKEN = "grafana:cloud/accessPolicyRotatingToken:AccessPolicyRotatingToken"  # noqa: S105  # a type
SERVICE_ACCOUNT = "grafana:cloud/stackServiceAccount:StackServiceAccount"
SERVICE_ACCOUNT_TOKEN = "grafana:cloud/stackServiceAccountToken:StackServiceAccountToken"  # noqa: S105  # a type
STACK = "grafana:cloud/stack:Stack"

CONTACT_POINT = "grafana:alerting/contactPoint:ContactPoint"
FOLDER = "grafana:oss/folder:Folder"
MESSAGE_TEMPLATE = "grafana:alerting/messageTemplate:MessageTemplate"
MUTE_TIMING = "grafana:alerting/muteTiming:MuteTiming"
NOTIFICATION_POLICY = "grafana:alerting/notificationPolicy:NotificationPolicy"
RULE_GROUP = "grafana:alerting/ruleGroup:RuleGroup"

CHECK = "grafana:syntheticMonitoring/check:Check"
INSTALLATION = "grafana:syntheticMonitoring/installation:Installation"

ACTIONS_SECRET = "github:index/actionsSecret:ActionsSecret"  # noqa: S105  # a type
ENVIRONMENT_SECRET = "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret"  # noqa: S105  # a type
REPOSITORY_ENVIRONMENT = "github:index/repositoryEnvironment:RepositoryEnvironment"
DEPLOYMENT_POLICY = "github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy"

# Of the engine itself.
STACK_REFERENCE = "pulumi:pulumi:StackReference"

GET_PROBES = "grafana:syntheticMonitoring/getProbes:getProbes"
GET_STACK = "grafana:cloud/getStack:getStack"
"""The two look-ups (functions, not resources)."""

ROUTE_KEYS = {
    "contactPoint": "receiver",
    "groupBies": "group_by",
    "groupWait": "group_wait",
    "groupInterval": "group_interval",
    "repeatInterval": "repeat_interval",
    "muteTimings": "mute_time_intervals",
    "activeTimings": "active_time_intervals",
}
"""Keys of a route in Alertmanager's and Grafana's own configuration, by those of the provider."""
