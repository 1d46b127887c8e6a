package diagnose

import (
	"encoding/hex"
	"regexp"
	"strings"

	"github.com/vendorsign/vendorsign/signers/wire"
)

// readKeyHash reads a key that is sent as it is, or the hash of an advanced key with nonce and
// timestamp, as the rows with read "keyHash" have it:
//
//	standard   Authorization: KEY
//	advanced   Authorization: hex(SHA-256(KEY + NONCE + TIMESTAMP)), with x-xdr-nonce and x-xdr-timestamp
//
// The option key_type says which one is configured. A key of one kind that is sent as the other is a
// fact where the headers show it.
func (d *diagnosis) readKeyHash() {
	p := d.profile
	d.takeSecret(p.Secret)
	d.hostIn()
	d.hostOfAPI()
	standard := d.option("key_type", "advanced") == "standard"
	d.token = standard && d.secret != ""
	values, id, nonce, timestamp := d.headers(p.ProofHeader), d.header(p.IDHeader), d.header(p.NonceHeader), d.header(p.DateHeader)
	value := values[0]
	if !standard {
		d.dateSent(p.DateHeader, timestamp)
	}
	d.unproved(value)
	hashed := hexSum.MatchString(value) && len(value) == 64
	switch configured := d.configuredID(); {
	case id == "" && (configured != "" || !standard):
		d.missing(p.IDHeader)
	case id != "" && id != d.trueSecret() && configured == "" && standard && d.Options[p.Secret] != "" && d.answer.refusing():
		d.fact("wrong_id", "an ID was sent, and the configured key has none")
	default:
		d.idSent(id, "")
	}
	if d.stuck {
		return
	}
	d.signature = value
	if standard {
		d.standardKey(values, nonce, timestamp, hashed && d.sent(p.NonceHeader))
		return
	}
	key, basic := userKey(value)
	given := d.secret != "" && (value == d.trueSecret() || basic && key == d.trueSecret())
	if given || d.secret == "" && !d.sent(p.NonceHeader) && !d.sent(p.DateHeader) && !hashed {
		d.fact("standard_for_advanced")
		if given && value != d.trueSecret() {
			d.fact("prefix_wrong", basicNote)
		}
		d.stuck = true
		return
	}
	if nonce == "" {
		d.missing(p.NonceHeader)
	}
	if timestamp == "" {
		d.fact("date_not_sent", "the header ", p.DateHeader, " was not sent")
	}
	// The vendor refuses a nonce that it has seen, so one that comes again explains a refusal without a
	// reason.
	d.identity = id + " " + nonce
	for _, v := range values {
		var causes []string
		_, around := unwrapped(v)
		if name, rest := scheme(v); name != "" && around == nil {
			v, causes = rest, []string{"prefix_wrong"}
		}
		d.wants = append(d.wants, withCause(hexWants(v), causes...)...)
		if d.secret != "" {
			d.wants = append(d.wants, candidate{raw: []byte(v), causes: causes, exact: true})
		}
	}
	if d.secret == "" {
		_, rest := scheme(value)
		if inner, around := unwrapped(value); around != nil {
			rest = inner
		}
		if plain := strings.NewReplacer("-", "", ":", "").Replace(rest); !hexSum.MatchString(plain) && len(rest) != 44 && len(rest) != 43 {
			d.fact("standard_for_advanced")
			return
		}
		d.lengths(p.Digest)
		return
	}
	f := d.keyHash(nonce, timestamp)
	d.search(f, func() []mac { return append(f.macs, d.keyHashMistakes(nonce, timestamp)...) })
}

// cloudHost is a tenant's address in the vendor's cloud. That of its API has api- before it; the one
// without it is the console's.
var cloudHost = regexp.MustCompile(`(?i)^[a-z0-9-]+\.(xdr|crtx)\.[a-z0-9-]+\.paloaltonetworks\.com$`)

