//go:build go1.21

package outbound

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
)

// App is an application whose signature was verified, as a request knows it on its way to the signer. Package apps makes it
// and puts it into the request's context (WithApp); the gate finds it there (admitApp). It is a type of this package because
// apps imports outbound, and not the other way round.
type App struct {
	// Name is the operator's name of the app.
	Name string
	// Vendor is in whose scheme the app signed, and File is the scheme's name if it is that of a file.
	Vendor, File string
	// Rights are what the app may request; nil: all that the credential may.
	Rights *Rights
	// Secrets are the fingerprints of its secrets, by SecretPrint: see refuseApp.
	Secrets []string
	// Spent is what the request has used up of the app's, which package apps knows; nil: nothing.
	Spent interface{}
}

// appKey is the key of the App in a request's context. It is a pointer, because an interpreted type may be the same as
// another one: then another package's value could be taken for ours.
var appKey = new(int)

// WithApp is the context of a request that is known to be the app's.
func WithApp(ctx context.Context, a *App) context.Context { return context.WithValue(ctx, appKey, a) }

// AppOf is the app that made r; nil: none was verified.
func AppOf(r *http.Request) *App {
	a, _ := r.Context().Value(appKey).(*App)
	return a
}

// SecretPrint identifies a secret, so that an app's is found to be the credential's without keeping either. The prefix makes
// it another hash than the plain SHA-256, by which a secret may be listed elsewhere. Secrets are long random texts, so that a
// plain hash is enough; it is never shown.
func SecretPrint(secret string) string {
	sum := sha256.Sum256([]byte("vendorsign " + secret))
	return hex.EncodeToString(sum[:])
}

// secretPrints are those of the secrets of a credential: the values of its options that are secret.
func secretPrints(options []signers.Option, v signers.Values) map[string]bool {
	prints := make(map[string]bool)
	for i := range options { // by index: see credentialFields
		if !options[i].Secret {
			continue
		}
		for _, value := range v[options[i].Name] {
			if value != "" {
				prints[SecretPrint(value)] = true
			}
		}
		// The secrets of a scheme of one's own are those of a block.
		if options[i].Kind == signers.Block {
			addBlockPrints(prints, options[i].Name+".", v)
		}
	}
	return prints
}

// addBlockPrints adds those of the values of a block, whose keys have a prefix.
func addBlockPrints(prints map[string]bool, prefix string, v signers.Values) {
	for key, values := range v {
		if !strings.HasPrefix(key, prefix) {
			continue
		}
		for _, value := range values {
			if value != "" {
				prints[SecretPrint(value)] = true
			}
		}
	}
}

// SpelledPrint identifies a secret by what it signs, for a scheme that takes it in more than one spelling: all have one print, which no
// SecretPrint is equal to. It is empty for other schemes, and for a text of which no signer can be made.
//
//	vera01es-0A1B..., 0a1b...   -> the same
func SpelledPrint(scheme *signers.Scheme, secret string) string {
	claims := scheme.Claims
	if claims == nil || !claims.Spelled || secret == "" {
		return ""
	}
	v := claims.Fixed.Copy()
	for i := range scheme.Options {
		if o := &scheme.Options[i]; o.Required || o.Name == claims.Key {
			v[o.Name] = []string{o.Example()}
		}
	}
	v[claims.Secret] = []string{secret}
	s, faults := scheme.Signer(v)
	if len(faults) > 0 {
		return ""
	}
	// The message is always the same one. Its nonce is one in hex, in Base64 and of digits.
	at := &signers.Moment{Time: time.Unix(1e9, 0), Nonce: strings.Repeat("0", 64)}
	at.Date = s.Date(at.Time)
	prove := claims.Prove(s)
	proof, err := prove(&signers.Message{Method: "GET", Host: "host.invalid", Target: "/", Header: make(http.Header)}, at)
	if err != nil {
		return ""
	}
	return SecretPrint("signs " + scheme.Name + " " + proof)
}

