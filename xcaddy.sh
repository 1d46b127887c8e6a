#!/usr/bin/env bash
# Builds Caddy with the plugins of this checkout. Go is all it needs.
#
#   ./xcaddy.sh                  builds ./caddy
#   ./xcaddy.sh demo [--once]    builds it and shows it at work with simulated vendors; see ./caddy vendorsign demo --help
#   ./xcaddy.sh ARGUMENT...      anything else goes to xcaddy as it is: version, or build with plugins of your choice,
#                                or a command of Caddy (list-modules, run --config ../Caddyfile.example)
#
# CADDY_VERSION=v2.11.9 ./xcaddy.sh takes another Caddy than the one that go.mod names, the oldest that will do. xcaddy
# itself is kept in the user's cache; nothing else is written outside this checkout and Go's own caches.
set -eu
cd "$(dirname "$0")"

xcaddy_version=v0.4.7
module=github.com/vendorsign/vendorsign

command -v go >/dev/null || { echo "xcaddy.sh: Go is not installed; get it from https://go.dev/dl/" >&2; exit 1; }

# A go.work around the checkout would hide it from xcaddy, which has a module of its own to build.
export GOWORK=off
# Some module proxies answer 403, not 404, for a module that they do not have, and the search for ours, which is in no
# proxy because it is in this checkout, ends there. A first proxy that has nothing answers properly.
GOPROXY="file:///nonexistent,$(go env GOPROXY)"
export GOPROXY
# Neither xcaddy nor Caddy is a part of whatever repository the cache may lie in.
GOFLAGS="$(go env GOFLAGS) -buildvcs=false"
export GOFLAGS

cache=${XDG_CACHE_HOME:-$HOME/.cache}/vendorsign
xcaddy=$cache/xcaddy-$xcaddy_version-$(go env GOVERSION)-$(go env GOOS)-$(go env GOARCH)
mkdir -p "$cache"

# Temporary files, those of xcaddy and Go too, are in one folder that always goes.
work=$(mktemp -d "$cache/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

if [ ! -x "$xcaddy" ]; then
	echo "xcaddy.sh: fetching xcaddy $xcaddy_version" >&2
	# A module that names the version needs no list of versions, which `go install ...@version` asks for.
	mkdir "$work/module"
	(
		export GOFLAGS="$GOFLAGS -mod=mod" TMPDIR="$work"
		cd "$work/module" &&
			go mod init xcaddy.build &&
			go mod edit -require="github.com/caddyserver/xcaddy@$xcaddy_version" &&
			go build -o ../xcaddy github.com/caddyserver/xcaddy/cmd/xcaddy
	) >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
	mv "$work/xcaddy" "$xcaddy"
fi

# xcaddy's default is the newest, which may want a newer Go.
CADDY_VERSION=${CADDY_VERSION:-$(awk '$1 == "github.com/caddyserver/caddy/v2" { print $2 }' go.mod)}
export CADDY_VERSION

if [ $# -gt 0 ] && [ "$1" != demo ]; then
	rm -rf "$work" # exec leaves no trap behind
	case $1 in
	build | version | help | completion | -*) ;;
	*) cd caddyplugin ;; # a command of Caddy: xcaddy runs it with the plugin in the current folder
	esac
	exec "$xcaddy" "$@"
fi

echo "xcaddy.sh: building ./caddy with Caddy $CADDY_VERSION (the first time takes some minutes)" >&2
# xcaddy tells every step; what it tells is of interest if one fails.
TMPDIR="$work" "$xcaddy" build --with "$module/caddyplugin" --replace "$module=." --output ./caddy \
	>"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
echo "xcaddy.sh: built ./caddy" >&2

if [ $# -gt 0 ]; then
	shift
	rm -rf "$work"
	exec ./caddy vendorsign demo "$@"
fi
