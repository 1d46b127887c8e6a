//go:build go1.21

// Package presets has the vendors that are data: NAME.json is a vendor, and presets.go has all of these files as
// texts, since yaegi cannot embed files. Importing the package registers them by name; a file is parsed when its
// vendor is first looked up, and its operations are compiled and tested with the file's own vectors when a
// credential is first made.
//
//	NAME.json --go generate--> presets.go --Parse--> Preset --Compile--> program --Bind--> signer
//	                                           \--pages--> docs/vendors/NAME.md, docs/presets.md
//
// This package reads files and options. What operations mean is in package program, how a token is fetched in
// package tokens. Four schemes are programs as well and not files, since their options decide the program: api_key
// (apikey.go), oauth2, jwt, and custom with login (custom.go), where a configuration has the operations itself.
//
// The least that is a preset:
//
//	{
//	  "preset": 1,
//	  "name": "acme",
//	  "title": "Acme",
//	  "options": [{"name": "key", "doc": "The API key.", "secret": true}],
//	  "operations": ["header X-Acme-Key = [[opt.key|reveal]]"]
//	}
//
// It loads with a warning, as nothing proves it: vectors are missing. docs/custom.md goes through a whole file.
//
// Run `go generate ./signers/presets` after changing a file; a test compares.
package presets

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/program"
)

//go:generate go run ./generate
//go:generate go run ./pages

// Preset is a preset file. docs/presets.md says what each key means in more words. Keys that a file does not have
// are zero. A Preset is not changed after Parse, so goroutines may share it.
type Preset struct {
	// The format of the file, 1. A version that does not know the format refuses the file.
	Preset int `json:"preset"`
	// Counts the changes of the file, for operators who compare two versions.
	Revision int `json:"revision"`
	// The vendor's name in configurations, and for people. Logs, metrics and stores tell vendors apart by the
	// name, so a file of an operator's cannot take that of a built-in one.
	Name  string `json:"name"`
	Title string `json:"title"`
	// The vendor's page on authentication, and a sentence on what was read to write the file.
	Page     string `json:"page"`
	Evidence string `json:"evidence"`
	// How sure the file is as a whole, and the source of each fact in it. Published: a value that the vendor
	// published comes out. Client: one of a working client, or its code was read. Derived: only documentation was
	// there.
	Proof   string   `json:"proof"`
	Sources []Source `json:"sources"`
	// What a configuration has. Operations name them opt.NAME.
	Options []Option `json:"options"`
	// How a request is signed: the kind of the value nonce, the operations, and headers that are taken from
	// clients in addition to those that the operations set. Owns is for headers by which the vendor would accept
	// another credential than the gateway's: a client could otherwise choose which one counts.
	Nonce      string   `json:"nonce"`
	Operations []string `json:"operations"`
	Owns       []string `json:"owns"`
	// Only so many bytes of the body are read, and only with these methods; zero values: all that the operations
	// ask for. It is for vendors that document such a limit; the rest of the body streams.
	BodyFirst   int64    `json:"body_first"`
	BodyMethods []string `json:"body_methods"`
	// The vendor's hosts, "*.acme.example" for any below a domain. Another one is a warning, since vendors have
	// more hosts than they document, or with HostsOnly a fault. No hosts: each customer has its own.
	Hosts     []string `json:"hosts"`
	HostsOnly bool     `json:"hosts_only"`
	// Endpoints that read, make or reset credentials, as in signers.Traits, and requests that prove the guards.
	// With a credential of the gateway's a client could make one of its own there, and go on without the gateway.
	Guards       []string     `json:"guards"`
	GuardVectors GuardVectors `json:"guard_vectors"`
	// Endpoints whose path does not tell what a request does: these, or all. Rules for paths mean nothing there,
	// so they are closed without allow_multiplexed.
	Multiplexed      bool     `json:"multiplexed"`
	MultiplexedPaths []string `json:"multiplexed_paths"`
	// A harmless request, "GET /path", and how far a date may be off; or "unknown". Unknown is a statement:
	// somebody has looked.
	Probe  string `json:"probe"`
	Window string `json:"window"`
	// Headers of answers that clients must not get, such as a session's cookie, and what answers mean.
	Hides    []string  `json:"hides"`
	Refusals []Refusal `json:"refusals"`
	// What runs the file, "operations"; how its token is fetched, for package tokens; and how an app's signature is read.
	Engine string             `json:"engine"`
	Token  json.RawMessage    `json:"token"`
	Claim  *program.ClaimFile `json:"claim"`
	// The date on which the vendor ends this way of signing; it makes a warning.
	Ended string `json:"ended"`
	// Requests with what must come out, which are signed before the preset is used, and the text of its page, in
	// Markdown.
	Vectors []Vector `json:"vectors"`
	Docs    string   `json:"docs"`

	// own says that it is a user's, of FromFile.
	own bool
}

// Source says where a fact of the file is from, so that a reader can look it up and a later change at the vendor
// can be traced.
type Source struct {
	Fact  string `json:"fact"`
	Where string `json:"where"`
	// Published, client, documented or unknown. Documented is a vendor's page without an example; unknown needs no
	// Where.
	Sure string `json:"sure"`
	Note string `json:"note"`
}

// GuardVectors are requests that the guards must refuse and let pass, as "METHOD /path". They are for tests and
// pages; a guard that closes nothing because of a typing mistake would not be noticed otherwise.
type GuardVectors struct {
	Refused []string `json:"refused"`
	Passed  []string `json:"passed"`
}

// Refusal is what an answer means. Of several that fit, the first in the file counts.
type Refusal struct {
	// Status 0 is any. Contains is a text in the body, in any letter case; empty: any body. Means is one of
	// signers.Refusals.
	Status   int    `json:"status"`
	Contains string `json:"contains"`
	Means    string `json:"means"`
}

// maxFile bounds a preset file, in bytes. The longest built-in ones have a third of that.
const maxFile = 64 << 10

var (
	// presetName is what presets and options may be called, and request is what a probe may be: reading alone.
	presetName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,40}$`)
	request    = regexp.MustCompile(`^(?:GET|HEAD) /[!-~]*$`)
)

// Parse reads a preset file strictly. Its errors name the key, and come from the author's file, so they may quote
// it.
//
//	{"preset":1,"nam":"acme"}   not a preset file: json: unknown field "nam"
//
// It checks form and values. Whether the operations compile, and the vectors come out, is for Compile and
// SelfTest; Load does all.
func Parse(data []byte) (*Preset, error) {
	if len(data) > maxFile {
		return nil, errors.New("a preset file has at most 64 KiB")
	}
	if signers.HasByteOrderMark(string(data)) {
		return nil, errors.New("not a preset file: it " + signers.ByteOrderMark)
	}
	if err := checkKeys(data); err != nil {
		return nil, fmt.Errorf("not a preset file: %w", err)
	}
	return parse(data)
}

// parse reads a file whose keys are known to be there once and as documented: for one that is built in, a test
// shows it. checkKeys reads a file token by token, which takes an interpreter long.
func parse(data []byte) (*Preset, error) {
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	p := &Preset{}
	if err := d.Decode(p); err != nil {
		return nil, fmt.Errorf("not a preset file: %w", err)
	}
	// A decoder stops at the end of the first value: two files in one would pass for the first.
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("not a preset file: something follows the object")
	}
	return p, check(p)
}
