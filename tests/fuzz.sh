#!/usr/bin/env bash
# Looks for requests that a gateway signs wrongly, for as long as you like. Go is all it needs.
#
#   ./tests/fuzz.sh MINUTES
#
# Two thirds of the time hostile and honest raw requests go through a real Caddy (handler and transport) and a real
# Traefik, to vendors of HTTP/1 and of HTTP/2, and simulated vendors, five presets among them, judge what arrives (docs/fuzzing.md); the last third is for Go's own fuzzing of signers
# and vendorsim. The exit status is 1 if anything was found; what was found is kept: for the gateways in
# tests/e2e/testdata/hostile, for Go's fuzzing in the package's testdata/fuzz. CADDY_BIN and TRAEFIK_BIN name other
# programs, CADDY_VERSION and TRAEFIK_VERSION other versions (tests/run.sh).
set -euo pipefail
cd "$(dirname "$0")/.."
exec </dev/null
export GOWORK=off

minutes=${1:-}
if [ $# -ne 1 ] || ! [[ $minutes =~ ^[1-9][0-9]*$ ]]; then
	echo "usage: ./tests/fuzz.sh MINUTES" >&2
	exit 2
fi
command -v go >/dev/null || { echo "fuzz.sh: Go is not installed; get it from https://go.dev/dl/" >&2; exit 2; }

found=0
if [ -z "${CADDY_BIN:-}" ]; then
	./xcaddy.sh
	export CADDY_BIN=$PWD/caddy
fi
if [ -z "${TRAEFIK_BIN:-}" ]; then
	TRAEFIK_BIN=$(cd tests && go run ./e2e/traefik)
	export TRAEFIK_BIN
fi

seconds=$((minutes * 20))
for vendors in ArriveSignedOrNotAtAll:HTTP/1 TakeNoHTTP2VendorAway:HTTP/2; do
	echo "== raw requests through real gateways to vendors of ${vendors#*:}, for $seconds seconds"
	(cd tests && VENDORSIGN_FUZZ=${seconds}s go test -v -count=1 -timeout $((minutes + 10))m -run "^TestHostileRequests${vendors%:*}\$" ./e2e | grep -v '^=== ') || found=1
done

targets=()
for package in ./signers/wire ./signers/vendors ./vendorsim; do
	while read -r target; do
		targets+=("$package $target")
	done < <(go test -list '^Fuzz' "$package" | grep '^Fuzz')
done
each=$((minutes * 20 / ${#targets[@]}))
[ "$each" -gt 0 ] || each=1
for target in "${targets[@]}"; do
	read -r package name <<<"$target"
	echo "== $name of $package, for $each seconds"
	# Inputs that take another path each time, as RSA does, would be made smaller for a minute each.
	go test -run '^$' -fuzz "^$name\$" -fuzzminimizetime 1000x -fuzztime "${each}s" "$package" || found=1
done

if [ "$found" -ne 0 ]; then
	echo "fuzz.sh: something was found, see above"
	exit 1
fi
echo "fuzz.sh: nothing was found"
