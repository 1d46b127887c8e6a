package vendorsim

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"
)

func init() {
	advanced := map[string]string{"api_key_id": "1", "api_key": "demo-api-key-not-a-secret"}
	vendors["cortex"] = entry{
		make: newCortex,
		demo: map[string]map[string]string{
			"":         advanced,
			"advanced": advanced,
			"standard": {"api_key_id": "2", "api_key": "demo-standard-key-not-a-secret", "key_type": "standard"},
			"xsoar6":   {"api_key": "demo-xsoar6-key-not-a-secret", "key_type": "standard"},
		},
	}
}

// cortexWindow is a choice: Palo Alto Networks publishes neither the window nor how long nonces are remembered.
const cortexWindow = 5 * time.Minute

// cortex verifies the keys of Cortex XSOAR, XDR, XSIAM, Xpanse and Cortex Cloud. A standard key arrives itself in
// Authorization. For an advanced key Authorization is the lower-case hex SHA-256 of key, nonce and timestamp run
// together - a plain hash, no HMAC - with the nonce in x-xdr-nonce and milliseconds in x-xdr-timestamp. Method,
// target and body are not covered (cortex-xpanse-python-sdk client.py, pan-cortex-xdr-nodejs apikey.js,
// cortex-cloud-go client.go). x-xdr-auth-id names the key; XSOAR 6 has none, and one that arrives there is refused.
//
// Every refusal has the same body, as the vendor's does: only Reason tells them apart.
type cortex struct {
	id, key  string
	standard bool
	used     *nonces
}

// newCortex reads the key. Without api_key_id it is one of XSOAR 6, whose requests must not name one.
func newCortex(o *options, _ *Config) vendor {
	return &cortex{
		id:       o.optional("api_key_id", " "),
		key:      o.required("api_key", ""),
		standard: o.choice("key_type", "advanced", "standard") == "standard",
		used:     newNonces(maxNonces),
	}
}

func (c *cortex) owns() []string { return []string{"authorization", "x-xdr-*"} }

// refuse is the vendor's one body for everything, err_code 401 (seen by integrators; an expired key and a wrong clock
// have it too).
func (c *cortex) refuse(reason string) *Answer {
	return newAnswer(http.StatusUnauthorized, reason, map[string]any{
		"reply": map[string]any{"err_code": 401, "err_msg": "Public API request unauthorized", "err_extra": nil},
	})
}

// judge compares the key's id first, then what its type demands.
func (c *cortex) judge(r *Request, now time.Time) *Answer {
	authorization, id := header(r.Header, "Authorization"), header(r.Header, "x-xdr-auth-id")
	switch {
	case authorization == "":
		return c.refuse("the header Authorization is missing")
	case id == "" && c.id != "":
		return c.refuse("the header x-xdr-auth-id is missing")
	case id != "" && c.id == "":
		return c.refuse("x-xdr-auth-id arrived at a server whose key has no id")
	case !same(id, c.id):
		return c.refuse("x-xdr-auth-id is not the id of this key")
	}
	if c.standard {
		return c.judgeStandard(r, authorization)
	}
	return c.judgeAdvanced(r, authorization, now)
}

// judgeStandard compares the key itself. A request that was signed for an advanced key is told apart, since key_type
// is easily mistaken.
func (c *cortex) judgeStandard(r *Request, authorization string) *Answer {
	if same(authorization, c.key) {
		return c.accept(r, "standard key")
	}
	if same(authorization, c.hash(header(r.Header, "x-xdr-nonce"), header(r.Header, "x-xdr-timestamp"))) {
		return c.refuse("the hash of an advanced key arrived, but this key is a standard one")
	}
	return c.refuse("Authorization is not the key")
}

// judgeAdvanced compares the hash. A timestamp in seconds is told apart: the vendor's Python clients multiply seconds
// by 1000, which is easily forgotten.
func (c *cortex) judgeAdvanced(r *Request, authorization string, now time.Time) *Answer {
	nonce, timestamp := header(r.Header, "x-xdr-nonce"), header(r.Header, "x-xdr-timestamp")
	millis, ok := digits(timestamp)
	at := time.UnixMilli(millis)
	switch {
	case same(authorization, c.key):
		return c.refuse("the key itself arrived in Authorization, but this key is an advanced one")
	case nonce == "":
		return c.refuse("x-xdr-nonce is missing or empty")
	case timestamp == "":
		return c.refuse("the header x-xdr-timestamp is missing")
	case !ok:
		return c.refuse("x-xdr-timestamp is not a number of milliseconds")
	case !within(at, now, cortexWindow) && within(time.Unix(millis, 0), now, cortexWindow):
		return c.refuse("x-xdr-timestamp is in seconds, not in milliseconds")
	case !within(at, now, cortexWindow):
		return c.refuse("x-xdr-timestamp is more than 5 minutes off")
	case !same(authorization, c.hash(nonce, timestamp)):
		return c.refuse("Authorization is not the hash of key, nonce and timestamp")
	}
	// Only after the hash has proved the key: else anybody could fill the memory, or burn a nonce in advance.
	// It is remembered for a window from now or, of a clock that runs ahead, from its timestamp: until then the same
	// request would pass again.
	until := now
	if at.After(until) {
		until = at
	}
	if !c.used.use(nonce, now, until.Add(cortexWindow+time.Nanosecond)) {
		return c.refuse("x-xdr-nonce was used before")
	}
	return c.accept(r, "advanced key")
}

// hash is SHA-256 of key, nonce and timestamp, in this order, as texts and with nothing between: for the key demo, nonce n
// and 1700000000000 it is SHA-256 of "demon1700000000000", 6fbe87d0060e6dd0de324fac0f8204ba0b4ddababb1a79c0fed2c95ba96a3451.
func (c *cortex) hash(nonce, timestamp string) string {
	sum := sha256.Sum256([]byte(c.key + nonce + timestamp))
	return hex.EncodeToString(sum[:])
}

// accept is the answer to a good request, in the vendor's envelope reply.
func (c *cortex) accept(r *Request, verified string) *Answer {
	return newAnswer(http.StatusOK, "", map[string]any{
		"reply": map[string]any{"simulated": echo("cortex", verified, r)},
	})
}
