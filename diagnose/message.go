package diagnose

import (
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// signedMessage is a request whose signature says itself what of the request it covers: an HTTP Message Signature (RFC 9421), or one of its
// forerunner (draft-cavage-http-signatures-12), as Oracle uses it too. What it says is read in messageread.go and messagedraft.go and
// compared with the configuration in messageclaim.go and messagedigest.go. messagelines.go makes the signed text anew, one line for
// each thing that is covered, and messagekey.go checks it with the key.
type signedMessage struct {
	d         *diagnosis
	draft     bool // of draft-cavage
	oracle    bool
	label     string
	names     []string // what is covered, in its order, as the signature says it
	params    []messageParam
	input     string // the covered components and the parameters as in Signature-Input, in their strict form
	inputSent string // as it was sent, where that is known to differ in blanks only
	raw       []byte // the signature
	header    string // where it was sent
	demands   demands
	key       *messageKey // nil: it is not known
}

// messageParam is a parameter of a signature: its name, and its value as it was sent.
type messageParam struct {
	name, text string
	bare       bool // not in quotes
}

// readSignedMessage reads the signature, notes what can be seen, and sets up the search.
func (d *diagnosis) readSignedMessage() {
	p, own := *d.profile, *d.Case // dates and identity depend on the request
	d.profile, d.Case = &p, &own
	s := &signedMessage{d: d, draft: d.Signer == "cavage" || d.Signer == "oci", oracle: d.Signer == "oci"}
	s.words()
	d.hostIn()
	s.takeKey()
	s.demands = demandsOf(d)
	if plain, err := lineSigner("httpsig", "components", "@method"); err == nil {
		d.signer = plain // one that covers no body: bodies are covered by their digests
	}
	read := s.readMessage
	if s.draft {
		read = s.readDraft
	}
	if !read() {
		d.stuck = true
		return
	}
	d.signature = string(s.raw)
	s.readAlgorithm()
	s.readID()
	s.readTimes()
	s.readNonce()
	s.compareDemands()
	s.readDigests()
	d.lookForUnsent()
	s.search()
}

// param is the value of a parameter of the signature, and whether there is one.
func (s *signedMessage) param(name string) (string, bool) {
	for _, p := range s.params {
		if p.name == name {
			return p.text, true
		}
	}
	return "", false
}

// covers reports whether the signature covers a thing.
func (s *signedMessage) covers(name string) bool {
	for _, n := range s.names {
		if bare, _, _ := strings.Cut(n, ";"); strings.Trim(bare, `"`) == name {
			return true
		}
	}
	return false
}

// words words causes whose general sentences speak of other vendors.
func (s *signedMessage) words() {
	d := s.d
	form := "Write Signature-Input as `sig1=(\"@method\" \"@path\");created=1700000000;keyid=\"ID\"` and Signature as " +
		"`sig1=:BASE64:` (RFC 9421, 4)."
	if s.draft {
		form = "Write the header as `Signature keyId=\"ID\",algorithm=\"rsa-sha256\",headers=\"(request-target) host date\"," +
			"signature=\"BASE64\"`."
	}
	for _, cause := range []string{"prefix_wrong", "prefix_missing", "signature_label", "signature_input", "wrong_scheme",
		"signature_encoding"} {
		d.fixes[cause] = form
	}
	d.details["header_signed_otherwise"] = "a header that is covered was signed with another value than it was sent with"
	d.fixes["header_signed_otherwise"] = "Sign what is sent, after everything that sets headers, and cover no header that something " +
		"on the way changes."
	d.fixes["header_not_signed"] = "Cover what the vendor asks for; see components or headers of `vendorsign explain " + d.Signer + "`."
	d.details["text_layout"] = "the lines of the signed text were written or joined in another way than the standard says"
	d.fixes["host_with_port"] = "Sign the value of Host as it is sent, in lower case; RFC 9421 leaves the port out where it is the " +
		"scheme's own (443 for https)."
	for _, cause := range []string{"escape_case", "space_encoding", "tilde_encoding", "asterisk_encoding", "reserved_encoding",
		"bare_parameter"} {
		d.fixes[cause] = "Sign the target exactly as it is in the request line."
	}
	d.details["wrong_digest"] = "the text was hashed with another hash than the algorithm says"
	d.fixes["wrong_digest"] = "Use the hash that the algorithm's name says: see `vendorsign explain " + d.Signer + "`."
}

// lineSigner signs nothing but what is listed in an option. It is asked for the text of one line at a time.
func lineSigner(vendor, option string, names ...string) (signers.Signer, error) {
	values := signers.Values{option: names, "key_id": {"1"}, "shared_secret": {"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}}
	if vendor == "cavage" {
		values["algorithm"] = []string{"hs2019"} // which can sign (created) and (expires)
	}
	for _, name := range names {
		if strings.Trim(name, `"`) == "content-digest" || name == "digest" {
			values[map[string]string{"httpsig": "content_digest", "cavage": "digest"}[vendor]] = []string{"off"}
		}
	}
	scheme, err := signers.Lookup(vendor)
	if err != nil {
		return nil, err
	}
	s, faults := scheme.Signer(values)
	return s, signers.FaultsError(vendor, faults)
}
