//go:build go1.21

package outbound

import (
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

// publicUse is a value or reference of an option that is not a secret.
type publicUse struct{ option, value string }

// addResolved takes values whose references are resolved: two different references may lead to the same value.
func addResolved(u *secretUses, prefix string, options []signers.Option, v signers.Values) {
	addUses(u, prefix, options, v, nil)
}

// useOf identifies a value, or the reference that it is if there are refs; empty: it is too short to tell anything. The words
// before values and references keep the two apart.
func useOf(value string, refs *credentials.References) string {
	if refs != nil && strings.ContainsAny(value, "{:") { // which all references have
		if reference := credentials.Secret(refs, value); reference != "" {
			return "reference " + reference
		}
		if strings.HasPrefix(value, "{") && credentials.HasReference(value) { // a gateway's own placeholder
			return "reference " + value
		}
	}
	if len(value) < shortestSecret {
		return ""
	}
	return "value " + value
}

// addUses records the values of options as they are given: their references, and what is literal. It comes before addResolved,
// which depends on which options are references. Prefix is put before names in faults: "previous: " for that block, else empty.
func addUses(u *secretUses, prefix string, options []signers.Option, v signers.Values, refs *credentials.References) {
	if u.secret == nil {
		u.secret = make(map[string]string)
		u.read = make(map[string]bool)
	}
	for i := range options { // by index: see credentialFields
		name, kind := options[i].Name, options[i].Kind
		if kind == signers.Block && !options[i].Verbatim {
			addBlockUses(u, prefix, name, options[i].Secret, v, refs)
			continue
		}
		if len(v[name]) == 0 || options[i].Verbatim || kind == signers.File || kind == signers.Number || kind == signers.Flag {
			continue
		}
		if len(options[i].Values) == 0 {
			addUse(u, prefix+name, options[i].Secret, v[name], refs)
		}
	}
}

// addBlockUses records the values of a block, each by its own name. The block previous is another credential, and is added apart.
func addBlockUses(u *secretUses, prefix, block string, secret bool, v signers.Values, refs *credentials.References) {
	if block == "previous" {
		return
	}
	for _, key := range v.Names(block + ".") {
		addUse(u, prefix+strings.TrimPrefix(key, block+"."), secret, v[key], refs)
	}
}

// addUse records the values of one option. Of a secret only what is read counts, as a reference or as its value: u.read remembers between
// addUses and addResolved that the option is a reference.
func addUse(u *secretUses, option string, secret bool, values []string, refs *credentials.References) {
	for _, value := range values {
		use := useOf(value, refs)
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

// sameAsSecret is the fault of the first option that has what another one has as a secret; nil: there is none. It names both, and not the
// value.
func sameAsSecret(u *secretUses) *signers.Fault {
	for _, p := range u.public {
		if secret := u.secret[p.value]; secret != "" {
			option := strings.TrimPrefix(p.option, "previous: ")
			return &signers.Fault{Option: option, Text: p.option + " is the same value as the secret " + secret +
				", and a value that is a secret once is a secret everywhere: make it a secret, or give it another value"}
		}
	}
	return nil
}

// sentTwice is the fault of a value that begins with what is sent before it anyway, as documentation and clients show it there: nobody
// takes "Bearer Bearer abc". Proofs whose text is encoded begin otherwise, and are not looked at.
//
//	Bearer {api_token}    Bearer abc    -> a fault of api_token
//	{prefix} {token}      bearer abc    -> one of token, where prefix is Bearer
func sentTwice(template string, options []signers.Option, own signers.Values) *signers.Fault {
	for i := range options {
		name := options[i].Name
		before, _, found := strings.Cut(template, "{"+name+"}")
		value := own.Text(name)
		if !found || before == "" || len(value) <= len(before) {
			continue
		}
		if strings.HasPrefix(before, "{prefix}") {
			word := own.Text("prefix")
			if o, _ := signers.Find(options, "prefix"); word == "" {
				word = o.Default
			}
			before = word + strings.TrimPrefix(before, "{prefix}")
		}
		if len(value) > len(before) && !strings.ContainsAny(before, "{(") && strings.EqualFold(value[:len(before)], before) {
			text := name + " begins with " + strings.TrimSpace(before) + ", which is sent before it anyway; leave it out"
			return &signers.Fault{Option: name, Text: text}
		}
	}
	return nil
}
