#!/usr/bin/env bash
# Prepares an example: builds its images from this checkout, and creates random secrets if there are none. It needs only Go and
# Docker.
#
#   ./prepare.sh traefik    builds the simulated vendors; Traefik is the official image
#   ./prepare.sh caddy      builds the simulated vendors, and Caddy with the plugin
#
# CADDY_BIN names a Caddy that is already built. TRAEFIK_BIN names a statically linked Traefik, for machines that cannot pull
# images: it becomes the image TRAEFIK_IMAGE. Image names come from the same variables as in compose.yaml.
set -euo pipefail
cd "$(dirname "$0")"
example=${1:-}
case $example in
traefik | caddy) ;;
*)
	echo "usage: ./prepare.sh traefik|caddy" >&2
	exit 2
	;;
esac
for program in docker go; do
	command -v "$program" >/dev/null || { echo "prepare.sh: $program is not installed" >&2; exit 1; }
done
checkout=$(cd ../../.. && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# image NAME PROGRAM FILE: an image with FILE as /usr/bin/PROGRAM. The folder sent to Docker holds nothing else.
image() {
	mkdir -p "$work/$2/usr/bin" "$work/$2/etc/ssl/certs"
	cp "$3" "$work/$2/usr/bin/$2"
	# Without CA certificates a gateway trusts no real vendor, and sends nothing.
	local bundle
	for bundle in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
		[ -f "$bundle" ] || continue
		cp -L "$bundle" "$work/$2/etc/ssl/certs/ca-certificates.crt"
		break
	done
	docker build --quiet --tag "$1" --file Dockerfile "$work/$2" >/dev/null
	echo "prepare.sh: built the image $1"
}

# Containers run Linux, whatever the host is. Without cgo, a Go program needs no libraries.
(cd "$checkout" && GOOS=linux CGO_ENABLED=0 go build -o "$work/program" ./cmd/vendorsign)
image "${VENDORSIGN_IMAGE:-vendorsign:local}" vendorsign "$work/program"

case $example in
caddy)
	if [ -z "${CADDY_BIN:-}" ]; then
		if [ "$(go env GOHOSTOS)" != linux ]; then
			echo "prepare.sh: xcaddy.sh builds for this system; name a Caddy for Linux in CADDY_BIN, or build the image of docs/docker.md" >&2
			exit 1
		fi
		"$checkout/xcaddy.sh" # is without cgo by itself
		CADDY_BIN=$checkout/caddy
	fi
	image "${CADDY_IMAGE:-vendorsign-caddy:local}" caddy "$CADDY_BIN"
	;;
traefik)
	if [ -n "${TRAEFIK_BIN:-}" ]; then
		image "${TRAEFIK_IMAGE:?names the image of TRAEFIK_BIN}" traefik "$TRAEFIK_BIN"
	fi
	# A local plugin, as Traefik expects it: its sources in the folder with its module's name.
	plugin=traefik/plugins-local/src/github.com/vendorsign/vendorsign
	rm -rf traefik/plugins-local
	mkdir -p "$plugin"
	cp -R "$checkout"/{.traefik.yml,traefikplugin,outbound,signers} "$plugin"
	;;
esac

# The simulated vendors and the gateway read the same files, so any text will do. Replace it with real keys later.
umask 077
mkdir -p secrets
for vendor in darktrace threatconnect carbonblack cortex duo; do
	[ -s "secrets/$vendor" ] || od -An -N20 -tx1 /dev/urandom | tr -d ' \n' >"secrets/$vendor"
done
