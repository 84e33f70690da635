#!/bin/sh
# Starts the platform together with its collector:
#   resilience env --stack production --format shell --out ~/sv0.env && . ~/sv0.env
#   COMPOSE_PROJECT_NAME=sv0-production deploy/observability.sh up -d
# or with the values straight from 1Password:
#   SV0_ENVIRONMENT=production COMPOSE_PROJECT_NAME=sv0-production \
#     op run --env-file deploy/env.1password -- deploy/observability.sh up -d
# PLATFORM_COMPOSE and OVERLAY name other files. Arguments go to `docker compose`.
set -eu

SV0_RESILIENCE=$(cd "$(dirname "$0")/.." && pwd)
export SV0_RESILIENCE
: "${SV0_SECRETS:=$HOME/.sv0-${SV0_ENVIRONMENT:?set it with resilience env, to production or dev}}"
export SV0_SECRETS

# Replace the file in one step: Alloy reads it again while it runs.
put() {
	umask 077
	mkdir -p "$SV0_SECRETS"
	printf '%s' "$2" >"$SV0_SECRETS/.$1.new"
	mv "$SV0_SECRETS/.$1.new" "$SV0_SECRETS/$1"
}
put grafana_loki_token "${GRAFANA_LOKI_TOKEN:?set it with resilience env}"
put grafana_prom_token "${GRAFANA_PROM_TOKEN:?set it with resilience env}"
unset GRAFANA_LOKI_TOKEN GRAFANA_PROM_TOKEN

exec docker compose -f "${PLATFORM_COMPOSE:-docker-compose.deploy.yml}" \
	-f "${OVERLAY:-$SV0_RESILIENCE/deploy/compose/observability.yml}" "$@"
