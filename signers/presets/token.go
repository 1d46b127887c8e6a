//go:build go1.21

package presets

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
	"sync"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/program"
	"github.com/vendorsign/vendorsign/signers/tokens"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// tokenWays are the ways to a preset's token, with the machines that have been made of them. A machine depends on
// which options are set, not on their values, so all credentials with the same options share one.
//
// A preset with a client secret or a certificate, such as microsoft_graph, has two declarations: each says with
// when for which option it is.
type tokenWays struct {
	// In the order of the file, of which the first that fits counts.
	declarations []*tokens.Declaration
	// reads are the options that each of several declarations reads, and defaults what options are that nobody sets.
	reads    []map[string]bool
	defaults map[string]string
	// samples stand for values that nobody has read: see signers.Option.
	samples map[string]string
	// options are those of the preset, and hosts are those of them that may be part of the host which the
	// credential is sent to.
	options []program.Option
	hosts   map[string]bool
	nonce   string

	// mu guards made, which has a machine for each set of options: see machine.
	mu   sync.Mutex
	made map[string]*tokens.Machine
}

// newTokenWays reads the token of a preset; nil: it has none. Only in a built-in preset may options be a part of
// the host that a credential is sent to: they are checked as one label or host, or are one of a few values, and a
// review has looked at that. An operator's file may have come from elsewhere, and its token requests go to hosts
// that it names.
func newTokenWays(p *Preset, builtIn bool) (*tokenWays, error) {
	if len(p.Token) == 0 || string(p.Token) == "null" {
		return nil, nil
	}
	declarations, err := tokens.Parse(p.Token)
	if err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}
	w := &tokenWays{declarations: declarations, options: tokenOptions(p.Options), hosts: make(map[string]bool), nonce: p.Nonce,
		made: make(map[string]*tokens.Machine), defaults: make(map[string]string), samples: make(map[string]string)}
	for _, o := range p.Options {
		if builtIn && (o.Check == "dns_label" || o.Check == "host" || len(o.Values) > 0) {
			w.hosts[o.Name] = true
		}
	}
	// Each once, so that a mistake shows when the preset is loaded, and not when somebody sets that option.
	for _, d := range declarations {
		all := func(string) bool { return true }
		if _, err := tokens.Compile(d, w.options, w.hosts, w.nonce, all); err != nil {
			return nil, fmt.Errorf("token: %w", err)
		}
		if len(declarations) > 1 {
			w.reads = append(w.reads, tokens.Reads(d))
		}
	}
	for _, o := range optionsOf(p.Options) {
		w.defaults[o.Name] = o.Default
		w.samples[o.Name] = o.Sample
	}
	return w, nil
}

// Examples are values that make a signer: of the options that are required, and of the one that the last of
// several ways to a token needs. Pages and tests use it.
func Examples(p *Preset) signers.Values {
	last := ""
	if declarations, err := tokens.Parse(p.Token); err == nil {
		last = declarations[len(declarations)-1].When
	}
	values := make(signers.Values)
	for _, o := range optionsOf(p.Options) {
		if o.Required || o.Name == last {
			values[o.Name] = []string{o.Example()}
		}
	}
	return values
}

// tokenOptions are the options as a token's program knows them: a list is its values with blanks between, as a
// scope is (RFC 6749, 3.3).
func tokenOptions(options []Option) []program.Option {
	own := make([]program.Option, 0, len(options))
	for _, o := range options {
		own = append(own, program.Option{Name: o.Name, Secret: o.Secret, Lines: o.Lines || o.Key != ""})
	}
	return own
}

// bindTokens makes the source of a configuration's tokens, and says which of the vendor's endpoints hand out
// tokens. It fetches nothing. If none of the ways fits, the fault names the options of which one is missing.
func bindTokens(w *tokenWays, v signers.Values) (*signers.TokenSource, []string, []signers.Fault) {
	// The first declaration whose option is set counts, or one without a condition.
	d, way := w.declarations[0], 0
	// The first declaration whose option is set counts, or one without a condition. Without any the last remains,
	// for the fault below.
	for i, other := range w.declarations {
		d = other
		way = i
		if d.When == "" || v.Has(d.When) {
			break
		}
	}
	if d.When != "" && !v.Has(d.When) {
		names := make([]string, 0, len(w.declarations))
		for _, other := range w.declarations {
			names = append(names, other.When)
		}
		return nil, nil, []signers.Fault{{Option: d.When, Text: strings.Join(names, " or ") + " is required"}}
	}
	if faults := unread(w, way, v); len(faults) > 0 {
		return nil, nil, faults
	}
	if fault := unpaired(w, d, v); fault != nil {
		return nil, nil, []signers.Fault{*fault}
	}
	m, err := machine(w, d, v)
	if err != nil {
		return nil, nil, []signers.Fault{{Text: "token: " + err.Error()}}
	}
	// The caller's values have lists for the operations, and are not changed.
	values := make(signers.Values, len(v))
	for name, list := range v {
		values[name] = list
		if len(list) > 1 {
			values[name] = []string{strings.Join(list, " ")}
		}
	}
	from, faults := m.Bind(values)
	return from, m.Guards, faults
}

// unread are faults of options that are set, and that another way to the token reads in place of the chosen one: whoever sets them
// expects something of them, such as a token by the certificate.
//
//	client_secret is of no use with certificate
//	private_key needs certificate
func unread(w *tokenWays, way int, v signers.Values) []signers.Fault {
	var faults []signers.Fault
	for _, o := range w.options {
		if len(w.reads) == 0 || w.reads[way][o.Name] || !v.Has(o.Name) || v.Text(o.Name) == w.defaults[o.Name] {
			continue
		}
		text := ""
		for i, other := range w.declarations {
			if !w.reads[i][o.Name] {
				continue
			}
			text = o.Name + " is of no use with " + w.declarations[way].When
			if other.When != "" && !v.Has(other.When) {
				text = o.Name + " needs " + other.When
			}
		}
		if text != "" {
			faults = append(faults, signers.Fault{Option: o.Name, Text: text})
		}
	}
	return faults
}

// unpaired is the fault of a certificate that is another key's: the assertion would name a key that did not sign it. What Go cannot
// read is left to the vendor, which may.
func unpaired(w *tokenWays, d *tokens.Declaration, v signers.Values) *signers.Fault {
	name, keyName := tokens.Pair(d)
	text, keyText := v.Text(name), v.Text(keyName)
	if text == "" || text == w.samples[name] || keyText == w.samples[keyName] {
		return nil
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil // cert_sha1 says so
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil
	}
	own, certified := certificate.PublicKey.(*rsa.PublicKey)
	key, _ := wire.PrivateKey(wire.RSASHA256, keyText)
	private, ok := key.(*rsa.PrivateKey)
	if certified && ok && own.N.Cmp(private.N) != 0 {
		return &signers.Fault{Option: name, Text: name + " is not that of " + keyName}
	}
	return nil
}

// machine is that of a declaration for the options that are set. Routes of one vendor usually set the same ones,
// and share it. It may be called concurrently; compiling under the lock keeps a thousand routes from each doing
// so.
func machine(w *tokenWays, d *tokens.Declaration, v signers.Values) (*tokens.Machine, error) {
	// The names of options that are set, in the order of the file.
	key := d.When + ":"
	for _, o := range w.options {
		if v.Has(o.Name) {
			key += " " + o.Name
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if m := w.made[key]; m != nil {
		return m, nil
	}
	m, err := tokens.Compile(d, w.options, w.hosts, w.nonce, v.Has)
	if err == nil {
		w.made[key] = m
	}
	return m, err
}
