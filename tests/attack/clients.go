package attack

import (
	"fmt"
	"strings"
	"time"
)

// Key is the key of an app, or of the real credential: the two halves that Client.Key and Client.Secret name.
type Key struct{ ID, Secret string }

// Stamp is when a request is signed, and its nonce.
type Stamp struct {
	At    time.Time
	Nonce string // 32 hex digits
}

// Client signs as one of a vendor's clients does. It is written from the vendor's documentation for two fixed requests, which
// keeps it short: prove makes the proof, write puts it and what belongs to it into the request.
//
//	f := &Forge{Client: Clients[0], Now: time.Now()}
//	r := f.Signed(false)     // Read, with a signature of App
//	r.Raw()                  // bytes for a socket
type Client struct {
	Name, Vendor string
	// Host is how the app calls the gateway.
	Host string
	// Read and Write are requests of an app, without a signature, and with queries in their canonical form.
	Read, Write Request
	// Headers are those of the signature, and Owned what its look-alikes begin with.
	Headers []string
	Owned   string
	// Nonce says that each signature has one, and Hex that the proof is written in hex.
	Nonce, Hex bool
	// Scheme is what Own compares.
	Scheme Scheme
	// Key and Secret are the options of the real credential that the halves of a key fill; More are the others.
	Key, Secret string
	More        map[string]string

	// prove is the proof of r, and write adds it. They are apart, so that a Forge can put a proof where it does not belong.
	prove func(r Request, k Key, s Stamp) string
	write func(r *Request, id, proof string, s Stamp)
}

// Sign is r with the signature of the key.
func (c *Client) Sign(r Request, k Key, s Stamp) Request {
	r = r.copied()
	if r.Host == "" {
		r.Host = c.Host
	}
	c.write(&r, k.ID, c.prove(r, k, s), s)
	return r
}

// The keys of a gateway. The first two are good; Gone is revoked, and Ended has expired. Nobody has Unknown's, and Real is
// the credential's own, which no app may sign with.
const (
	App = iota
	Other
	Gone
	Ended
	Unknown
	Real
)

// KeyOf is a key in a shape that the vendor takes. n is one of App to Real; the same n always gives the same key.
func (c *Client) KeyOf(n int) Key {
	digits := fmt.Sprintf("%d%d", n+1, n+4)
	switch c.Vendor {
	case "duo":
		return Key{"DI" + strings.Repeat(digits, 9), strings.Repeat("s"+digits, 13) + "x"}
	case "aws":
		return Key{"AKIA" + strings.Repeat(digits, 8), strings.Repeat("/s+"+digits, 8)}
	// The secret is a text to EdgeGrid, whatever it looks like.
	case "akamai":
		return Key{"akab-app" + digits, strings.Repeat("c"+digits, 14) + "="}
	}
	return Key{strings.Repeat(digits, 8), strings.Repeat("ab"+digits, 32)}
}

// Clients are those of all vendors whose signatures gateways verify, several for a vendor whose versions or services differ
// in what is covered.
var Clients = []*Client{
	duoClient("duo 5", "5", false, "sha512"), duoClient("duo 5 with X-Duo headers", "5", true, "sha512"),
	duoClient("duo 4", "4", false, "sha512"), duoClient("duo 2", "2", false, "sha512"), duoClient("duo 2 with SHA-1", "2", true, "sha1"),
	darktraceClient(), threatConnectClient(), cortexClient(), awsClient(), s3Client(), s3Link(), veracodeClient(), akamaiClient(),
	bloodHoundClient(),
}
