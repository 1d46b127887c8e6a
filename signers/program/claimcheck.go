//go:build go1.21

package program

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// A claim says what the operations sign. If it says more than they do, the gateway would take a request for an app's own that
// somebody has changed or forged. So a claim that a user wrote is compared with what the operations make of sample requests,
// when the preset is loaded. That of a built-in preset is compared by a test.

// ClaimSample is what CheckClaim signs its sample requests with.
type ClaimSample struct {
	// Claim is what the file says, and Claims what CompileClaim made of it.
	Claim  *ClaimFile
	Claims *signers.Claims
	// Key is the key ID that is signed with, and Signer and Other have two different secrets.
	Key           string
	Signer, Other signers.Signer
	// Nonce is one of the scheme's kind; empty: the scheme has none.
	Nonce string
}

// claimMoment is when the samples are signed. Neither a second nor a minute more changes its hour, which is all that some schemes sign.
var claimMoment = time.Date(2026, 1, 2, 3, 4, 5, 678000000, time.UTC)

// minProof is the shortest proof that nobody can guess: 64 bits in hex.
const minProof = 16

// proofCharacters are those of hex, base64 and base64url, and the dots between several of them.
const proofCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-."

// CheckClaim compares a claim with what the operations sign. It returns an error that names the key of the file, and whether
// the proof covers path and query: without, whoever sees a signature can use it for another request.
func CheckClaim(s *ClaimSample) (bool, error) {
	c := &claimCheck{sample: s, layout: layouts[s.Claim.Time]}
	c.prove = s.Claims.Prove(s.Signer)
	c.message = &signers.Message{Method: "POST", Host: "acme.example", Target: "/v1/items/7?a=1&b=2", Header: make(http.Header),
		Body: []byte("sample body"), Length: 11}
	if err := c.readBack(); err != nil {
		return false, err
	}
	if err := c.secrets(); err != nil {
		return false, err
	}
	if err := c.dates(); err != nil {
		return false, err
	}
	if err := c.methods(); err != nil {
		return false, err
	}
	if err := c.bodies(); err != nil {
		return false, err
	}
	if err := c.schemes(); err != nil {
		return false, err
	}
	path := c.changes(func(m *signers.Message, _ *signers.Moment) { m.Target = "/v1/items/8?a=1&b=2" })
	head := c.changes(func(m *signers.Message, _ *signers.Moment) { m.Target = "/v2/items/7?a=1&b=2" })
	query := c.changes(func(m *signers.Message, _ *signers.Moment) { m.Target = "/v1/items/7?a=1&b=3" })
	return path && head && query, nil
}

// claimCheck compares proofs of a sample message with that of changed ones.
type claimCheck struct {
	sample  *ClaimSample
	prove   signers.ProveFunc
	layout  string
	message *signers.Message
	moment  *signers.Moment
	// proof is that of message and moment.
	proof string
}

// readBack signs the sample and reads its signature, as a gateway does with an app's. What is found must be what was signed.
func (c *claimCheck) readBack() error {
	chosen := chosenByClient(c.sample)
	if chosen != "" {
		return errors.New("claim: headers: {opt." + chosen + "} chooses between operations, which a client must not")
	}
	// The date is the program's own, which may have another form than the claim says.
	at := &signers.Moment{Time: claimMoment, Date: c.sample.Signer.Date(claimMoment), Nonce: c.sample.Nonce}
	if err := c.sample.Signer.Sign(c.message, at); err != nil {
		return errors.New("claim: the operations do not sign a sample request: " + err.Error())
	}
	claim, err := c.sample.Claims.Read(c.message)
	if err != nil {
		return errors.New("claim: headers: the signature of a sample request cannot be read: " + err.Error())
	}
	sent := c.sample.Key
	if c.sample.Claims.KeySent != nil {
		sent = c.sample.Claims.KeySent(sent)
	}
	if claim.Key != sent {
		return errors.New("claim: headers: {key} is not where the operations put " + c.sample.Claim.Key)
	}
	if off := claimMoment.Sub(claim.At.Time); off < 0 || off > time.Second && off > c.sample.Claims.Coarse {
		return errors.New("claim: time: the date of a sample request is read as another date")
	}
	if c.sample.Nonce != "" && claim.At.Nonce != c.sample.Nonce {
		return errors.New("claim: headers: {nonce} is not where the operations put the nonce")
	}
	proof, err := c.prove(c.message, claim.At)
	if err != nil {
		return errors.New("claim: the operations do not sign a sample request again: " + err.Error())
	}
	if proof != claim.Proof {
		return errors.New("claim: the proof of a sample request differs when it is verified: look at the places of {time} and " +
			"{proof}, and at time and hex")
	}
	if len(proof) < minProof || strings.Trim(proof, proofCharacters) != "" {
		return errors.New("claim: headers: {proof} must be the digits of a signature, in hex or base64, and 16 of them at least")
	}
	c.moment = claim.At
	c.proof = proof
	return nil
}

