package config

import (
	"io"
	"regexp"
	"strconv"
	"strings"
)

// Adapt makes Caddy's JSON of a Caddyfile; nil in a program without Caddy. Only `caddy vendorsign` has it, since the
// adapter is a part of Caddy.
var Adapt func(file string, data []byte) ([]byte, error)

// The two ways in which the Caddyfile's adapter says where it stumbled.
var (
	adapterAt     = regexp.MustCompile(`(?s)^(.*?), at ([^\n]+?):(\d+)(?:, at .*| import chain.*)?$`)
	adapterBefore = regexp.MustCompile(`(?s)^([^\n]+?):(\d+): (.*)$`)
	adapterTokens = regexp.MustCompile(`^parsing caddyfile tokens for '([^']+)': `)
)

// adapterFault is an error of the Caddyfile's adapter, which ends at the first. Its text says where, in
// one of two ways:
//
//	parsing caddyfile tokens for 'vendorsign': unknown option hosst, at Caddyfile:7
//	->  Caddyfile:7: vendorsign: unknown option hosst
func adapterFault(err error) Fault {
	f := Fault{Line: 1, What: err.Error()}
	if f.What == io.EOF.Error() {
		f.What = "it has neither a site nor a snippet"
	}
	if m := adapterTokens.FindStringSubmatch(f.What); m != nil {
		f.Field, f.What = m[1], strings.TrimPrefix(f.What, m[0])
	}
	line := ""
	if m := adapterAt.FindStringSubmatch(f.What); m != nil {
		f.What, f.File, line = m[1], m[2], m[3]
	} else if m := adapterBefore.FindStringSubmatch(f.What); m != nil {
		f.File, line, f.What = m[1], m[2], m[3]
	}
	if n, err := strconv.Atoi(line); err == nil {
		f.Line = n
	}
	return f
}
