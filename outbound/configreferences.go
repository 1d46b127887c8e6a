//go:build go1.21

package outbound

import (
	"strings"

	"github.com/vendorsign/vendorsign/outbound/credentials"
	"github.com/vendorsign/vendorsign/signers"
)

// resolve replaces the references in values, and records the files and secrets in r. v is changed. It ends at the first
// fault: an option whose file is absent must be named alone, for the 503.
//
//	v {"key_id": "AK1", "secret": "{file./run/secrets/acme}"} -> {"key_id": "AK1", "secret": "s3cr3t..."}
//	r.stamps: the state of /run/secrets/acme      r.uses: secret uses file:/run/secrets/acme
func resolve(r *loaded, v signers.Values, options []signers.Option, refs *credentials.References) *signers.Fault {
	// Entries of v that no option was found for yet.
	left := len(v)
	for i := range options { // by index: see credentialFields
		if left == 0 {
			break
		}
		name, kind := options[i].Name, options[i].Kind
		if v[name] != nil {
			left--
		} else if kind != signers.Block {
			continue
		}
		if kind == signers.Number || kind == signers.Flag {
			continue
		}
		// The block previous is another credential, and is resolved apart. Most other options are literal.
		if name == "previous" || kind != signers.File && kind != signers.Block && !options[i].Verbatim && (r.literal || literal(v[name], refs)) {
			continue
		}
		if fault := resolveOption(r, v, options[i], refs); fault != nil {
			return fault
		}
	}
	return nil
}

// resolveOption replaces the references in the values of an option, or of a block.
func resolveOption(r *loaded, v signers.Values, o signers.Option, refs *credentials.References) *signers.Fault {
	if o.Kind == signers.Block {
		return resolveBlock(r, v, o, refs)
	}
	// Whoever writes labels must not bring a scheme of their own: it could send any secret anywhere.
	if o.Verbatim && refs.Confined {
		return &signers.Fault{Option: o.Name, Text: o.Name + " is for the operator's files only, not for labels"}
	}
	if o.Verbatim && o.Kind != signers.File {
		return nil
	}
	return resolveOne(r, v, o.Name, o, refs)
}

// literal reports whether no value can be a reference, not even one in another tool's spelling: all of these have a brace,
// a colon or a dollar sign. With refs.Other any text may be one of the gateway's own.
func literal(values []string, refs *credentials.References) bool {
	if refs.Other != nil {
		return false
	}
	for _, value := range values {
		if strings.ContainsAny(value, "{:$") {
			return false
		}
	}
	return true
}

// readsNothing reports whether a configuration has no reference, no file and no previous credential, so that all of its values are in
// itself.
func readsNothing(v signers.Values, refs *credentials.References) bool {
	for name, values := range v {
		if name == "credentials_file" || strings.HasPrefix(name, "previous.") || !literal(values, refs) {
			return false
		}
	}
	return true
}

// resolveBlock replaces the references in a block of the vendor, whose keys are the option's name and a dot before each.
func resolveBlock(r *loaded, v signers.Values, o signers.Option, refs *credentials.References) *signers.Fault {
	for _, key := range v.Names(o.Name + ".") {
		if fault := resolveOne(r, v, key, o, refs); fault != nil {
			return fault
		}
	}
	return nil
}

// resolveOne replaces the references in the values of an option, or of one key in a block. An option of the kind File holds
// the text of its file from then on, which is read as the operator's preset.
func resolveOne(r *loaded, v signers.Values, key string, o signers.Option, refs *credentials.References) *signers.Fault {
	resolved := make([]string, len(v[key]))
	for j, value := range v[key] {
		if o.Kind == signers.File {
			text, err := refs.Preset(value, o.Verbatim)
			if err != nil {
				return &signers.Fault{Option: key, Text: key + ": " + err.Error()}
			}
			resolved[j] = text
			continue
		}
		if reference := credentials.Secret(refs, value); reference != "" {
			refer(r, o.Name, reference)
			// Its state is recorded before it is read: see readSource.
			if path := strings.TrimPrefix(reference, "file:"); path != reference {
				watch(r, key, path)
			}
		}
		text, err := refs.Value(value)
		if err != nil {
			return r.fail(key, err)
		}
		resolved[j] = text
	}
	v[key] = resolved
	return nil
}

// watch records the state of an option's file now, before it is read: if it differs afterwards, the reading is not used.
func watch(r *loaded, option, path string) {
	r.stamps = append(r.stamps, credentials.StateOf(option, path))
}

// refer records a secret that an option refers to, for the operator's bindings (permits).
func refer(r *loaded, option, reference string) {
	var u credentials.Use
	u.Option = option
	u.Reference = reference
	r.uses = append(r.uses, u)
}