// changes reports whether the proof changes with a message or moment. A message that cannot be signed has no proof, which is a
// change as well.
func (c *claimCheck) changes(change func(m *signers.Message, at *signers.Moment)) bool {
	return c.proofOf(change) != c.proof
}

// proofOf is the proof of the sample after a change; empty: it cannot be signed.
func (c *claimCheck) proofOf(change func(m *signers.Message, at *signers.Moment)) string {
	m := *c.message
	m.Header = c.message.Header.Clone()
	at := *c.moment
	change(&m, &at)
	proof, err := c.prove(&m, &at)
	if err != nil {
		return ""
	}
	return proof
}

// secrets: anybody could make a proof that does not depend on the secret.
func (c *claimCheck) secrets() error {
	prove := c.sample.Claims.Prove(c.sample.Other)
	proof, err := prove(c.message, c.moment)
	if err != nil || proof == c.proof {
		return errors.New("claim: headers: {proof} is not made with " + c.sample.Claim.Secret + ": anybody could make it")
	}
	return nil
}

// dates: a date that is not signed, or only in part, can be moved, and the request be repeated whenever somebody likes.
func (c *claimCheck) dates() error {
	steps := []time.Duration{time.Second, time.Minute, time.Hour}
	if coarse := c.sample.Claims.Coarse; coarse > 0 {
		steps = []time.Duration{coarse}
	}
	for _, step := range append(steps, 24*time.Hour, 31*24*time.Hour, 366*24*time.Hour) {
		text := FormatTime(claimMoment.Add(step), c.layout)
		when, _ := parseDate(c.layout, text)
		changed := c.changes(func(_ *signers.Message, at *signers.Moment) {
			at.Time = when
			at.Date = text
		})
		if !changed {
			return errors.New("claim: time: the proof does not cover the whole date; if it leaves out a part of the day, coarse says how much")
		}
	}
	// With coarse an offset is refused: see readDate.
	for zero, offset := range map[string]string{"Z": "+05:00", "+0000": "+0500"} {
		text := strings.TrimSuffix(c.moment.Date, zero) + offset
		when, ok := parseDate(c.layout, text)
		if c.sample.Claims.Coarse > 0 || !ok || when.Equal(c.moment.Time) {
			continue
		}
		changed := c.changes(func(_ *signers.Message, at *signers.Moment) {
			at.Time = when
			at.Date = text
		})
		if !changed {
			return errors.New("claim: time: the proof does not cover the date's offset; with coarse only UTC is accepted")
		}
	}
	return nil
}

// methods: where the claim says method, a signature for a harmless request must fit no other.
func (c *claimCheck) methods() error {
	if !c.sample.Claim.Method {
		return nil
	}
	seen := make(map[string]bool)
	for _, method := range []string{"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"} {
		method := method
		proof := c.proofOf(func(m *signers.Message, _ *signers.Moment) { m.Method = method })
		if seen[proof] {
			return errors.New("claim: method: the proof does not cover it")
		}
		seen[proof] = true
	}
	return nil
}

// bodies: a body that is covered must be read, and one that the claim says is covered must be.
func (c *claimCheck) bodies() error {
	covered := false
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
		method := method
		before := c.proofOf(func(m *signers.Message, _ *signers.Moment) { m.Method = method })
		after := c.proofOf(func(m *signers.Message, _ *signers.Moment) {
			m.Method = method
			m.Body = []byte("Sample body")
		})
		if before != after {
			covered = true
		}
	}
	if covered == c.sample.Claim.Body {
		return nil
	}
	if covered {
		return errors.New("claim: body must be true: the proof covers the body")
	}
	return errors.New("claim: body: the proof does not cover it")
}

// schemes: the scheme that a gateway sees differs from the app's where something between them ends TLS.
func (c *claimCheck) schemes() error {
	if c.sample.Claim.Scheme || !c.changes(func(m *signers.Message, _ *signers.Moment) { m.Scheme = "http" }) {
		return nil
	}
	return errors.New("claim: scheme must be true: the proof covers the scheme of the URL")
}

// chosenByClient is an option that a client says itself, and that chooses between operations (if:opt.NAME:VALUE); empty: there is none.
// It could choose those that sign less.
func chosenByClient(s *ClaimSample) string {
	chooses := s.Signer.(*signer).bound.program.choosing
	for _, name := range ClaimOptions(s.Claim) {
		if wire.Contains(chooses, name) {
			return name
		}
	}
	return ""
}
