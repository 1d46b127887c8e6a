// Package config reads the configurations of gateways: Caddy's JSON, a Caddyfile (in a program with Caddy, see [Adapt]), Traefik's
// dynamic and static files in YAML, TOML and JSON, labels in Compose files, and manifests of Kubernetes.
//
// Data flows in four steps, and every command of vendorsign takes as many of them as it needs:
//
//	bytes -> [File.Parse] -> documents of [Node], which know their lines
//	      -> [Discover]   -> a [Block] for each signer, wherever a gateway has one
//	      -> [Reading]    -> its options as the gateway takes them, and what is wrong with them
//	      -> [ReadTraefik]-> routers, middlewares and services of all files, for what they say of one request
//
// [Choose] is the first three for a command that wants one signer of a file.
//
// A format of files belongs into a file of its own, as json.go has it. Where else a gateway may hold a signer, signers.go (or
// labels.go) finds. What options a signer has, and how a value becomes one, is in read.go; what is wrong with them, in reading.go.
// What a command makes of it all, such as the faults that check finds in the routes around a signer, is in package cli.
package config
