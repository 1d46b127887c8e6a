package config

import (
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
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
	f.What += vendorHint(f.What)
	return f
}

// unheardWords are Caddy's errors for a word that is not known where it is, and what to write if it names a vendor. Caddy gives them no
// type; with other words there is no hint.
var unheardWords = []struct {
	pattern *regexp.Regexp
	write   string
}{
	{regexp.MustCompile(`^unrecognized directive: (\S+)$`), "vendorsign VENDOR { ... } before reverse_proxy"},
	{regexp.MustCompile(`^unrecognized global option: (\S+)$`), "vendorsign VENDOR { ... } in the block of a site"},
	{regexp.MustCompile(`^unrecognized subdirective (\S+)$`), "transport vendorsign VENDOR { ... } in reverse_proxy"},
	{regexp.MustCompile(`module not registered: http\.reverse_proxy\.transport\.(\S+)$`), "transport vendorsign VENDOR { ... }"},
}

// vendorHint is what to write for a vendor that is named where Caddy does not know it; empty: the error is about something else.
//
//	unrecognized directive: akamai_sign   ; write vendorsign akamai { ... } before reverse_proxy
func vendorHint(what string) string {
	for _, w := range unheardWords {
		m := w.pattern.FindStringSubmatch(what)
		if m == nil {
			continue
		}
		word := strings.ReplaceAll(m[1], "-", "_")
		vendor := strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(word, "vendorsign_"), "_sign"), "_verify")
		if !slices.Contains(signers.Names(), vendor) {
			return ""
		}
		write := strings.Replace(w.write, "VENDOR", vendor, 1)
		if strings.HasSuffix(word, "_verify") {
			write = strings.Replace(write, "vendorsign", "vendorsign_verify", 1)
		}
		return "; write " + write
	}
	return ""
}
