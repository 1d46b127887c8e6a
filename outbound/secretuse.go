//go:build go1.21

package outbound

import (
	"sort"
	"strings"

	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// shortestSecret is how long a value must be, in bytes, to be taken for a secret wherever it occurs: shorter ones are equal
// by chance.
const shortestSecret = 8

// secretUses are the values and references of a configuration's options. A value that is read from a file or a variable as a
// secret is one in all options: as one that may be seen, it would be sent without reveal, logged and shown. For example, of
// these two the second is a fault:
//
//	secret {file./run/secrets/acme}, key_id AK1
//	secret {file./run/secrets/acme}, key_id {file./run/secrets/acme}
//
// It is used while a configuration is read, in one goroutine, and emptied afterwards.
type secretUses struct {
	secret map[string]string // the option by its value or reference
	read   map[string]bool   // options that are references; whoever writes a secret itself shows it anyway
	public []publicUse
}

// publicUse is a value or reference of an option that is no secret.
type publicUse struct{ option, value string }

// addGiven takes the references of values as they are given, and what is literal. It comes before addResolved, which depends
// on which options are references. Prefix is "previous: " for that block, else empty.
func (u *secretUses) addGiven(prefix string, options []signers.Option, v signers.Values, refs credentials.References) {
	u.add(prefix, options, v, func(value string) string {
		if reference := refs.Secret(value); reference != "" {
			return "reference " + reference
		}
		if strings.HasPrefix(value, "{") && credentials.HasReference(value) { // a gateway's own placeholder
			return "reference " + value
		}
		return literalUse(value)
	})
}

// addResolved takes values whose references are resolved: two different references may lead to the same value.
func (u *secretUses) addResolved(prefix string, options []signers.Option, v signers.Values) {
	u.add(prefix, options, v, literalUse)
}

// literalUse identifies a value by itself; empty: it is too short to tell anything. The words before values and references
// keep the two apart.
func literalUse(value string) string {
	if len(value) < shortestSecret {
		return ""
	}
	return "value " + value
}

// add records the values of options by what identify makes of each, empty for those that do not count. Prefix is put before names in
// faults.
func (u *secretUses) add(prefix string, options []signers.Option, v signers.Values, identify func(value string) string) {
	if u.secret == nil {
		u.secret = make(map[string]string)
		u.read = make(map[string]bool)
	}
	for i := range options { // by index: see credentialFields
		kind := options[i].Kind
		if options[i].Verbatim || kind == signers.File || kind == signers.Number || kind == signers.Flag || len(options[i].Values) > 0 {
			continue
		}
		name, secret := options[i].Name, options[i].Secret
		if kind != signers.Block {
			u.addOne(prefix+name, secret, v[name], identify)
			continue
		}
		keys := make([]string, 0)
		for key := range v {
			if strings.HasPrefix(key, name+".") && name != "previous" {
				keys = append(keys, key)
			}
		}
		sort.Strings(keys)
		for _, key := range keys {
			u.addOne(prefix+strings.TrimPrefix(key, name+"."), secret, v[key], identify)
		}
	}
}

// addOne records the values of one option. Of a secret only what is read counts, as a reference or as its value: u.read remembers between
// addGiven and addResolved that the option is a reference.
func (u *secretUses) addOne(option string, secret bool, values []string, identify func(value string) string) {
	for _, value := range values {
		use := identify(value)
		if use == "" {
			continue
		}
		if secret && strings.HasPrefix(use, "reference ") {
			u.read[option] = true
		}
		if !secret {
			var p publicUse
			p.option = option
			p.value = use
			u.public = append(u.public, p)
		} else if u.read[option] && u.secret[use] == "" {
			u.secret[use] = option
		}
	}
}

// fault is for the first option that has what another one has as a secret; nil: there is none. It names both, and not the
// value.
func (u *secretUses) fault() *signers.Fault {
	for _, p := range u.public {
		if secret := u.secret[p.value]; secret != "" {
			option := strings.TrimPrefix(p.option, "previous: ")
			return &signers.Fault{Option: option, Text: p.option + " is the same value as the secret " + secret +
				", and what is a secret once is a secret everywhere: make it a secret, or give it a value of its own"}
		}
	}
	return nil
}
