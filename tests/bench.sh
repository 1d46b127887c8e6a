#!/usr/bin/env bash
# Measures what signing costs and holds it against the budgets. Go and Linux are all it needs.
#
#   ./tests/bench.sh                    everything, about half an hour; a quiet machine gives better numbers
#   ./tests/bench.sh --quick            the same in less than five minutes, with shorter rounds
#   ./tests/bench.sh --json FILE        writes everything to FILE too
#   ./tests/bench.sh --strict           exit status 1 if a budget is missed
#   ./tests/bench.sh --only PART,...    of micro, interpreted, caddy, traefik, growth, soak, bodies
#
# Caddy and Traefik are built first if need be, which takes minutes the first time; CADDY_BIN and TRAEFIK_BIN name others,
# CADDY_VERSION and TRAEFIK_VERSION choose versions (tests/run.sh).
# All traffic stays on 127.0.0.1.
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/.."
root=$PWD
export GOWORK=off

# writable reports whether the file can be written, so that half an hour's work is not lost at its end.
writable() {
	if [ -e "$1" ]; then [ ! -d "$1" ] && [ -w "$1" ]; else [ -w "$(dirname "$1")" ]; fi
}

arguments=()
while [ $# -gt 0 ]; do
	case $1 in
	--json | --only)
		[ $# -gt 1 ] || { echo "bench.sh: $1 needs a value" >&2; exit 2; }
		value=$2
		[ "$1" = --only ] || [ "${value#/}" != "$value" ] || value=$here/$value
		[ "$1" = --only ] || writable "$value" || { echo "bench.sh: $value cannot be written" >&2; exit 2; }
		arguments+=("$1" "$value")
		shift
		;;
	--quick | --strict) arguments+=("$1") ;;
	*)
		sed -n '2,/^set/s/^# \{0,1\}//p' tests/bench.sh >&2
		exit 2
		;;
	esac
	shift
done
command -v go >/dev/null || { echo "bench.sh: Go is not installed; get it from https://go.dev/dl/" >&2; exit 2; }
[ "$(uname)" = Linux ] || { echo "bench.sh: the accounting of processes is Linux's" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ -n "${CADDY_BIN:-}" ] || ./xcaddy.sh
cd tests
[ -n "${TRAEFIK_BIN:-}" ] || go run ./e2e/traefik >/dev/null
go build -o "$work/bench" ./bench

# The program ends what it has started, so a signal for this script is one for it.
"$work/bench" --root "$root" ${arguments[@]+"${arguments[@]}"} &
bench=$!
trap 'kill -TERM "$bench" 2>/dev/null || true' INT TERM HUP
status=0
while kill -0 "$bench" 2>/dev/null; do
	status=0
	wait "$bench" || status=$?
done
exit "$status"
