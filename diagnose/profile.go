package diagnose

import (
	_ "embed"
	"regexp"
	"strings"
)

// profile is what is known about a vendor's scheme in addition to its signer, which has the formula: a
// row of vendors.json. A reader asks it for names and shapes, so that two vendors with one form share a
// reader:
//
//	{"vendor": "acme", "read": "prefixed", "id": "access_id", "secret": "secret_key", "scheme": "TC",
//	 "proofHeader": "Authorization", "dateHeader": "Timestamp", "digest": "sha256", "form": "base64",
//	 "separator": ":", "headers": ["authorization", "timestamp"], "minutes": 5, ...}
//
// Presets have no row: programmed.profile makes one from their operations.
type profile struct {
	Vendor string
	// What people call it, for sentences.
	Title string
	// Where the vendor describes its scheme. A test wants one.
	Source string
	// Which of readers reads the credential.
	Read string

	ID, Secret         string            // the options with the two parts of the credential
	IDName, SecretName string            // what the vendor calls them
	IDShape, KeyShape  *regexp.Regexp    // what they look like; nil: like anything
	Sample             map[string]string // options that make a signer whose text is the vendor's

	Digest    string // of the HMAC, or of the text itself
	Form      string // hex or base64: how the signature is written
	Separator string // between two parts of the text
	Reordered string // the cause if the parts were joined in another order
	Family    string // headers with names that begin so are signed, too

	Scheme                                         string // before the credential in its header
	IDHeader, ProofHeader, DateHeader, NonceHeader string
	Undated                                        string   // what a signature of 40 digits without a date means
	OtherDate                                      string   // the header that the vendor reads where DateHeader was not sent
	Headers                                        []string // all of them, in lower case

	Minutes   int      // how far the date may be from the vendor's clock
	Dates     []string // the layouts in which the vendor reads a date; none: a number
	Odd       []string // and those that it is only known to take
	Spellings []string // in which its clients write one
	Milli     bool     // the number counts milliseconds

	// What to say of the public part that was sent: it is another one, it is empty, or the two parts are swapped in the
	// header or in the configuration.
	OtherID, EmptyID, Swapped, SwappedOptions string

	// What to do about causes, where this vendor has its own means. In the table one sentence may be for several causes, with
	// blanks between them.
	Fixes map[string]string

	Unfetched []endpoint

	KeyTyped bool   // a key of another type gets the same answer as an unknown key
	Limited  bool   // a key without permission for the request gets the same answer as a wrong signature
	Refused  string // the cause of a refusal without a reason if the credential is the configured one

	// Of a vendor without a row.
	secrets       []string // the secret options
	secretHeaders []string // the headers that have a secret in them as it is
}

// endpoint is one that is never called without certain parameters. A call without them, whose signature
// is right for what was sent, has probably lost them on the way.
type endpoint struct {
	Path *regexp.Regexp
	// The parameter; empty: any.
	Wants string
	Says  string
}

// vendorsJSON is a row for each vendor whose form of a credential is read by code.
//
//go:embed vendors.json
var vendorsJSON []byte

// profiles are the rows by vendor. A reader must not change one: it copies it first (readScoped).
var profiles = func() map[string]*profile {
	var rows []*profile
	parseTable("vendors.json", vendorsJSON, &rows)
	all := make(map[string]*profile)
	for _, p := range rows {
		all[p.Vendor] = p
		fixes := make(map[string]string)
		for causes, fix := range p.Fixes {
			fixEach(fixes, causes, fix)
		}
		p.Fixes = fixes
	}
	return all
}()

// escaped are the causes where a character was escaped in another way for signing.
const escaped = "escape_case space_encoding tilde_encoding asterisk_encoding reserved_encoding bare_parameter"

// fixEach sets what to do about each of some causes, which have blanks between them.
func fixEach(fixes map[string]string, causes, fix string) {
	for _, cause := range strings.Fields(causes) {
		fixes[cause] = fix
	}
}

// readers read a credential and its proof in the form in which a vendor's scheme sends them. A reader
//
//   - takes the secret (takeSecret) and compares the ID (idSent)
//   - records with fact what can be seen to be wrong
//   - judges the date (dateSent)
//   - appends the readings of the signature to wants
//   - sets frames and later, if the secret is known; else it looks at the signature's form (lengths)
//   - sets stuck where there is nothing to look for
var readers map[string]func(*diagnosis)

func init() {
	readers = map[string]func(*diagnosis){
		"separate": (*diagnosis).readSeparate,      // a header each
		"basic":    (*diagnosis).readBasic,         // Basic authentication
		"prefixed": (*diagnosis).readPrefixed,      // after a scheme of the vendor's
		"keyHash":  (*diagnosis).readKeyHash,       // the hash of a key
		"key":      (*diagnosis).readKey,           // the key itself
		"scoped":   (*diagnosis).readScoped,        // with the region and service that its key is derived for
		"message":  (*diagnosis).readSignedMessage, // with what of the request it covers
	}
}
