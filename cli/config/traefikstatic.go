package config

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// entryPoint is where Traefik listens. Its middlewares come before those of all its routers.
type entryPoint struct {
	name        string
	middlewares []Reference
	isDefault   bool // asDefault: routers that name no entry points have only those
	redirects   bool // to another one, before any router
	udp         bool
	secure      bool // over TLS
	trusts      bool // what some clients say of the request that they had
}

// fullLogSetting is --log.level=TRACE in any case, or the variable.
var fullLogSetting = regexp.MustCompile(`(?i)^(?:--log\.|TRAEFIK_LOG_)level=trace$`)

// static takes the entry points, what traces and metrics show, the log's level and the experimental proxy, from a file.
func (r traefikReader) static(n *Node) {
	if level := n.Fold("log").Fold("level"); strings.EqualFold(level.Text, "trace") {
		r.FullLogs = append(r.FullLogs, r.mark(level.Line, "log.level"))
	}
	if e := n.Fold("experimental").FoldEntry("fastProxy"); e.Key != "" && e.Value.Text != "false" {
		r.FastProxies = append(r.FastProxies, r.mark(e.Line, "experimental."+e.Key))
	}
	r.exposed(n)
	if skips := n.Fold("serversTransport").FoldEntry("insecureSkipVerify"); skips.Value.Text == "true" {
		at := r.mark(skips.Line, "serversTransport."+skips.Key)
		r.Unverified = &at
	}
	for _, e := range n.Fold("entryPoints").Table {
		http := e.Value.Fold("http")
		point := r.entryPoint(e.Key)
		point.middlewares = r.references(http.Fold("middlewares"), "entryPoints."+e.Key+".http.middlewares")
		point.isDefault = e.Value.Fold("asDefault").Text == "true"
		redirection := http.Fold("redirections").Fold("entryPoint")
		point.redirects = redirection.Fold("to").Text != "" && redirection.Fold("priority").Text == ""
		point.udp = strings.HasSuffix(e.Value.Fold("address").Text, "/udp")
		point.secure = given(http.Fold("tls"))
		forwarded := e.Value.Fold("forwardedHeaders")
		point.trusts = forwarded.Fold("insecure").Text == "true" || len(forwarded.Fold("trustedIPs").Words()) > 0
	}
}

// entryPoint is the one of that name, in any letter case, which is added if there is none yet.
func (r traefikReader) entryPoint(name string) *entryPoint {
	for _, point := range r.entryPoints {
		if strings.EqualFold(point.name, name) {
			return point
		}
	}
	point := &entryPoint{name: name}
	r.entryPoints = append(r.entryPoints, point)
	return point
}

// unverifiedSetting is --serverstransport.insecureskipverify, with or without =true, or the variable.
var unverifiedSetting = regexp.MustCompile(
	`(?i)^(--serverstransport\.insecureskipverify|TRAEFIK_SERVERSTRANSPORT_INSECURESKIPVERIFY)(?:=(?:true|1|t))?$`)

// setting takes a flag, or a variable with its value, of Traefik's static configuration.
func (r traefikReader) setting(text string, line int) {
	r.fastProxy(text, line)
	if fullLogSetting.MatchString(text) {
		r.FullLogs = append(r.FullLogs, r.mark(line, "log.level"))
	}
	r.entryPointSetting(text, line)
	r.exposedSetting(text, line)
	if m := unverifiedSetting.FindStringSubmatch(text); m != nil {
		at := r.mark(line, m[1])
		r.Unverified = &at
	}
}

// entryPointSetting is --entrypoints.NAME or --entrypoints.NAME.OPTION=VALUE, in any case, or the same as a variable,
// TRAEFIK_ENTRYPOINTS_NAME_OPTION=VALUE.
var entryPointSetting = regexp.MustCompile(
	`(?i)^(?:--entrypoints\.([^.=]+)(?:\.([^=]+))?|TRAEFIK_ENTRYPOINTS_([^_=]+)(?:_([^=]+))?)(?:=(.*))?$`)

