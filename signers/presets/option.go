//go:build go1.21

package presets

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/program"
	"github.com/vendorsign/vendorsign/signers/tokens"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// Option is an option of a preset file. It is required unless the file says otherwise, or it has a default. What
// it holds is one text, unless List, Lines, Number, Flag, Duration or Key says otherwise; of these an option has
// one. For instance:
//
//	{"name": "password", "doc": "The administrator's password.", "secret": true}
//	{"name": "session_timeout", "doc": "How long a session may be idle.", "duration": true, "required": false}
type Option struct {
	// The name in snake_case, a sentence for people, and whether it is a secret: then operations may only send it
	// behind reveal, and tools do not show it.
	Name   string `json:"name"`
	Doc    string `json:"doc"`
	Secret bool   `json:"secret"`
	// Where the option holds a document in PEM, what it is: "rsa" for a private key, "x509" for a certificate.
	Key string `json:"key"`
	// How it is written. List has several entries, Lines may have line ends in a value, Number is a whole one,
	// Flag is "true" or absent, and a Duration such as 5m reaches the operations in seconds: see inSeconds.
	List     bool `json:"list"`
	Lines    bool `json:"lines"`
	Number   bool `json:"number"`
	Flag     bool `json:"flag"`
	Duration bool `json:"duration"`
	// What it is if it is not set; all that is accepted; and a form that values must have, a key of checks.
	// Without a default the first of Values is one.
	Default string   `json:"default"`
	Values  []string `json:"values"`
	Check   string   `json:"check"`
	// The character that ends it where it is sent, so that no value has it: the colon after a user name (RFC 7617, section 2).
	// ApartIf is the option and its value, with a blank between them, without which Apart is no matter; empty: it always is.
	Apart   string `json:"apart"`
	ApartIf string `json:"apart_if"`
	// The vendor's own words for it, for hints: Check Point's preset knows that username means user.
	Also []string `json:"also"`
	// nil: by the rule above. A pointer, since false and absent differ.
	Required *bool `json:"required"`
	// A value that is accepted, the environment variable in which users keep it, and what keys look like: see signers.Option.
	Sample   string `json:"sample"`
	Variable string `json:"variable"`
	Shape    string `json:"shape"`
}

// format is a form that a value must have: how an error goes on behind the option's name, a value of that form,
// and the test.
type format struct {
	must, sample string
	fits         func(string) bool
}

var (
	// dnsLabel and hostName decide where a credential goes if an option is part of a token service's address, so
	// they let no character pass that ends a host, such as / ? # @ and %. RFC 1123 section 2.1 has the form of a
	// label.
	dnsLabel = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$`)
	hostName = regexp.MustCompile(`^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)*[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?` +
		`(?::[0-9]{1,5})?$`)
	uuid   = regexp.MustCompile(`^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	digits = regexp.MustCompile(`^[0-9]+$`)
	word   = regexp.MustCompile(`^[0-9A-Za-z_-]+$`)
)

// checks are the forms by their names in a file. A sample passes its own check.
var checks = map[string]format{
	"hex":       {"must be hexadecimal", "00", isHex},
	"base64":    {"must be base64", "MDA=", isBase64},
	"dns_label": {"must be one DNS label: lower-case letters, digits and hyphens", "acme", dnsLabel.MatchString},
	"uuid":      {"must be a UUID", "00000000-0000-4000-8000-000000000000", uuid.MatchString},
	"digits":    {"must be of digits", "1", digits.MatchString},
	"word":      {"must be one word of letters, digits, - and _", "word", word.MatchString},
	"host":      {"must be the name of a host", "vendor.example", hostName.MatchString},
	// The filter of that name takes characters up to the twelfth.
	"zscaler_key": {"must have at least 12 characters", "0123456789ab", func(text string) bool { return len(text) >= 12 }},
}

// isHex and isBase64 accept what unhex and unbase64 of package program can decode.
func isHex(text string) bool {
	_, err := hex.DecodeString(text)
	return err == nil
}

func isBase64(text string) bool {
	_, err := base64.StdEncoding.DecodeString(text)
	return err == nil
}

