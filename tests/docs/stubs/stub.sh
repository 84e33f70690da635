#!/bin/sh
# Stands for docker, gh, curl, op and others, by the name under which it is called: records how, and answers as the
# real program does while the platform is well. Whether it was called right is checked afterwards (commands.py).
name=${0##*/}
call=$name
for argument in "$@"; do
	call="$call$FIELD$argument"
done
printf '%s%s' "$call" "$END" >>"$CALLS"

# Answers of the platform and of Cloudflare Access: a request from outside without a service token goes to the login.
curl_answer() {
	status=000
	for base in $LOCAL; do
		case "$1" in
		"$base/metrics") status=200 body='sv0_sync_age_minutes{connector_id="okta"} 5' ;;
		"$base/ready" | "$base/health" | "$base/$FINDINGS") status=200 body='{"status":"ok"}' ;;
		esac
	done
	for base in $OUTSIDE; do
		case "$1" in
		"$base"/*)
			status=302 body=''
			case "$2" in *CF-Access-Client-Id:*CF-Access-Client-Secret:*) status=200 body='{"status":"ok"}' ;; esac
			;;
		esac
	done
	case "$1" in
	http://127.0.0.1:20241/ready) status=200 body='{"status":200,"readyConnections":4}' ;;
	https://grafana.com | https://*.grafana.net/* | https://slack.com/* | https://hooks.slack.com/*) status=200 body=ok ;;
	esac
}

run_curl() {
	url='' headers='' write='' output='' head='' previous=''
	for argument in "$@"; do
		case "$previous" in
		-K) [ "$argument" = - ] && headers="$headers$(cat)" ;;
		-H) headers="$headers $argument" ;;
		-w) write=$argument ;;
		-o) output=$argument ;;
		*)
			case "$argument" in
			http*://*) url=$argument ;;
			--*) ;;
			-*[iI]*) head=1 ;;
			esac
			;;
		esac
		previous=$argument
	done
	curl_answer "$url" "$headers"
	printf '%s%s%s%s%s%s' answer "$FIELD" "$url" "$FIELD" "$status" "$END" >>"$CALLS"
	[ "$status" = 000 ] && exit 7
	[ -n "$head" ] && printf 'HTTP/2 %s\nserver: cloudflare\ncf-ray: 8f0\n\n' "$status"
	[ -z "$output" ] && printf '%s' "$body"
	case "$write" in *'%{http_code}'*) printf '\n%s\n' "$status" ;; esac
	exit 0
}

case "$name" in
curl) run_curl "$@" ;;
docker)
	case " $* " in
	*' logs '*) cat "$LOG" ;;
	*' -q '* | *' -aq '*) echo 4f1d0c2a9b7e ;;
	*) echo 'NAME STATUS' ;;
	esac
	;;
op)
	template=$(cat)
	printf '%s%s%s%s' template "$FIELD" "$template" "$END" >>"$CALLS"
	printf '%s\n' "$template" | sed "s#{{ *op://[^}]*}}#$CANARY#g"
	;;
pulumi) echo https://securityv0.grafana.net ;;
sudo) exec "$@" ;;
grep | head | tail | sort | uniq | date | cat) exec "$REAL/$name" "$@" ;;
esac
