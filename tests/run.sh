#!/usr/bin/env bash
# Runs all tests. Go is all it needs; with gcc those of the module that run goroutines (tests/detect) run under the race
# detector, and those of both runtimes that do several things at once; in the long mode those end to end, too.
#
#   ./tests/run.sh                  everything, with a Caddy and a Traefik that are built here, which takes long the first time
#   ./tests/run.sh quick            what needs no gateway
#   ./tests/run.sh long [MINUTES]   everything, with what repeats as often as it should once before a release (a million random
#                                   messages, 10,000 configurations, uploads of gigabytes); the gateways' part once more with the
#                                   newest Caddy and Traefik of docs/versions.md, unless the environment names others; then
#                                   tests/fuzz.sh for MINUTES, 90 by default: an hour of raw requests through the gateways, over
#                                   HTTP/1 and HTTP/2, and Go's fuzzing
#
# The last line is "N passed, N failed", with ", N skipped" if any were, and the exit status 1 if any failed; what
# failed, and the beginning of its output, is printed before it. Up to three tests that fail run once more, each alone
# (tests/e2e/tally): one that passes then is reported as unsteady, in the last line too, and needs fixing; a crash or a
# data race fails at once. TRAEFIK_BIN names another Traefik, statically linked. Only that program is kept between runs,
# in the user's cache folder; the rest is Go's own cache. Without Docker and Compose the Docker examples are skipped; with
# CI=true that is a failure.
set -euo pipefail
cd "$(dirname "$0")/.."
exec </dev/null
export GOWORK=off

what=${1:-all} minutes=${2:-90} usage="usage: ./tests/run.sh [quick | long [MINUTES]]"
case "$#:$what" in
0:all | 1:quick | 1:long) ;;
2:long) [[ $minutes =~ ^[1-9][0-9]*$ ]] || { echo "$usage" >&2; exit 2; } ;;
*)
	echo "$usage" >&2
	exit 2
	;;
esac
long=no limit=55m
if [ "$what" = long ]; then
	what=all long=yes limit=120m
	export VENDORSIGN_LONG=1 VENDORSIGN_RUNS=1000000 VENDORSIGN_CONFIGS=10000 CORPUS_ALL=1
fi
command -v go >/dev/null || { echo "run.sh: Go is not installed; get it from https://go.dev/dl/" >&2; exit 2; }

work=$(mktemp -d)
passed=0 failed=0 skipped=0 unsteady=0 ended=no

finish() {
	if [ "$ended" = no ]; then
		echo "run.sh: ended before its end"
		failed=$((failed + 1))
	fi
	echo
	[ ! -s "$work/failures" ] || cat "$work/failures" # again, for those who have only the end of this
	rm -rf "$work"
	line="$passed passed, $failed failed"
	[ "$skipped" -eq 0 ] || line="$line, $skipped skipped"
	[ "$unsteady" -eq 0 ] || line="$line, $unsteady unsteady"
	echo "$line"
	[ "$failed" -eq 0 ] || exit 1
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

part() { printf '\n== %s (after %dm%02ds)\n' "$1" $((SECONDS / 60)) $((SECONDS % 60)); }

# note COMMAND...: what failed, and the end of what it wrote into the file "said".
note() {
	echo "FAIL: $*"
	echo "failed: $*" >>"$work/failures"
	[ ! -f "$work/said" ] || tail -n 10 "$work/said" | cut -c 1-200 | sed 's/^/    /' >>"$work/failures"
}

# check NAME COMMAND...: one test that is a command. It runs in this shell, whose variables it may set.
check() {
	part "$1"
	shift
	local status=0
	mkfifo "$work/pipe"
	tee "$work/said" <"$work/pipe" &
	"$@" >"$work/pipe" 2>&1 || status=$?
	wait $!
	rm "$work/pipe"
	if [ "$status" -eq 0 ]; then
		passed=$((passed + 1))
	else
		note "$@"
		failed=$((failed + 1))
		return 1
	fi
}

# skip NAME WHY
skip() {
	part "$1"
	echo "SKIPPED: $2"
	skipped=$((skipped + 1))
}

# gotest NAME DIR ARGUMENT...: tests of the module in DIR.
gotest() {
	part "$1"
	local dir=$2 status=0 p=0 f=0 s=0 u=0
	shift 2
	rm -f "$work/counts" "$work/said"
	(cd "$dir" && "$work/tally" "$work/counts" "$work/failures" go test -json "$@") || status=$?
	[ ! -f "$work/counts" ] || read -r p f s u <"$work/counts"
	if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then # go itself failed
		note go test "$@"
		f=1
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s)) unsteady=$((unsteady + u))
	echo "$p passed, $f failed, $s skipped in this part"
}

