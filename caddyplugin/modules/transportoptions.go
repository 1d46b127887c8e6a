package modules

import (
	"reflect"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"

	"github.com/vendorsign/vendorsign/cli/config"
)

// transportSubdirectives are what the block of Caddy's transport http takes in a Caddyfile, to hint at when one is
// misspelt. Caddy has no list of them: they are the cases of HTTPTransport.UnmarshalCaddyfile in
// reverseproxy/caddyfile.go, of 2.11.
var transportSubdirectives = strings.Fields(`read_buffer write_buffer read_timeout write_timeout max_response_header proxy_protocol
	forward_proxy_url network_proxy dial_timeout dial_fallback_delay response_header_timeout expect_continue_timeout resolvers tls
	tls_client_auth tls_insecure_skip_verify tls_curves tls_timeout tls_trusted_ca_certs tls_trust_pool tls_server_name
	tls_renegotiation tls_except_ports keepalive keepalive_interval keepalive_idle_conns keepalive_idle_conns_per_host versions
	compression max_conns_per_host local_address`)

// transportFields are the keys of Caddy's transport http in JSON. They are read from the type, so they are those
// of the Caddy that runs.
var transportFields = fieldsOf(reflect.TypeFor[reverseproxy.HTTPTransport]())

// Package config checks files without Caddy's types, and gets their keys from here.
func init() {
	config.TransportOptions = transportFields
	config.TransportObjects = objectsOf(reflect.TypeFor[reverseproxy.HTTPTransport]())
}

// objectsOf are the keys of the objects in an object of JSON that becomes a struct. What another module reads is
// left out: its keys are not known here. For the transport: "tls" -> "root_ca_pool", "server_name" and the others.
func objectsOf(t reflect.Type) map[string][]string {
	all := make(map[string][]string)
	for _, f := range reflect.VisibleFields(t) {
		kind := f.Type
		// Caddy's optional objects are pointers.
		if kind.Kind() == reflect.Pointer {
			kind = kind.Elem()
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if kind.Kind() != reflect.Struct || name == "" || name == "-" {
			continue
		}
		if names := fieldsOf(kind); len(names) > 0 {
			all[name] = names
		}
	}
	return all
}

// fieldsOf are the keys of an object of JSON that becomes a struct. Fields without a tag or with "-" have none.
func fieldsOf(t reflect.Type) (names []string) {
	for _, f := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			names = append(names, name)
		}
	}
	return names
}