// option is o as gateways know it: with a kind, a default that comes first among the values, and a sample that New
// accepts. Tests and the examples of generated pages use the samples.
func option(o Option) signers.Option {
	own := signers.Option{Name: o.Name, Doc: o.Doc, Secret: o.Secret, Values: o.Values, Default: o.Default, Also: o.Also, Sample: o.Sample,
		Variable: o.Variable, Shape: o.Shape, Apart: o.Apart}
	if o.ApartIf != "" {
		own.Apart = "" // checkApart knows the other option
	}
	switch {
	case o.Key != "":
		own.Kind = signers.Document
	case o.Duration:
		own.Kind = signers.Duration
	case o.List:
		own.Kind = signers.List
	case o.Lines:
		own.Kind = signers.Lines
	case o.Number:
		own.Kind = signers.Number
		// 0 of a preset is 0, not the default; where it is none of the values, it has always left the option out.
		own.Zero = len(o.Values) == 0 || strings.Contains(" "+strings.Join(o.Values, " ")+" ", " 0 ")
	case o.Flag:
		own.Kind = signers.Flag
	}
	// A flag that is absent is false, and one of several values is the first of them.
	own.Required = o.Default == "" && len(o.Values) == 0 && !o.Flag
	if o.Required != nil {
		own.Required = *o.Required
	}
	// Of a list of values gateways take the first for the default.
	if len(o.Values) > 0 && o.Default != "" {
		own.Values = []string{o.Default}
		for _, value := range o.Values {
			if value != o.Default {
				own.Values = append(own.Values, value)
			}
		}
	}
	// 1 passes wherever the file asks for no form, and 0000 also where the operations decode the option from hex or base64.
	// Samples of keys are a key that everybody has: wire.SampleKey.
	if own.Sample == "" {
		own.Sample = "1"
		if own.Kind == signers.Text {
			own.Sample = "0000"
		}
		if o.Check != "" {
			own.Sample = checks[o.Check].sample
		}
		if o.Key != "" {
			own.Sample = wire.SampleKey
		}
	}
	return own
}

// optionsOf are the options as gateways know them, in the order of the file.
func optionsOf(options []Option) []signers.Option {
	own := make([]signers.Option, 0, len(options))
	for _, o := range options {
		own = append(own, option(o))
	}
	return own
}

// typed are the options as a program knows them: what it must know to keep secrets in and line ends out.
func typed(options []Option) []program.Option {
	own := make([]program.Option, 0, len(options))
	for _, o := range options {
		own = append(own, program.Option{Name: o.Name, Secret: o.Secret, List: o.List, Lines: o.Lines || o.Key != ""})
	}
	return own
}

// checkValues holds values against the forms that the file asks for: one fault for each option. It does not quote
// the value, which may be a secret.
func checkValues(options []Option, v signers.Values) []signers.Fault {
	var faults []signers.Fault
	for _, o := range options {
		if text := checkApart(o, v); text != "" {
			faults = append(faults, signers.Fault{Option: o.Name, Text: text})
		}
		if o.Check == "" {
			continue
		}
		form := checks[o.Check]
		fits := form.fits
		for _, value := range v[o.Name] {
			if !fits(value) {
				faults = append(faults, signers.Fault{Option: o.Name, Text: o.Name + " " + form.must})
				break
			}
		}
	}
	return faults
}

// checkApart says what is wrong with an option that another one sends in a form in which it could not be told from what
// follows; usually nothing. With {"name": "client_id", "apart": ":", "apart_if": "basic_encoding raw"}:
//
//	client_id contains ":", which ends it with basic_encoding raw
func checkApart(o Option, v signers.Values) string {
	name, value, found := strings.Cut(o.ApartIf, " ")
	if !found || v.Text(name) != value || !strings.ContainsAny(v.Text(o.Name), o.Apart) {
		return ""
	}
	return fmt.Sprintf("%s contains %q, which ends it with %s", o.Name, o.Apart, o.ApartIf)
}

// inSeconds are values with durations as whole seconds: 300 for 5m. So operations can add and send them. v is not
// changed.
func inSeconds(options []Option, v signers.Values) (signers.Values, []signers.Fault) {
	own := make(signers.Values, len(v))
	for name, values := range v {
		own[name] = values
	}
	for _, o := range options {
		text := v.Text(o.Name)
		if !o.Duration || text == "" {
			continue
		}
		d, ok := tokens.Duration(text)
		// Vendors count in seconds. A fraction would be lost without a word.
		if !ok || d%time.Second != 0 {
			fault := signers.Fault{Option: o.Name, Text: o.Name + " must be a time such as 5m, or whole seconds, up to a year"}
			return nil, []signers.Fault{fault}
		}
		own[o.Name] = []string{strconv.Itoa(int(d / time.Second))}
	}
	return own, nil
}

// hasDuration reports whether there is an option that inSeconds changes.
func hasDuration(options []Option) bool {
	for _, o := range options {
		if o.Duration {
			return true
		}
	}
	return false
}