// hostOfAPI records the console's address in place of the API's, unless an answer shows that the API
// was reached.
func (d *diagnosis) hostOfAPI() {
	host := wire.WithoutPort(d.Request.Host)
	working := d.answer.kind == accepted || d.answer.kind == replayed || d.answer.kind == rights && d.answer.cause == "rate_limited"
	if cloudHost.MatchString(host) && !strings.HasPrefix(strings.ToLower(host), "api-") && !working {
		d.fact("host_without_api")
	}
}

// standardKey compares the key that was sent with the configured one. hashed says that the headers of
// an advanced key were sent: it is advanced_for_standard if the hash is that of the configured key,
// which proves it, or if the key is not known.
func (d *diagnosis) standardKey(values []string, nonce, timestamp string, hashed bool) {
	switch {
	case !hashed:
	case d.secret == "":
		d.fact("advanced_for_standard")
	case search([]*frame{d.keyHash(nonce, timestamp)}, 0, hexWants(values[0]), d.budget) != nil:
		d.fact("advanced_for_standard")
		d.stuck, d.sure = true, true
		return
	default:
		d.suspicion = "advanced_for_standard"
	}
	var causes []string
	for i, v := range values {
		name, rest := scheme(v)
		if !keyScheme.MatchString(name) || d.secret != "" && v == d.trueSecret() {
			continue
		}
		values[i] = rest
		causes = []string{"prefix_wrong"}
		if key, ok := userKey(v); ok {
			values[i] = key
			d.details["prefix_wrong"] = basicNote
		}
	}
	d.plainToken(values, causes)
}

// basicNote says of prefix_wrong where it comes from.
const basicNote = "ID and key were sent as Basic authentication (curl -u), and the vendor reads the key alone"

// userKey is the key in Basic authentication, which curl -u id:key makes.
func userKey(value string) (string, bool) {
	name, rest := scheme(value)
	b, ok := anyBase64(rest)
	if !ok || !strings.EqualFold(strings.TrimSuffix(name, ":"), "basic") {
		return "", false
	}
	_, key, ok := strings.Cut(string(b), ":")
	return key, ok
}

// keyScheme are the schemes that people put before a key. Any other word may be the beginning of a key
// with a blank in it.
var keyScheme = regexp.MustCompile(`(?i)^(bearer|basic|token|apikey|api-key|key):?$`)

// keyHash is the frame of an advanced key: the hash of key, nonce and timestamp, joined without a
// separator.
func (d *diagnosis) keyHash(nonce, timestamp string) *frame {
	values := map[string]string{"api_key": d.trueSecret(), "nonce": nonce, "timestamp": timestamp}
	return d.hashed(d.text(d.Request, nil, values), mac{sum: digestNamed(d.profile.Digest).sum("", "")})
}

// keyHashMistakes are other hashes of the text, and hashes of other texts: another function, another
// character set, an HMAC with the key, the hash of the hash.
func (d *diagnosis) keyHashMistakes(nonce, timestamp string) []mac {
	own := digestNamed(d.profile.Digest)
	var all []mac
	add := func(cause string, tier int, sum hasher) { all = append(all, mistaken(cause, tier, "", sum)) }
	for _, h := range digests {
		if h.name != own.name {
			add("wrong_digest", frequent, h.sum("", ""))
		}
	}
	for _, c := range charsets {
		all = append(all, mistaken("text_charset", usual, "the hashed"+c.says(), c.sum(own.sum("", ""))))
	}
	for _, h := range digests[:3] {
		for _, text := range []string{nonce + timestamp, timestamp + nonce, nonce + "\n" + timestamp, nonce + ":" + timestamp, timestamp, nonce} {
			add("wrong_construction", usual, func([]string) []byte { return h.hmac(d.trueSecret())([]string{text}) })
		}
	}
	add("wrong_construction", usual, func(text []string) []byte { // hashed twice, through hexadecimal
		return sumOf(own.new(), hex.EncodeToString(own.sum("", "")(text)))
	})
	add("secret_sent", alone, identity.sum)
	return all
}
