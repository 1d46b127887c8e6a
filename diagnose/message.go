package diagnose

import (
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// signedMessage is a request whose signature says itself what of the request it covers: an HTTP Message
// Signature (RFC 9421), or one of its forerunner (draft-cavage-http-signatures-12), as Oracle uses it
// too.
//
//	messageread.go, messagedraft.go       read what the signature says
//	messageclaim.go, messagedemands.go    compare that with the configuration
//	messagedigest.go                      the hash of the body
//	messagelines.go                       makes the signed text again, a line for each thing that is covered
//	messagekey.go, messagesecret.go       check it with the key, and with keys that are nearly the right one
//	messagefill.go, messagelayout.go      what clients sign in place of a value, and how they join the lines
//
// A public key cannot make a signature again. The search therefore verifies: the "hash" of a text is
// the given signature if that is one of the text, and nothing if it is not (see check).
type signedMessage struct {
	d *diagnosis
	// Of draft-cavage, and Oracle's.
	draft bool
	// Oracle's, which is of the draft with a list of headers of its own.
	oracle bool
	// The name of the signature in Signature-Input and Signature (RFC 9421, 4.1). Empty in the draft.
	label string
	// What is covered, in its order, as the signature says it: "@method", "date;sf", (request-target).
	names  []string
	params []messageParam
	// The covered components and the parameters as in Signature-Input, in their strict form, which is
	// what is signed (RFC 9421, 2.3).
	input string
	// The same as it was sent, where that is known to differ in blanks only: some clients sign that
	// text.
	inputSent string
	// The signature, decoded.
	raw []byte
	// The header that it was sent in.
	header  string
	demands demands
	// What the signature is checked with. nil: it is not known, and only forms are judged.
	key *messageKey
}

// messageParam is a parameter of a signature: its name, and its value as it was sent, without its
// quotes.
type messageParam struct {
	name, text string
	// The value was not in quotes, as numbers are.
	bare bool
}

// readSignedMessage reads the signature, notes what can be seen, and sets up the search. It works on
// copies of the profile and of the case, because which header has the date, and what the key's name
// must be, depend on the request.
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

// covers reports whether the signature covers a thing, with whatever parameters.
func (s *signedMessage) covers(name string) bool {
	for _, n := range s.names {
		if bare, _, _ := strings.Cut(n, ";"); strings.Trim(bare, `"`) == name {
			return true
		}
	}
	return false
}

// words sets sentences for causes whose general ones speak of other vendors' headers. A fact that knows
// more overwrites them later.
func (s *signedMessage) words() {
	d := s.d
	form := "Write Signature-Input as `sig1=(\"@method\" \"@path\");created=1700000000;keyid=\"ID\"` and Signature as " +
		"`sig1=:BASE64:` (RFC 9421, 4)."
	if s.draft {
		form = "Write the header as `Signature keyId=\"ID\",algorithm=\"rsa-sha256\",headers=\"(request-target) host date\"," +
			"signature=\"BASE64\"`."
	}
	fixEach(d.fixes, "prefix_wrong prefix_missing signature_label signature_input wrong_scheme signature_encoding", form)
	d.details["header_signed_otherwise"] = "a header that is covered was signed with another value than it was sent with"
	d.fixes["header_signed_otherwise"] = "Sign what is sent, after everything that sets headers, and cover no header that something " +
		"on the way changes."
	d.fixes["header_not_signed"] = "Cover what the vendor asks for; see components or headers of `vendorsign explain " + d.Signer + "`."
	d.details["text_layout"] = "the lines of the signed text were written or joined in another way than the standard says"
	d.fixes["host_with_port"] = "Sign the value of Host as it is sent, in lower case; RFC 9421 leaves the port out where it is the " +
		"scheme's own (443 for https)."
	fixEach(d.fixes, escaped, "Sign the target exactly as it is in the request line.")
	d.details["wrong_digest"] = "the text was hashed with another hash than the algorithm says"
	d.fixes["wrong_digest"] = "Use the hash that the algorithm's name says: see `vendorsign explain " + d.Signer + "`."
}

// lineSigner signs nothing but what is listed in an option. It is asked for the text of one line at a
// time, so that the rules of RFC 9421 for values, such as those of @query-param, are in signers alone.
// Its key is a sample: no signature of it is used. It fails for components that the signer refuses to
// cover.
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
