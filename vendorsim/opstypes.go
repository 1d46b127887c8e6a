package vendorsim

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// kind is what a value is.
type kind int

// text is before binary, and both before the others: template takes the larger of two.
const (
	text kind = iota
	binary
	moment
	list
)

// String names a kind in errors.
func (k kind) String() string {
	return [...]string{"text", "binary data", "a time", "a list"}[k]
}

// typed is what is known about a value before there is a request.
//
//	opt.secret                              text, secret, keyed
//	opt.secret|sha256                       binary, keyed, 8 bits of a digest in each byte
//	body|hmac_sha256:opt.secret|hex         text, keyed, 4 bits
//	now                                     a time
type typed struct {
	kind   kind
	secret bool // may not leave
	keyed  bool // a secret was used to make it: it may be a key
	digest int  // the bits of a hash, MAC or signature in each byte, 0 if it is not one
}

// filterSpec says what a filter takes: how many arguments, which kinds, and what it gives. gives < 0 is the kind that it
// took. ends: its result is no secret any more.
type filterSpec struct {
	args  int
	takes []kind
	gives kind
	ends  bool
	key   string // the kind of its argument: "key", "secret", "number", "name", "option"
}

// sameKind says that a filter gives what it takes.
const sameKind kind = -1

// filterTable is docs/operations.md's table of filters, in this package's own words.
var filterTable = func() map[string]filterSpec {
	// Kinds that filters take; some is data as well, for those that leave the kind as it is.
	data, words, times, some := []kind{text, binary}, []kind{text}, []kind{moment}, []kind{text, binary}
	t := map[string]filterSpec{
		"unhex":        {takes: words, gives: binary},
		"unbase64":     {takes: words, gives: binary},
		"after":        {args: 1, takes: words},
		"strip_prefix": {args: 1, takes: words},
		"end_with":     {args: 1, takes: words},
		"or":           {args: 1, takes: words},
		"when":         {args: 1, takes: words, key: "name"},
		"cert_sha1":    {takes: words, gives: binary},
		"first":        {args: 1, takes: some, gives: sameKind, key: "number"},
		"if_method":    {args: 1, takes: some, gives: sameKind},
		"if":           {args: 2, takes: some, gives: sameKind, key: "option"},
		"format":       {args: 1, takes: times},
		"add":          {args: 1, takes: times, gives: moment, key: "number"},
		"reveal":       {takes: words, ends: true},
	}
	for _, name := range []string{"md5", "sha1", "sha256", "sha384", "sha512"} {
		t[name] = filterSpec{takes: data, gives: binary, ends: true}
	}
	for _, name := range []string{"hmac_sha1", "hmac_sha256", "hmac_sha384", "hmac_sha512"} {
		t[name] = filterSpec{args: 1, takes: data, gives: binary, ends: true, key: "secret"}
	}
	for _, name := range []string{"rsa_sha256", "rsa_pss_sha512", "ecdsa_p256_sha256", "ed25519"} {
		t[name] = filterSpec{args: 1, takes: data, gives: binary, ends: true, key: "key"}
	}
	for _, name := range []string{"hex", "base64", "base64url"} {
		t[name] = filterSpec{takes: data}
	}
	for _, name := range []string{"upper", "lower", "trim", "collapse", "urlencode", "form", "json", "canon_query", "sort_query",
		"decoded_order", "azure_query", "azure_headers", "canon_path", "without_port",
		"cosmos_type", "cosmos_link", "zscaler_key"} {
		t[name] = filterSpec{takes: words}
	}
	for name := range layouts {
		t[name] = filterSpec{takes: times}
	}
	t["unix"], t["unix_ms"] = filterSpec{takes: times}, filterSpec{takes: times}
	return t
}()

// reserved are the names of values, which no let may have: [[now]] must mean the same in every program.
var reserved = []string{"method", "scheme", "host", "path", "query", "target", "nonce", "body_len", "body", "now", "token",
	"opt", "header", "header_lines", "header_lines_trimmed", "header_names", "header_list"}

// ofClients are the values that a token request cannot have.
var ofClients = []string{"method", "scheme", "path", "query", "target", "body", "body_len", "header_lines", "header_lines_trimmed",
	"header_names", "header_list"}

// forbidden are headers that belong to the gateway.
var forbidden = []string{"host", "content-length", "connection", "transfer-encoding", "keep-alive", "proxy-connection", "te",
	"trailer", "upgrade", "expect"}

// isForbidden reports whether a header belongs to the connection (RFC 9110, section 7.6.1) or to the gateway, so that
// no program may set or read it.
func isForbidden(name string) bool {
	return slices.Contains(forbidden, plainName(name)) || strings.HasPrefix(plainName(name), "proxy-")
}

// plainName is a header's name as owned names are compared: without case, and _ is -.
func plainName(name string) string { return strings.ReplaceAll(strings.ToLower(name), "_", "-") }

// argument checks a filter's argument where it is more than text, by the kind that filterTable has for it. What it returns is
// known of the argument: a MAC's key makes the result keyed.
func (c *checker) argument(spec filterSpec, f call) (typed, error) {
	switch spec.key {
	case "secret", "key":
		if !f.bare {
			return typed{}, errors.New("a key is an option or a let, no text")
		}
		t, err := c.value(call{name: f.args[0]})
		switch {
		case err != nil:
			return t, err
		case t.kind != text && t.kind != binary:
			return t, fmt.Errorf("%s is no key", t.kind)
		case !t.secret && !t.keyed:
			return t, errors.New("the key is no secret")
		}
		return typed{keyed: true}, nil
	case "number":
		if name, ok := strings.CutPrefix(f.args[0], "opt."); ok {
			if o, known := c.p.option(name); !known || !o.Number {
				return typed{}, fmt.Errorf("%s is no option that is a number", name)
			}
			return typed{}, nil
		}
		_, err := number(f.name, f.args[0])
		return typed{}, err
	case "name":
		if !f.bare {
			return typed{}, errors.New("it takes the name of a value, no text")
		}
		t, err := c.value(call{name: f.args[0]})
		if err == nil && (t.kind == moment || t.kind == list) {
			err = fmt.Errorf("%s is neither empty nor not", t.kind)
		}
		return typed{}, err
	case "option":
		name, ok := strings.CutPrefix(f.args[0], "opt.")
		if o, known := c.p.option(name); !ok || !known || o.List || o.Secret {
			return typed{}, fmt.Errorf("unknown option %s", f.args[0])
		}
	case "":
		if f.name == "if_method" && slices.Contains(methodList(f), "") {
			return typed{}, errors.New("an empty method")
		}
	}
	return typed{}, nil
}

// number reads the argument of first and add: first takes no negative one, and both are bounded to 32 bits, so that sums of
// seconds do not overflow.
func number(filter, s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || filter == "first" && n < 0 || int64(n) > 1<<31 || int64(n) < -(1<<31) {
		return 0, fmt.Errorf("%q is no number", s)
	}
	return n, nil
}
