package diagnose

import (
	"encoding/base64"
	"encoding/hex"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// redact removes every secret from an answer. No text in it should contain one, except those that the
// client signed with the secret in the wrong place; this is a safety net for all of them. It also finds
// a secret in hexadecimal, in Base64, percent-encoded and in another letter case.
//
// Of the sentences only secrets of at least eight characters are taken out, of the texts those of five:
// a shorter one would take letters out of words and tell more than it hides.
func (d *diagnosis) redact(f *Finding) {
	var secrets []string
	all := secretOptions(d.Signer)
	for _, name := range d.profile.secrets {
		all[name] = true
	}
	for name, secret := range all {
		if v := d.Options[name]; secret && v != "" {
			secrets = append(secrets, v, strings.TrimSpace(v))
		}
	}
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) }) // one may be a part of another
	const marker = "\ue000\ue001"                                              // not {secret}, which a secret could be a part of
	// Shorter ones are not secrets, and would match parts of other words.
	clean := func(text string, atLeast int) string {
		for _, s := range secrets {
			if len(s) < atLeast {
				continue
			}
			for _, form := range []string{s, url.QueryEscape(s), hex.EncodeToString([]byte(s)), base64.StdEncoding.EncodeToString([]byte(s)),
				strings.ToLower(s), strings.ToUpper(s)} {
				text = strings.ReplaceAll(text, form, marker)
			}
		}
		return strings.ReplaceAll(text, marker, "{secret}")
	}
	f.Explanation, f.Fix = clean(f.Explanation, 8), clean(f.Fix, 8)
	for _, parts := range [][]signers.Part{f.Signed, f.Right} {
		for i := range parts {
			if parts[i].Secret {
				parts[i].Text = "{" + parts[i].Label + "}"
			} else {
				parts[i].Text = clean(parts[i].Text, 5)
			}
		}
	}
}

// without is the case without the options that are secrets, as it looks to somebody who does not have
// them. The caller's maps stay as they are.
func (c *Case) without(secrets map[string]bool) *Case {
	other := *c
	other.Options = maps.Clone(c.Options)
	maps.DeleteFunc(other.Options, func(name, _ string) bool { return secrets[name] })
	return &other
}
