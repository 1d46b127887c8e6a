package diagnose

import (
	"regexp"
	"time"
)

// profile is what there is to know of a vendor's scheme beside its signer, which has the formula.
type profile struct {
	read func(d *diagnosis)

	id, secret         string            // the options with the two parts of the credential
	idName, secretName string            // what the vendor calls them
	idShape, keyShape  *regexp.Regexp    // what they look like; nil: like anything
	sample             map[string]string // options that make a signer whose text is the vendor's

	digest    string // of the HMAC
	form      string // hex or base64: how the signature is written
	separator string // between two parts of the text
	reordered string // the cause if the parts were joined in another order
	family    string // headers with names that begin so are signed, too

	scheme                                         string // before the credential in its header
	idHeader, proofHeader, dateHeader, nonceHeader string
	otherDate                                      string   // the header that the vendor reads where dateHeader was not sent
	headers                                        []string // all of them, in lower case

	window    time.Duration
	dates     []string // the layouts in which the vendor reads a date; none: a number
	odd       []string // and those that it is only known to take
	spellings []string // in which its clients write one
	milli     bool     // the number counts milliseconds

	// What to say of the public part that was sent: it is another one, it is empty, or the two parts are swapped in the
	// header or in the configuration.
	otherID, emptyID, swapped, swappedOptions string
	unfetched                                 []endpoint

	// The vendor answers alike for a key that it does not know and one of another type, or one that may not see what is asked for.
	keyTyped, limited bool
	refused           string // the cause of a refusal without a reason if the credential is the configured one
}

// endpoint is one that is never called without certain parameters.
type endpoint struct {
	path  *regexp.Regexp
	wants string // the parameter; empty: any
	says  string
}

var profiles map[string]*profile

