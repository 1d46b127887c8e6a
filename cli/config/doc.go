// Package config reads the configurations of gateways: Caddy's JSON, a Caddyfile (in a program with
// Caddy, see [Adapt]), Traefik's dynamic and static files in YAML, TOML and JSON, labels in Compose
// files, and manifests of Kubernetes.
//
// Data flows in four steps; each command of vendorsign uses as many of them as it needs:
//
//	bytes -> [File.Parse]   -> documents of [Node], which know their lines
//	      -> [Discover]     -> a [Block] for each signer, wherever a gateway has one
//	      -> [Reading]      -> its options as the gateway takes them, and what is wrong with them
//	      -> [ReadTraefik]  -> routers, middlewares and services of all files, for what they say of one request
//
// [Choose] is the first three for a command that wants one signer of a file.
//
// An example. In this configuration of Caddy's
//
//	{"apps": {"http": {"servers": {"srv0": {"routes": [{
//	  "match": [{"host": ["a.example"]}],
//	  "handle": [{"handler": "reverse_proxy",
//	    "transport": {"protocol": "vendorsign", "vendor": "jamf", "host": ["b.example"]}}]}]}}}}}
//
// Discover finds one block:
//
//	Vendor   jamf
//	Module   vendorsign jamf
//	Dialect  InTransport
//	Field    apps.http.servers.srv0.routes.0.handle.0.transport
//	name     a.example, by which --signer chooses it
//	given    host
//
// and a Reading of it says which of jamf's options are missing, each as a [Fault] with file and line.
//
// Each file format has its own file, such as json.go. signers.go finds the places where Caddy may have
// a signer, traefikblock.go and labels.go those of Traefik. The options of a signer are in options.go,
// the conversion of their values as each gateway does it in convert.go, their references in resolve.go,
// and the checks of them in reading.go. What commands do with the result, such as the faults that check
// finds in the routes around a signer, is in package cli.
//
// Nothing here starts a gateway or asks a network. Files are read by Choose, and by Resolve where a
// reference names one; everything else works on bytes that it is given.
package config
