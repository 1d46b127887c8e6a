//go:build go1.21

package httpsig

import (
	"strconv"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// httpsig is RFC 9421 without a profile. The RFC says how a message is signed, and leaves to each
// API what is covered, by which algorithm and under which key ID: that is what the options are for.
func init() {
	signers.Register(signers.Scheme{
		Name:    "httpsig",
		Title:   "HTTP Message Signatures",
		Options: options(),
		New:     newSigner,
	})
}

// algorithms are the registered ones by their names (RFC 9421, section 6.2.2) that are offered.
// ecdsa-p384-sha384 is not: package wire has no such signature.
var algorithms = map[string]int{
	"auto": anySignature, "ed25519": wire.Ed25519, "hmac-sha256": isMAC, "ecdsa-p256-sha256": wire.ECDSAP256SHA256,
	"rsa-pss-sha512": wire.RSAPSSSHA512, "rsa-v1_5-sha256": wire.RSASHA256,
}

// nameOf is the name of an algorithm, as the parameter alg has it. It is empty for a number that
// has none.
func nameOf(n int) string {
	for name, number := range algorithms {
		if number == n {
			return name
		}
	}
	return ""
}

// algorithmNames are those of algorithms in the order of the documentation, the default first.
var algorithmNames = []string{"auto", "ed25519", "hmac-sha256", "ecdsa-p256-sha256", "rsa-pss-sha512", "rsa-v1_5-sha256"}

// algorithmOption is the option algorithm of httpsig.
func algorithmOption() signers.Option {
	return signers.Option{Name: "algorithm", Values: algorithmNames, Also: []string{"alg"},
		Doc: "How requests are signed; by default (auto) as the key suggests: ed25519, ecdsa-p256-sha256, rsa-pss-sha512, or hmac-sha256 with " +
			"shared_secret."}
}

// labelOption is the signature's key in the dictionaries Signature and Signature-Input (RFC 9421,
// section 4). A message may have several signatures; a gateway removes those of a client, under any
// label.
var labelOption = signers.Option{Name: "label", Default: "sig1", Doc: "The name of the signature among others."}

// options are those of the scheme, in the order of its page. In the documentation of each, "by
// default" is what an empty option means.
func options() []signers.Option {
	own := []signers.Option{
		{Name: "key_id", Also: []string{"keyid", "kid"}, Doc: "The key's name at the vendor."},
		algorithmOption(),
	}
	own = append(append(own, keyOptions...), secretOption)
	return append(own, []signers.Option{
		{Name: "components", Kind: signers.List, None: "none", Also: []string{"covered_components", "fields"},
			Doc: "What is signed, in this order: @method, @target-uri, @authority, @scheme, @request-target, @path, @query, " +
				"@query-param;name=a, headers such as content-type, and content-digest for the body. By default " + defaultComponents + "."},
		// A text and not a flag, since auto differs from true and false.
		{Name: "skip_absent", Values: []string{"auto", "true", "false"},
			Doc: "Whether a header that a request lacks is left out of its signature. By default (auto) only of the default components; " +
				"for others the answer is 400."},
		{Name: "parameters", Kind: signers.List, None: "none", Also: []string{"params"},
			Doc: "The signature's parameters in their order: created, expires, keyid, alg, nonce and tag. By default " + defaultParameters + "."},
		{Name: "expires_in", Kind: signers.Duration, Doc: "With the parameter expires: how long a signature is valid, as in 5m (the default)."},
		{Name: "tag", Doc: "With the parameter tag: the application that the signature is for."},
		labelOption,
		{Name: "content_digest", Values: []string{"auto", sha256Digest, sha512Digest, "off"}, Also: []string{"digest"},
			Doc: "The hash in Content-Digest where content-digest is signed: by default (auto) sha-256. off signs what the client sent."},
		// It lets the command sign add the header to a request that something else signs.
		{Name: "digest_only", Kind: signers.Flag,
			Doc: "For the command sign alone: set Content-Digest and sign nothing."},
	}...)
}

// The defaults of components and parameters protect method, host, path, query and body, and let a
// verifier find the key. maxComponents bounds what a configuration may list. maxLifetime fits in a
// time.Duration.
const (
	defaultComponents = "@method @authority @path @query content-type content-digest"
	defaultParameters = "created keyid alg"
	maxComponents     = 64
	maxLifetime       = 200 * 365 * 24 * time.Hour
)

// begin reads the key and checks the label, which every profile of RFC 9421 has.
func (s *signer) begin(v signers.Values) (*key, []signers.Fault) {
	algorithm := v.Text("algorithm")
	k, warnings, faults := newKey(v, algorithms[algorithm], newSHA256, algorithm)
	s.warnings = warnings
	if !labelForm.MatchString(s.label) {
		faults = append(faults, fault("label", "label must be a lower-case letter, then letters, digits, dashes, dots and underscores"))
	}
	return k, faults
}

// newSigner makes the signer of httpsig. It refuses combinations that could not sign what they are
// for, and collects the faults of all options. With digest_only there is no key: such a signer is
// Unproven, and no gateway loads it.
func newSigner(v signers.Values) (signers.Signer, []signers.Fault) {
	s := &signer{vendor: "httpsig", label: v.Text("label"), digest: v.Text("content_digest"), digestOnly: v.Flag("digest_only")}
	// Nothing is signed, so no other option is looked at.
	if s.digestOnly {
		if s.digest == "off" {
			return nil, []signers.Fault{fault("content_digest", "content_digest off leaves digest_only nothing to do")}
		}
		return s, nil
	}
	k, faults := s.begin(v)
	add := func(option, text string) { faults = append(faults, fault(option, text)) }
	// Many requests have neither Content-Type nor a body, so the default leaves out what is absent.
	// Components that an operator lists must be there: a verifier that wants them would refuse the
	// request anyway.
	chosen := v["components"]
	s.skipAbsent = v.Text("skip_absent") == "true"
	if len(chosen) == 0 {
		chosen = strings.Fields(defaultComponents)
		s.skipAbsent = v.Text("skip_absent") != "false"
	}
	// The text begins with component or components, as the option is called.
	if text := s.cover(chosen); text != "" {
		add("components", text)
	}
	if v.Text("content_digest") != "auto" && !s.covers("Content-Digest") {
		add("content_digest", "content_digest needs content-digest among the components")
	}
	if len(faults) > 0 {
		return nil, faults
	}
	s.key = k
	faults = s.describe(v, nameOf(k.n))
	if len(faults) > 0 {
		return nil, faults
	}
	return s, nil
}

// cover sets the components, or returns the text of a fault, such as "component via is changed or
// removed on the way, ...". It needs digest and skipAbsent.
func (s *signer) cover(chosen []string) string {
	if len(chosen) == 1 && chosen[0] == "none" {
		s.warnings = append(s.warnings, "components none signs no part of a request: anyone who sees a signature can use it for another request")
		return ""
	}
	if len(chosen) > maxComponents {
		return "components has more than " + strconv.Itoa(maxComponents) + " entries"
	}
	seen := make(map[string]bool)
	ids := make([]string, 0, len(chosen))
	for _, text := range chosen {
		c, why := newComponent(text)
		switch {
		// A text that is no component at all is not quoted: it may be anything.
		case why != "" && c.id == "" && strings.HasPrefix(why, "must"):
			return "components " + why
		case why != "":
			return "component " + why
		case seen[c.id]:
			return "component " + c.id + " appears twice"
		}
		// RFC 9421, section 2.5: each component is unique, its parameters included. x;key="a" and
		// x;key="b" are two.
		seen[c.id] = true
		// The gateway sets the digest, and signs what it sets.
		if c.kind == field && c.name == "Content-Digest" && s.digest != "off" {
			c.kind = contentDigest
		}
		// What the gateway sets has no other spelling, and is covered as a whole.
		if c.kind == strictField || c.kind == member {
			if c.name == "Content-Digest" && s.digest != "off" {
				return "component " + c.id + " needs content_digest off: what the gateway sets is signed whole"
			}
		}
		// The kinds up to contentLength are fields, which a request may lack.
		if c.kind <= contentLength && s.skipAbsent {
			s.mayLack = true
		}
		if why := fieldWarning(strings.ToLower(c.name)); c.kind <= member && why != "" {
			s.warnings = append(s.warnings, "components: "+why)
		}
		ids = append(ids, c.id)
		s.components = append(s.components, c)
	}
	s.ids = strings.Join(ids, " ")
	return ""
}

// covers reports whether a field of this name is covered, whole or in part. The name is in the
// spelling of net/http.
func (s *signer) covers(name string) bool {
	for i := range s.components {
		if s.components[i].name == name && s.components[i].kind <= contentLength {
			return true
		}
	}
	return false
}
