//go:build go1.21

// Package audit writes what a gateway did with a credential, for a security team's log: one JSON object a line, by the schema
// in docs/audit.schema.json. The field names and their meaning only change with [Schema].
//
//	Event -> [Encode]: cut, cleaned, one line -> [Trail].Write: a [File] of ours, or the gateway's own log writer
//	[Record] does both; a failure is counted, and the operator gets a warning once a minute
//
//	{"schema_version":1,"time":"2026-11-28T08:30:15.250Z","event":"refusal","gateway":"caddy","vendor":"acme",
//	 "credential":"0123abcd","app":"reports","user":"ann","client":"203.0.113.9","method":"GET","host":"acme.example",
//	 "path":"/v1/users","status":403,"reason":"not-allowed","request_id":"8d0e","duration_ms":1}
//
// Nothing in an event is a secret, and nothing is a query: API keys and searches are often there. What a client wrote (path,
// method, names) is cut, and cannot break a line or the encoding. Who calls this package decides what goes into an event:
// package outbound for what happens to the credential, the gateways for requests, whose clients they know.
//
// A new field goes into Event, line, Encode, the schema and docs/audit.md; a new kind into the schema, and into
// TestEveryKindOfEventFitsTheSchema.
//
// Like package outbound it also runs interpreted by yaegi: standard library only, no goroutines.
package audit

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"
)

// Schema is the version of the schema that events follow. Fields may be added under the same version.
const Schema = 1

// The kinds of events.
const (
	Request            = "request"             // a request was signed, and is about to be sent to the vendor
	Refusal            = "refusal"             // the gateway refused a request: nothing was sent
	AppVerified        = "app_verified"        // an app proved who it is
	AppRefused         = "app_refused"         // an app did not prove who it is, or may not do what it asked for
	AppRevoked         = "app_revoked"         // an app's key was revoked
	TokenFetched       = "token_fetched"       // the vendor's token service issued a token
	TokenRefused       = "token_refused"       // the token service did not
	CredentialLoaded   = "credential_loaded"   // a credential was read and took effect
	CredentialSwitched = "credential_switched" // another one is used from now on: the previous one, or the current one again
)

// The reasons of requests that are not a client's first attempt.
const (
	Repeated    = "repeat"       // the vendor refused the first attempt, and another time, token or credential may help
	Probe       = "probe"        // the gateway's own request, to see whether the vendor accepts a credential
	HealthCheck = "health-check" // the gateway's own request, to see whether the upstream answers
)

// Event is what happened. Fields that are empty are left out. Texts may be as a client wrote them: Encode cleans them. Record
// sets the time, the gateway and the vendor.
type Event struct {
	Time       time.Time
	Kind       string
	Gateway    string // caddy or traefik
	Vendor     string
	Credential string // its fingerprint
	App        string // its configured name, never what the client claimed
	User       string // whom the gateway authenticated
	Client     string // the client's address
	Method     string
	Host       string // the vendor's, or "other" for a name that the credential is not bound to
	Path       string // as sent; what follows a question mark is removed
	Status     int    // of the answer, if the gateway knows it
	Reason     string // a word from a list, never free text: the kind of problem of a refusal
	RequestID  string
	Duration   time.Duration // how long the gateway took until the event
}

// line is an event in JSON. The order is that of docs/audit.md.
type line struct {
	SchemaVersion int    `json:"schema_version"`
	Time          string `json:"time"`
	Event         string `json:"event"`
	Gateway       string `json:"gateway"`
	Vendor        string `json:"vendor"`
	Credential    string `json:"credential,omitempty"`
	App           string `json:"app,omitempty"`
	User          string `json:"user,omitempty"`
	Client        string `json:"client,omitempty"`
	Method        string `json:"method,omitempty"`
	Host          string `json:"host,omitempty"`
	Path          string `json:"path,omitempty"`
	Status        int    `json:"status,omitempty"`
	Reason        string `json:"reason,omitempty"`
	RequestID     string `json:"request_id,omitempty"`
	DurationMS    int64  `json:"duration_ms"`
}

// The longest texts in an event, in bytes. In JSON a quote or a backslash doubles: with all others a line stays below 8 KiB.
const (
	maxPath = 1024
	maxName = 256
)

// timeFormat is RFC 3339 with milliseconds; the time is in UTC, so that lines of several gateways can be sorted as text.
const timeFormat = "2006-01-02T15:04:05.000Z"

// encode returns the event as one line, with its line break, of at most 8 KiB. It fails only if the JSON cannot be encoded,
// which no Event brings about.
func encode(e Event) ([]byte, error) {
	path := pathOf(e.Path)
	took := e.Duration.Milliseconds()
	if took < 0 { // the clock was set back
		took = 0
	}
	l := line{SchemaVersion: Schema, Time: e.Time.UTC().Format(timeFormat), Event: e.Kind, Gateway: e.Gateway, Vendor: e.Vendor,
		Credential: clean(e.Credential, maxName), App: clean(e.App, maxName), User: clean(e.User, maxName), Client: clean(e.Client, maxName),
		Method: clean(e.Method, maxName), Host: clean(e.Host, maxName), Path: clean(path, maxPath), Status: e.Status,
		Reason: clean(e.Reason, maxName), RequestID: clean(e.RequestID, maxName), DurationMS: took}
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false) // which takes six bytes for a <
	if err := encoder.Encode(&l); err != nil {
		return nil, err
	}
	return buffer.Bytes(), nil
}

// pathOf is the path of a request target without its query or fragment, and of an absolute one without the authority: a
// client may have written a password there.
//
//	/v1/users?key=1 -> /v1/users        http://ann:pw@acme.example/v1 -> /v1        * -> *        acme.example:443 -> ""
func pathOf(target string) string {
	if i := strings.IndexAny(target, "?#"); i >= 0 {
		target = target[:i]
	}
	if strings.HasPrefix(target, "/") || target == "*" {
		return target
	}
	_, rest, absolute := strings.Cut(target, "://")
	if i := strings.IndexByte(rest, '/'); absolute && i >= 0 {
		return rest[i:]
	}
	return ""
}

// clean makes a text that somebody else wrote fit for a line of a log: valid UTF-8, without characters that a terminal or a
// reader of lines acts on, and of at most that many bytes.
func clean(text string, most int) string {
	if len(text) > most { // before it is looked at: it may be long
		text = text[:most] // perhaps in the middle of a character, which is replaced below
	}
	if plain(text) {
		return text
	}
	text = controls.Replace(strings.ToValidUTF8(text, replacement))
	// A replacement has three bytes.
	for len(text) > most {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text
}

// plain reports whether a text is ASCII without controls, as almost all are.
func plain(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// replacement is Unicode's own for what cannot be read.
const replacement = "\uFFFD"

// controls replaces the control characters, the line breaks that JSON may contain literally (U+2028, U+2029), and the
// characters that change the direction of a text, behind which its end can be hidden.
var controls = newControls()

// newControls lists C0, DEL with C1, the marks of direction, the separators with the embeddings and overrides, and the isolates
// (Unicode Standard Annex 9, 2).
func newControls() *strings.Replacer {
	var pairs []string
	add := func(from, to rune) {
		for r := from; r <= to; r++ {
			pairs = append(pairs, string(r), replacement)
		}
	}
	add(0, 0x1F)
	add(0x7F, 0x9F)
	add(0x200E, 0x200F)
	add(0x2028, 0x202E)
	add(0x2066, 0x2069)
	return strings.NewReplacer(pairs...)
}
