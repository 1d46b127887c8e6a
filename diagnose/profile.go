package diagnose

import (
	_ "embed"
	"regexp"
)

// profile is what is known about a vendor's scheme in addition to its signer, which has the formula: a row of vendors.json.
type profile struct {
	Vendor string
	Title  string // what people call it
	Source string // where the vendor describes its scheme
	Read   string // which of readers reads the credential

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

	Fixes map[string]string // what to do about a cause, where this vendor has its own means

	Unfetched []endpoint

	KeyTyped bool   // a key of another type gets the same answer as an unknown key
	Limited  bool   // a key without permission for the request gets the same answer as a wrong signature
	Refused  string // the cause of a refusal without a reason if the credential is the configured one

	// Of a vendor without a row.
	secrets       []string // the secret options
	secretHeaders []string // the headers that have a secret in them as it is
}

// endpoint is one that is never called without certain parameters.
type endpoint struct {
	Path  *regexp.Regexp
	Wants string // the parameter; empty: any
	Says  string
}

//go:embed vendors.json
var vendorsJSON []byte

var profiles = func() map[string]*profile {
	var rows []*profile
	parseTable("vendors.json", vendorsJSON, &rows)
	all := make(map[string]*profile)
	for _, p := range rows {
		all[p.Vendor] = p
	}
	return all
}()

// readers read a credential and its proof in the form in which a vendor's scheme sends them.
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
