//go:build go1.21

package apps

import (
	"fmt"
	"time"

	"github.com/vendorsign/vendorsign/outbound"
	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/outbound/limits"
	"github.com/vendorsign/vendorsign/signers"
)

// fileCheck is what the check of a file knows of the apps before. It lives as long as one reading.
type fileCheck struct {
	// names and keys are those of the apps so far, for collisions.
	names, keys map[string]bool
	good        map[string]bool // lists and rates that are known to be right: most apps have the same
}

// checkTogether says what is wrong with an app in its file; usually nothing. A name that two apps have would mix up their
// logs, and a key ID that two have could mean either of them.
func checkTogether(c *fileCheck, f *File, a *FileApp) string {
	if c.names[a.Name] {
		return "another app has this name"
	}
	c.names[a.Name] = true
	if c.keys[a.KeyID] {
		return "another app has this key_id"
	}
	c.keys[a.KeyID] = true
	// A misspelt policy must not mean that the app may do everything.
	if _, ok := f.Policies[a.Policy]; a.Policy != "" && !ok {
		return "policy is not one of the file's policies"
	}
	return ""
}

// checkFileApp says what is wrong with an app by itself; usually nothing. Its result depends on the entry alone, so that
// parseFile may keep it for the next version of the file.
func checkFileApp(c *fileCheck, a *FileApp) string {
	if text := CheckName(a.Name); text != "" {
		return "name " + text
	}
	if text := signers.CheckText("key_id", a.KeyID); text != "" {
		return text
	}
	// Secrets are looked at before rights: without one the app could not be used at all.
	if text := checkFileSecret(a); text != "" {
		return text
	}
	// Either could be meant to restrict the app, and to take the wider one would be wrong.
	if a.Policy != "" && a.Allow != nil {
		return "policy and allow cannot be used together"
	}
	// Quoted, as in rightsOf: an entry with a line end must not pass for two.
	if key := fmt.Sprintf("%q", a.Allow); a.Allow != nil && !c.good[key] {
		if text := checkAllow(a.Allow); text != "" {
			return text
		}
		c.good[key] = true
	}
	if key := "rate " + a.Rate; a.Rate != "" && !c.good[key] {
		if text := checkRate(a.Rate); text != "" {
			return text
		}
		c.good[key] = true
	}
	if _, ok := parseEnd(a.Expires); !ok {
		return "expires" + endForm
	}
	if _, ok := parseEnd(a.Created); !ok {
		return "created" + endForm
	}
	return ""
}

// checkFileSecret says what is wrong with where the app's secret comes from: it is derived (generation, perhaps overlap), or
// it is from elsewhere (secret, perhaps previous), and never both.
func checkFileSecret(a *FileApp) string {
	refs := credentials.References{Short: true}
	// A secret from elsewhere: both must be references, which load reads.
	if a.Secret != "" {
		switch {
		case a.Generation != 0 || a.Overlap != "":
			return "secret excludes generation and overlap: it is not derived"
		case !refs.Is(a.Secret):
			return "secret must be a reference such as file:/run/secrets/app, since the file contains no secrets"
		case a.Previous != "" && !refs.Is(a.Previous):
			return "previous must be a reference such as file:/run/secrets/app, since the file contains no secrets"
		}
		return ""
	}
	if a.Previous != "" {
		return "previous needs secret; for a derived key, overlap says until when the previous secret is valid"
	}
	if a.Generation == 0 {
		return "generation is required"
	}
	if a.Overlap == "" {
		return ""
	}
	// Generation 0 is no secret that any app has had.
	if a.Generation == 1 {
		return "overlap needs a generation before"
	}
	if _, err := time.Parse(time.RFC3339, a.Overlap); err != nil {
		return "overlap must be a time of RFC 3339, as in 2027-03-31T12:00:00Z"
	}
	return ""
}

// checkAllow says what is wrong with a list of rules; usually nothing. An empty list is refused, since it could mean nothing
// or everything.
func checkAllow(list []string) string {
	if len(list) == 0 {
		return "allow has no entries"
	}
	for _, entry := range list {
		if signers.HasControl(entry) {
			return "allow contains a control character or line break"
		}
	}
	// Compiled once here, and once more for the apps that have the list (rightsOf).
	if _, err := outbound.NewRights(list); err != nil {
		return err.Error()
	}
	return ""
}

// checkRate says what is wrong with the rate of an app; usually nothing. A queue is refused: an app that waits holds a
// request of the gateway, and only the credential's rate knows how many may wait.
func checkRate(rate string) string {
	rates, err := limits.ParseRates([]string{rate}, outbound.RatePaths)
	if err != nil {
		return err.Error()
	}
	if limits.Queues(rates) {
		return "rate of an app has no queue; give the credential's own rate one"
	}
	return ""
}