// addSpelled adds the SpelledPrint of a credential's secret to its prints.
func addSpelled(prints map[string]bool, scheme *signers.Scheme, v signers.Values) {
	if scheme.Claims == nil || !scheme.Claims.Spelled {
		return
	}
	if print := SpelledPrint(scheme, v.Text(scheme.Claims.Secret)); print != "" {
		prints[print] = true
	}
}

// UsesPrint reports whether one of the credentials that may sign has a secret, by its SecretPrint: an app with it could sign
// for the vendor itself. The previous credential counts, since the vendor may still accept it.
func (g *Gate) UsesPrint(print string) bool {
	r := g.main.Load().(*rotation)
	return r.current.secrets[print] || r.previous != nil && r.previous.secrets[print]
}

// admitApp refuses what is not an app's where one is required, and what the app may not do: the request may have been
// rewritten since the app was verified. So an app's rights are checked twice: for what it signed, and for what is sent.
func admitApp(g *Gate, c *credential, r *http.Request, m *signers.Message) *Problem {
	a := AppOf(r)
	if a == nil {
		return admitNobody(g, c, r)
	}
	if p := refuseApp(g, c, a); p != nil {
		return p
	}
	if Permit(a.Rights, r, m) != nil {
		return AppProblem("rights", "the app's allow has no entry for this method and path, as they are sent", 0)
	}
	return nil
}

// admitNobody refuses a request of no app where one is required.
func admitNobody(g *Gate, c *credential, r *http.Request) *Problem {
	if !c.policy.RequireApp {
		return nil
	}
	// Caddy's active health checks pass the transport, too.
	if _, ofClient := askedHost(g, r); !ofClient {
		return nil // the gateway's own health check
	}
	return problem(kindAppRequired, "no app was verified on this route: "+g.vendor+" has require_app, which needs vendorsign_verify "+
		g.vendor+" before it")
}

// refuseApp refuses an app that cannot be one of this credential, whatever it requests: one that was verified in another
// vendor's scheme, where an app is required, and one that has the credential's own secret. The latter is checked at load as
// well, but the credential may have changed since (a file was replaced).
func refuseApp(g *Gate, c *credential, a *App) *Problem {
	if a.Vendor != g.vendor || a.File != c.traits.File {
		if c.policy.RequireApp {
			return problem(kindAppRequired, "the app was verified in the scheme of another vendor, or of another preset file")
		}
	}
	for _, print := range a.Secrets {
		if c.secrets[print] {
			return problem(kindAppRequired, "the secret of this app is the credential's own: give the app a local key")
		}
	}
	return nil
}

// noAppDetail is what everybody gets who has not proved to be an app.
const noAppDetail = "no app signed this request"

// ExplainedProblem is AppProblem for a developer (the option explain): it says the reason to everybody, who thus learns which
// keys there are.
func ExplainedProblem(reason, detail string, wait time.Duration) *Problem {
	p := AppProblem(reason, detail, wait)
	if p.Detail == noAppDetail {
		p.Detail += ": " + reason + ": " + detail
	}
	return p
}

// AppProblem is the answer to a request that is refused for a reason that package apps has. Before the app has proved who it
// is, the answer is always the same. wait is for the reason rate.
//
//	unsigned, key, date, uncovered, body, signature -> 401 no-app             full -> 503 replay-memory
//	clock, revoked, replay, rights                  -> 403 app-refused        rate -> 429 rate-limited
func AppProblem(reason, detail string, wait time.Duration) *Problem {
	switch reason {
	// Whoever probes for keys must not learn from the answer whether one exists.
	case "unsigned", "key", "date", "uncovered", "body", "signature":
		return problem(kindNoApp, noAppDetail)
	case "full":
		p := problem(kindReplayFull, detail)
		p.RetryAfter = 1
		return p
	case "rate":
		return waitProblem(kindRate, detail, wait)
	}
	return problem(kindAppRefused, reason+": "+detail)
}