unformatted() {
	local files
	files=$("$(go env GOROOT)/bin/gofmt" -l .) && [ -z "$files" ] || { echo "$files"; return 1; }
}

without_gateways() { (cd tests && go list ./... | grep -v -e '/e2e$' -e '/compose$'); }

# concurrent: a pattern of the tests in files that start goroutines.
concurrent() {
	local names
	names=$(cd tests && grep -lE 'WaitGroup|^[[:space:]]+go ' ./*_test.go | xargs sed -n 's/^func \(Test[A-Za-z0-9_]*\)(.*/\1/p' | paste -sd'|')
	echo "^(${names:?no file of tests starts goroutines})\$"
}

has_compiler() { [ "$(go env CGO_ENABLED)" = 1 ] && command -v "$(go env CC | cut -d' ' -f1)" >/dev/null; }
has_compiler || export CGO_ENABLED=0 # else go would look for the compiler that is not there

(cd tests && go build -o "$work/" ./e2e/tally ./detect)

check "gofmt" unformatted || true
check "go vet" go vet ./... || true
vet_tests() { (cd tests && go vet ./...) && (cd tests/oauth && go vet ./...) && (cd tests/s3 && go vet ./...); }
check "go vet of the tests" vet_tests || true

detector= under=
if [ "$what" = all ]; then
	if has_compiler; then
		detector=-race under=", under the race detector"
	else
		skip "race detector" "it needs gcc, which is missing; the tests run without it"
	fi
fi
# Where no goroutine runs, the detector finds nothing and takes ten times as long.
if [ -z "$detector" ]; then
	gotest "tests of the module" . -timeout 30m ./...
else
	gotest "tests of the module$under" . -race -timeout 30m $("$work/detect")
	gotest "tests of the module that run no goroutines" . -timeout 30m $("$work/detect" -others)
fi
# The largest two packages, the one of both runtimes and the one of known mistakes, each run one test after the other: in one part they
# take two processors.
gotest "tests of both runtimes, and diagnosis of known mistakes" tests -timeout 30m $(without_gateways)
# The detector makes interpreted tests seven times as slow, and only those that do several things at once have something for it.
[ -z "$detector" ] || gotest "those of both runtimes that do several things at once$under" tests -race -timeout 30m -run "$(concurrent)" .

# with_gateways NAME ARGUMENT...: what needs the gateways, which CADDY_VERSION and TRAEFIK_VERSION choose. NAME says which they are, and
# the arguments are for the test of the manifests.
with_gateways() {
	local name=$1
	shift
	gateways=yes
	check "building Caddy$name" env CGO_ENABLED=0 ./xcaddy.sh || gateways=no
	export CADDY_BIN=$PWD/caddy
	check "building Traefik$name, unless it is in the cache" traefik || gateways=no
	if [ "$gateways" = yes ]; then
		# The gateways are processes without the detector: it would see only the tests, and take as long again.
		local detecting=
		[ "$long" = no ] || detecting=$detector
		gotest "end to end$name" tests $detecting -count=1 -parallel 4 -timeout $limit ./e2e # those in parallel mostly wait
		gotest "containers$name" tests -count=1 -timeout 30m ./compose
	else
		skip "end to end$name" "a gateway could not be built"
		skip "containers$name" "a gateway could not be built"
	fi
	# Without cgo, as Traefik was built: its packages are then in Go's cache.
	CGO_ENABLED=0 gotest "Kubernetes manifests$name" tests/traefik "$@" -timeout 30m ./...
}
traefik() { TRAEFIK_BIN=$(cd tests && go run ./e2e/traefik) && export TRAEFIK_BIN && echo "$TRAEFIK_BIN"; }

if [ "$what" = all ]; then
	with_gateways ""
	if git rev-parse HEAD >/dev/null 2>&1; then
		check "a release's programs for this platform" ./tests/release.sh || true
	else
		skip "a release's programs for this platform" "this is no clone, so there is no commit to build"
	fi
fi
if [ "$long" = yes ] && [ -z "${CADDY_VERSION:-}${TRAEFIK_VERSION:-}" ]; then
	export CADDY_VERSION=v2.11.9 TRAEFIK_VERSION=v3.7.13
	unset TRAEFIK_BIN
	with_gateways ", the newest" "-modfile=$TRAEFIK_VERSION.mod"
fi
if [ "$long" = yes ] && [ "${gateways:-no}" = yes ]; then
	check "fuzzing for $minutes minutes" ./tests/fuzz.sh "$minutes" || true
fi
ended=yes