func init() {
	profiles = map[string]*profile{
		// Threat Visualizer API guide, "Acquiring an API token pair".
		"darktrace": {
			read: (*diagnosis).readSeparate,
			id:   "public_token", secret: "private_token", idName: "public token", secretName: "private token",
			sample: map[string]string{"public_token": "public", "private_token": "private", "query_order": "as_sent"},
			digest: "sha1", form: "hex", separator: "\n", reordered: "text_layout",
			idHeader: "DTAPI-Token", proofHeader: "DTAPI-Signature", dateHeader: "DTAPI-Date",
			headers: []string{"dtapi-token", "dtapi-date", "dtapi-signature"},
			window:  30 * time.Minute,
			dates:   []string{"20060102T150405", "2006-01-02 15:04:05", "2006-01-02T15:04:05+00:00", "2006-01-02T15:04:05.000000+00:00"},
			odd: []string{
				"2006-01-02T15:04:05", "2006-01-02T15:04:05.000", "2006-01-02T15:04:05.000000", "2006-01-02 15:04:05.000", "2006-01-02 15:04:05.000000",
				"2006-01-02T15:04:05Z", "2006-01-02T15:04:05.000Z", "2006-01-02T15:04:05.000000Z",
			},
			spellings: []string{
				"20060102T150405", "2006-01-02 15:04:05", "2006-01-02T15:04:05+00:00", "2006-01-02T15:04:05.000000+00:00", "2006-01-02T15:04:05", "2006-01-02T15:04:05Z",
				"2006-01-02T15:04:05.000000", "2006-01-02 15:04:05.000000", "20060102T150405Z", "20060102150405", "2006-01-02T15:04:05.000Z", "Mon, 02 Jan 2006 15:04:05 GMT",
				"2006-01-02 15:04:05+00:00", "2006-01-02 15:04:05.000000+00:00", "2006-01-02T150405", "20060102 150405",
			},
			otherID: "the public token that was sent is not the configured one",
			unfetched: []endpoint{{regexp.MustCompile(`/(details|deviceinfo|similardevices|endpointdetails|metricdata|tags/entities)$`), "",
				"this endpoint answers nothing without parameters, and none were sent: probably they were signed only"}},
		},

		// duo.com/docs/adminapi#authentication.
		"duo": {
			read: (*diagnosis).readBasic,
			id:   "integration_key", secret: "secret_key", idName: "integration key", secretName: "secret key",
			idShape: regexp.MustCompile(`^DI[A-Z0-9]{18}$`),
			sample:  map[string]string{"integration_key": "id", "secret_key": "secret"},
			digest:  "sha512", form: "hex", separator: "\n", reordered: "text_layout", family: "x-duo-",
			scheme: "Basic", proofHeader: "Authorization", dateHeader: "X-Duo-Date", otherDate: "Date",
			headers: []string{"authorization", "date", "x-duo-date"},
			window:  5 * time.Minute,
			dates:   []string{"Mon, 02 Jan 2006 15:04:05 -0700", "Mon, 02 Jan 2006 15:04:05 GMT"},
			spellings: []string{
				"Mon, 02 Jan 2006 15:04:05 -0000", "Mon, 02 Jan 2006 15:04:05 +0000", "Mon, 02 Jan 2006 15:04:05 GMT", "Mon, 02 Jan 2006 15:04:05 UTC",
				"Mon, 2 Jan 2006 15:04:05 GMT", "Mon, 2 Jan 2006 15:04:05 -0000", "Mon, 2 Jan 2006 15:04:05 +0000", "Mon, 02 Jan 2006 15:04:05",
				"Mon, 02 Jan 2006 15:04:05 Z", "2006-01-02T15:04:05Z", "2006-01-02T15:04:05+00:00", "2006-01-02 15:04:05", "02 Jan 2006 15:04:05 -0000",
				"02 Jan 2006 15:04:05 GMT", "Mon Jan _2 15:04:05 2006", "20060102T150405",
			},
			keyTyped:       true,
			otherID:        "the integration key in the Authorization header is not the configured one",
			emptyID:        "the integration key in the Authorization header is empty",
			swappedOptions: "the configured secret looks like an integration key, and the integration key does not: they are swapped",
			unfetched: []endpoint{
				{regexp.MustCompile(`/admin/(v2/logs/|v1/trust_monitor/events|v1/logs/)`), "mintime",
					"this endpoint is asked with mintime and maxtime, and they were not sent: probably they were signed only"},
				{regexp.MustCompile(`/auth_status$`), "", "this endpoint is asked with txid, and it was not sent: probably it was signed only"},
			},
		},

		// docs.threatconnect.com, "REST API quick start".
		"threatconnect": {
			read: (*diagnosis).readPrefixed,
			id:   "access_id", secret: "secret_key", idName: "access ID", secretName: "secret key",
			sample: map[string]string{"access_id": "id", "secret_key": "secret"},
			digest: "sha256", form: "base64", separator: ":", reordered: "text_layout",
			scheme: "TC", proofHeader: "Authorization", dateHeader: "Timestamp",
			headers: []string{"authorization", "timestamp"},
			window:  5 * time.Minute,
			otherID: "the access ID in the Authorization header is not the configured one",
			emptyID: "the access ID in the Authorization header is empty",
			swapped: "access ID and signature are swapped in the Authorization header",
			limited: true, refused: "key_expired",
		},

		// Palo Alto Networks, "Get started with Cortex XDR APIs".
		"cortex": {
			read: (*diagnosis).readKeyHash,
			id:   "api_key_id", secret: "api_key", idName: "key's ID", secretName: "key",
			sample: map[string]string{"api_key_id": "1", "api_key": "secret"},
			digest: "sha256", form: "hex", reordered: "wrong_construction",
			proofHeader: "Authorization", idHeader: "x-xdr-auth-id", nonceHeader: "x-xdr-nonce", dateHeader: "x-xdr-timestamp",
			headers: []string{"authorization", "x-xdr-auth-id", "x-xdr-nonce", "x-xdr-timestamp"},
			window:  5 * time.Minute, milli: true,
			otherID: "x-xdr-auth-id is not the configured ID",
			refused: "key_expired",
		},

		// developer.carbonblack.com, "Authentication Guide".
		"carbonblack": {
			read: (*diagnosis).readKey,
			id:   "api_id", secret: "api_secret_key", idName: "API ID", secretName: "API secret key",
			idShape: regexp.MustCompile(`^[A-Z0-9]{10}$`), keyShape: regexp.MustCompile(`^[A-Z0-9]{24,25}$`),
			sample:    map[string]string{"api_id": "id", "api_secret_key": "secret"},
			separator: "/", proofHeader: "X-Auth-Token", headers: []string{"x-auth-token"},
			swappedOptions: "the configured secret looks like an API ID, and the ID like a secret: they are swapped",
			refused:        "wrong_key_type",
		},
	}
}
