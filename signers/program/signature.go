//go:build go1.21

package program

import (
	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// signatures are those with private keys, by their filters. The numbers are those of wire.SigningKey and
// wire.Signature.
var signatures = map[string]int{"rsa_sha256": wire.RSASHA256, "rsa_pss_sha512": wire.RSAPSSSHA512,
	"ecdsa_p256_sha256": wire.ECDSAP256SHA256, "ed25519": wire.Ed25519}

// signature compiles a signature with a private key, which is a secret option or a let that holds one. What is in
// it is only parsed when the program is bound: see bindKey.
func (c *compiler) signature(n int, f call, v value, dst, start int) (value, string) {
	key, reason := c.named(f.args[0])
	if reason == "" && (key.kind != text || !key.secret) {
		reason = "the key " + shown(f.args[0].text) + " is public; a signature is made with a private key, which is a secret"
	}
	if reason != "" {
		return v, reason
	}
	return c.hash(instruction{op: opSignature, n: n, b: key.slot}, v, keyed(v), dst, start), ""
}

// doSignature signs all of the text or body; wire.Signature hashes it as the scheme says. PSS and ECDSA take
// random bytes, so two signatures of one text differ.
func doSignature(in *instruction, slots []string, m *signers.Message, _ *signers.Moment) error {
	out, err := wire.Signature(in.n, in.key, covered(in, slots, m))
	slots[in.dst] = out
	return err
}
