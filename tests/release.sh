#!/usr/bin/env bash
# Tries a release without publishing anything: checks .goreleaser.yaml with GoReleaser itself and builds both programs for
# this platform, as the release does, outside the checkout.
#
#   ./tests/release.sh          this platform, twice: the archives must be the same
#   ./tests/release.sh all      every platform (many minutes)
#
# Go and git are all it needs. GoReleaser is built from the module proxy the first time, which takes minutes, and kept in
# the user's cache. SBOMs, signatures and images need syft, cosign and Docker, and are left to the workflow.
set -euo pipefail
cd "$(dirname "$0")/.."

goreleaser_version=v2.15.4 # .github/workflows/release.yml names the same
case "$#:${1:-}" in
0: | 1:all) ;;
*)
	echo "usage: ./tests/release.sh [all]" >&2
	exit 2
	;;
esac

export GOWORK=off
cache=${XDG_CACHE_HOME:-$HOME/.cache}/vendorsign
goreleaser=$cache/goreleaser-$goreleaser_version-$(go env GOVERSION)-$(go env GOOS)-$(go env GOARCH)
mkdir -p "$cache"
work=$(mktemp -d "$cache/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

if [ ! -x "$goreleaser" ]; then
	echo "release.sh: building GoReleaser $goreleaser_version (once; it takes minutes)" >&2
	# A module that names the version needs no list of versions, which `go install ...@version` asks for.
	mkdir "$work/module"
	(
		cd "$work/module" &&
			go mod init goreleaser.build &&
			go mod edit -require="github.com/goreleaser/goreleaser/v2@$goreleaser_version" &&
			GOFLAGS="-mod=mod -buildvcs=false" go build -o ../goreleaser github.com/goreleaser/goreleaser/v2
	) >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
	mv "$work/goreleaser" "$goreleaser"
fi

"$goreleaser" check .goreleaser.yaml >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
# snapshot FOLDER [SED]: everything that needs no other program, into the folder.
snapshot() {
	{ sed "${2:-}" .goreleaser.yaml && printf 'dist: %s\n' "$1"; } >"$work/goreleaser.yaml"
	"$goreleaser" release --snapshot --config "$work/goreleaser.yaml" --skip=sbom,sign,docker >"$work/log" 2>&1 ||
		{ cat "$work/log" >&2; exit 1; }
	(cd "$1" && sha256sum --quiet -c checksums.txt)
}
if [ $# -gt 0 ]; then
	snapshot "$work/dist"
	cat "$work/dist/checksums.txt"
	exit
fi
host="s/&goos \[.*/\&goos [$(go env GOOS)]/; s/&goarch \[.*/\&goarch [$(go env GOARCH)]/"
snapshot "$work/dist" "$host"
snapshot "$work/again" "$host"
cmp "$work/dist/checksums.txt" "$work/again/checksums.txt" || { echo "release.sh: two releases of one commit differ" >&2; exit 1; }
for archive in "$work"/dist/*.tar.gz "$work"/dist/*.zip; do
	[ -f "$archive" ] || continue
	echo "${archive##*/}: $(tar tf "$archive" 2>/dev/null | sort | xargs)"
done

commit=$(git rev-parse HEAD)
expect() { # expect TEXT COMMAND...
	local text=$1 out
	shift
	out=$("$@")
	case $out in
	*"$text"*) echo "$(basename "$1") ${*:2}: $(grep -F -m 1 -- "$text" <<<"$out")" ;;
	*)
		printf 'release.sh: %s lacks %q:\n%s\n' "$*" "$text" "$out" >&2
		exit 1
		;;
	esac
}
vendorsign=$(ls "$work"/dist/vendorsign_*/vendorsign)
caddy=$(ls "$work"/dist/caddy_*/caddy)
expect "(${commit:0:12} of " "$vendorsign" version
expect "(${commit:0:12} of " "$caddy" vendorsign version
expect http.reverse_proxy.transport.duo_sign "$caddy" list-modules
expect "v2." "$caddy" version
