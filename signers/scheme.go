//go:build go1.21

// Package signers is the contract between a gateway and the vendors whose requests it signs, and the register of these vendors.
//
// A vendor is a [Scheme]: its options as data, and a function that makes a [Signer] from their values. A signer is a
// pure function of a [Message] and a [Moment]: it reads no clock, draws no random number, does no I/O and logs nothing.
// The caller decides what to send and when; the signer sets the headers that authenticate it. Everything that a gateway,
// the command line and the documentation say about a vendor is derived from its scheme.
//
// # A scheme of one's own
//
// Suppose that a vendor wants the hash of the secret and the target in a header:
//
//	func init() {
//		signers.Register(signers.Scheme{
//			Name:  "acme",
//			Title: "Acme",
//			Options: []signers.Option{
//				{Name: "key", Secret: true, Required: true, Sample: "1", Doc: "The API key."},
//			},
//			New: func(v signers.Values) (signers.Signer, []signers.Fault) { return &acme{key: v.Text("key")}, nil },
//		})
//	}
//
//	type acme struct{ key string }
//
//	func (s *acme) Traits() signers.Traits { return signers.Traits{Owns: []string{"X-Acme-Proof"}} }
//
//	func (s *acme) Date(t time.Time) string { return "" }
//
//	func (s *acme) Sign(m *signers.Message, at *signers.Moment) error {
//		sum := sha256.Sum256([]byte(s.key + m.Target))
//		m.Header["X-Acme-Proof"] = []string{hex.EncodeToString(sum[:])}
//		return nil
//	}
//
//	func (s *acme) Canonical(m *signers.Message, at *signers.Moment) ([]signers.Part, error) {
//		return []signers.Part{{Label: "key", Text: s.key, Secret: true}, {Label: "target", Text: m.Target}}, nil
//	}
//
//	func (s *acme) Refusal(a signers.Answer) signers.Refusal { return signers.RefusalOf(a.Status) }
//
// Package vendors has the five that are built in, package wire what they are built from, and package all imports every
// scheme. A change to the contract belongs here, a change to one vendor in its file there.
//
// All of it builds with the standard library of Go 1.21 and also runs interpreted by yaegi: generics, error types and
// loops over bytes are avoided on purpose.
package signers

import (
	"fmt"
	"sort"
	"strings"
	"sync"
)

// Scheme is how a vendor wants requests signed.
type Scheme struct {
	// Name is the vendor's name in every configuration: lower-case letters, digits and underscores.
	Name string
	// Title is the vendor's name for people.
	Title string
	// Domains are those of the vendor's own services, to recognise a wrong host.
	Domains []string
	// Hosts are the hosts of the API, as far as they are known. A * at the beginning matches any name in its place.
	Hosts []string
	// Families are names below which a host may have one more label, written as *. and the name, because each bucket has its own
	// host. A label in capitals stands for any label with a hyphen, such as a region. The servers there are the vendor's.
	Families []string
	// Shared are those of them whose members are controlled by the vendor's customers: a configuration must list the members that
	// clients may ask for.
	Shared []string
	// Answers are the vendor's answers when it refuses a credential, from its documentation and its clients' code.
	Answers []KnownAnswer
	// Options are what a configuration of the vendor may hold, in the order of its documentation.
	Options []Option
	// New makes the signer of values that have passed the options' own checks, with defaults filled in. It returns what is
	// wrong with their combination as faults.
	New func(v Values) (Signer, []Fault)
	// PublicKey is the public half of the credential as a JSON Web Key, for the directory in which others look it up; nil: there
	// is none. The values are those of New.
	PublicKey func(v Values) (string, []Fault)
	// Claims is how to verify what an application signed with a local key; nil: it cannot be verified.
	Claims *Claims
}

// Signer makes the signer for the values of the scheme's options. Values of other options are ignored. It is nil if there
// is a fault; the faults are all those that can be found at once.
func (s Scheme) Signer(v Values) (Signer, []Fault) {
	own, faults := CheckValues(s.Options, v)
	if len(faults) > 0 {
		return nil, faults
	}
	return s.New(own)
}

// Public is PublicKey for the values of the scheme's options, which are checked as for Signer.
func Public(s Scheme, v Values) (string, []Fault) {
	own, faults := CheckValues(s.Options, v)
	if len(faults) > 0 {
		return "", faults
	}
	return s.PublicKey(own)
}

// entry is a registered scheme, or how to make it.
type entry struct {
	scheme Scheme
	make   func() Scheme // nil: scheme is there
	preset bool          // it is data, and not code
}

var (
	// The register, by name. Init functions fill it before anything reads it; the mutex is for presets, which are parsed on demand.
	schemesMu sync.Mutex
	schemes   = make(map[string]*entry)
)

// Register adds a scheme. Packages with schemes call it in their init functions, before any other function of this
// package.
func Register(s Scheme) { schemes[s.Name] = &entry{scheme: s} }

// RegisterLazy adds a preset: a scheme that must be parsed first, which is done when it is first looked up.
func RegisterLazy(name string, newScheme func() Scheme) {
	schemes[name] = &entry{make: newScheme, preset: true}
}

// find returns a registered scheme, and makes it if it was not looked up before.
func find(name string) (Scheme, bool) {
	schemesMu.Lock()
	defer schemesMu.Unlock()
	e := schemes[name]
	if e == nil {
		return Scheme{}, false
	}
	if e.make != nil {
		e.scheme = e.make()
		e.make = nil
	}
	return e.scheme, true
}

// Names lists the vendors in alphabetical order.
func Names() []string {
	names := make([]string, 0, len(schemes))
	for name := range schemes {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Natives lists the schemes that are code, in alphabetical order.
func Natives() []string { return ofKind(false) }

// Presets lists the schemes that are data, in alphabetical order.
func Presets() []string { return ofKind(true) }

func ofKind(preset bool) []string {
	var names []string
	for _, name := range Names() {
		if schemes[name].preset == preset {
			names = append(names, name)
		}
	}
	return names
}

// Known lists the vendors in one line for people. There are many presets, so it only gives their number.
func Known() string {
	names, count := strings.Join(Natives(), ", "), len(Presets())
	if count == 0 {
		return names
	}
	return fmt.Sprintf("%s and %d presets (vendorsign preset list)", names, count)
}

// Lookup returns the scheme of the vendor, or an error that suggests the nearest one or lists them.
func Lookup(vendor string) (Scheme, error) {
	s, ok := find(vendor)
	if ok {
		return s, nil
	}
	names := Names()
	if near := NearestWord(vendor, names); near != "" {
		return s, fmt.Errorf("unknown vendor %s; did you mean %s?", ShownName(vendor), near)
	}
	return s, fmt.Errorf("unknown vendor %s; known are %s", ShownName(vendor), Known())
}
