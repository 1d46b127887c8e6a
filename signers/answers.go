//go:build go1.21

package signers

// KnownAnswer is what a vendor is known to say when it refuses a credential.
type KnownAnswer struct {
	Vendor  string
	Code    int    // in the field code of the vendor's JSON; 0: any
	Text    string // in the body, in lower case; empty: any
	Refusal Refusal
}

// KnownAnswers are what vendors say, from their documentation and their clients' code. Signers judge a refusal by them, and
// diagnosis reads an answer with them.
var KnownAnswers = []KnownAnswer{
	// Threat Visualizer API guide, "Common errors".
	{"darktrace", 0, "api date error", RefusedClock},
	{"darktrace", 0, "api signature error", RefusedSignature},

	// duo.com/docs/adminapi#response-format. A stale date has also been seen as 40103.
	{"duo", 40102, "", RefusedKey},
	{"duo", 40103, "", RefusedSignature},
	{"duo", 40104, "", RefusedDate},
	{"duo", 40105, "", RefusedClock},
	{"duo", 40301, "", RefusedRights},

	// docs.threatconnect.com, "Common errors". The last two are about the key, or only the owner that was asked for.
	{"threatconnect", 0, "timestamp out of acceptable", RefusedClock},
	{"threatconnect", 0, "signature data did not match", RefusedSignature},
	{"threatconnect", 0, "access denied", RefusedUnclear},
	{"threatconnect", 0, "unauthorized", RefusedUnclear},
}

// KnownRefusal is what the vendor's answer with this code and body says, and whether it is a known one.
func KnownRefusal(vendor string, code int, body []byte) (Refusal, bool) {
	for _, known := range KnownAnswers {
		if known.Vendor == vendor && (known.Code == 0 || known.Code == code) && (known.Text == "" || contains(body, known.Text)) {
			return known.Refusal, true
		}
	}
	return Unrefused, false
}