// entryPointSetting takes a setting about an entry point.
func (r traefikReader) entryPointSetting(text string, line int) {
	m := entryPointSetting.FindStringSubmatch(text)
	if m == nil {
		return
	}
	name, option, value := m[1]+m[3], strings.ReplaceAll(strings.ToLower(m[2]+m[4]), "_", "."), m[5]
	point := r.entryPoint(name)
	switch option {
	case "http.middlewares":
		point.middlewares = r.references(&Node{Shape: Text, Line: line, Text: value}, "entryPoints."+name+".http.middlewares")
	case "asdefault":
		// A flag without a value is true.
		given, err := strconv.ParseBool(value)
		point.isDefault = given || err != nil
	case "http.redirections.entrypoint.to":
		point.redirects = true
	case "address":
		point.udp = strings.HasSuffix(value, "/udp")
	case "forwardedheaders.insecure", "forwardedheaders.trustedips":
		point.trusts = value != "false"
	default:
		point.secure = point.secure || (option == "http.tls" || strings.HasPrefix(option, "http.tls.")) && value != "false"
	}
}

// entries are the lists of middlewares in front of a router's own, one for each of the entry points that it has, as far as they are in the
// files. Of those that have none, one stands for all.
func (t *Traefik) entries(r *Router) (all [][]Reference) {
	defaults := slices.ContainsFunc(t.entryPoints, func(e *entryPoint) bool { return e.isDefault })
	bare := false
	for _, e := range t.entryPoints {
		has := slices.ContainsFunc(r.entryPoints, func(name string) bool { return strings.EqualFold(name, e.name) })
		if len(r.entryPoints) == 0 {
			// Traefik keeps the one of its name for its API.
			has = !e.udp && e.name != "traefik" && (e.isDefault || !defaults)
		}
		if !has || e.redirects || len(e.middlewares) == 0 && bare {
			continue
		}
		bare = bare || len(e.middlewares) == 0
		all = append(all, e.middlewares)
	}
	if all == nil {
		return [][]Reference{nil}
	}
	return all
}

// fastProxySetting turns the experimental proxy on, as a flag or a variable, in any case: --experimental.fastproxy,
// TRAEFIK_EXPERIMENTAL_FASTPROXY_DEBUG=true.
var fastProxySetting = regexp.MustCompile(`(?i)^(--experimental\.fastproxy|TRAEFIK_EXPERIMENTAL_FASTPROXY)([._]debug)?(=.*)?$`)

// fastProxyOff is such a setting that turns it off.
var fastProxyOff = regexp.MustCompile(`(?i)fastproxy=false$`)

// fastProxy takes a flag, or a variable with its value, that turns the experimental proxy on.
func (r traefikReader) fastProxy(setting string, line int) {
	if m := fastProxySetting.FindStringSubmatch(setting); m != nil && !fastProxyOff.MatchString(setting) {
		r.FastProxies = append(r.FastProxies, r.mark(line, m[1]+m[2]))
	}
}

// flags finds the command line of Traefik's process anywhere in a document: static configuration may be
// flags, as in the command of a Compose file, or variables of its environment.
//
//	--entrypoints.web.http.middlewares=acme@file
func (r traefikReader) flags(n *Node) {
	if n.Shape == Text {
		r.setting(n.Text, n.Line)
	}
	if name := n.Get("name"); name.Text != "" && n.Get("value").Text != "" { // a variable of a manifest
		r.setting(name.Text+"="+n.Get("value").Text, name.Line)
	}
	for _, e := range n.Table {
		if e.Value.Text != "" {
			r.setting(e.Key+"="+e.Value.Text, e.Line)
		}
		r.flags(e.Value)
	}
	for _, item := range n.List {
		r.flags(item)
	}
}
