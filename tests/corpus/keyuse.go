package corpus

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
)

// keyUseCases sign with another key or in another way than the vendor checks.
func keyUseCases() []*Case {
	secret := sigKeys()["hmac"].([]byte)
	key := func(m *sigMessage, key any) *sigMessage { return m.refusedFor(func(b *sigBase) { b.key = key }) }
	algo := func(m *sigMessage, algo string) *sigMessage { return m.refusedFor(func(b *sigBase) { b.algo = algo }) }
	rotated := func(m *sigMessage, kind string) *sigMessage { return key(m, sigKeys()["other "+kind]) }
	named := func(m *sigMessage, i int, sent, wanted string) *sigMessage {
		m.params[i][1], m.config["key_id"], m.answer = strconv.Quote(sent), wanted, refused()
		return m
	}
	return []*Case{
		algo(by("rsa-pss-sha512"), "rsa-pss-longest").build("OpenSSL's longest salt", "F", "wrong_algorithm").
			also("wrong_construction"),
		algo(by("rsa-pss-sha512"), "rsa-pss-sha256").build("PSS with SHA-256", "F", "wrong_digest").also("wrong_algorithm"),
		algo(by("rsa-pss-sha512"), "rsa-v1_5-sha256").build("PKCS #1 for PSS", "F", "wrong_algorithm"),
		algo(by("rsa-pss-sha512"), "rsa-v1_5-sha512").build("PKCS #1 with SHA-512 for PSS", "F", "wrong_algorithm").
			also("wrong_digest"),
		algo(by("rsa-v1_5-sha256"), "rsa-v1_5-sha1").build("SHA-1", "F", "wrong_digest").also("wrong_algorithm"),
		algo(by("ecdsa-p256-sha256"), "ecdsa-asn1").build("ASN.1", "F", "signature_encoding").also("wrong_construction"),
		algo(by("ecdsa-p256-sha256"), "hs2019-ecdsa").build("ASN.1 and SHA-512", "F", "wrong_digest", "signature_encoding").
			also("wrong_algorithm"),
		key(by("hmac-sha256"), []byte(hex.EncodeToString(secret))).build("the digits of the key", "F", "secret_hex"),
		key(by("hmac-sha256"), []byte(base64.StdEncoding.EncodeToString(secret)+"\n")).
			build("the base64 with a line end", "F", "secret_base64", "secret_whitespace"),
		key(by("hmac-sha256"), []byte(`"`+base64.StdEncoding.EncodeToString(secret)+`"`)).
			build("the base64 in quotes", "F", "secret_quoted").also("secret_base64"),
		key(by("hmac-sha256"), []byte{}).build("no key", "F", "secret_empty"),
		key(by("hmac-sha256"), secret[:31]).build("the key cut", "F", "secret_cut"),
		rotated(by("hmac-sha256"), "hmac").build("another secret", "J", "unexplained").unproved(),
		rotated(by("ecdsa-p256-sha256"), "ecdsa").build("another ECDSA key", "J", "unexplained").unproved(),
		rotated(named(httpsig(), 1, "key-2025", "key-2026"), "ed25519").build("a key before its rotation", "F", "wrong_id").
			also("wrong_secret"),
		rotated(named(by("rsa-pss-sha512"), 1, "key-2025", "key-2026"), "rsa").build("a key before its rotation", "F", "wrong_id").
			keyless(),
		rotated(named(httpsig(), 1, "key-2026", "key-2026"), "ed25519").build("the old key under the new name", "J", "unexplained").
			unproved(),
		named(httpsig(), 1, "https://a.example/actor", "https://a.example/actor#main-key").
			build("a keyid without its fragment", "F", "wrong_id"),
		named(draft(), 0, "https://a.example/actor", "https://a.example/actor#main-key").
			build("the actor for the key", "F", "wrong_id"),
		named(draft(), 0, "http://a.example/actor#main-key", "https://a.example/actor#main-key").
			build("http in the keyId", "F", "wrong_id"),
		named(by("hmac-sha256"), 1, "key-1 ", "key-1").build("a blank after the keyid", "F", "id_whitespace").also("wrong_id"),
		algo(draftHMAC(), "hmac-sha512").build("HMAC with SHA-512", "F", "wrong_digest"),
		key(draftHMAC(), []byte(base64.StdEncoding.EncodeToString(secret))).
			build("the draft with the base64 as key", "F", "secret_base64"),
		draftHMAC().refusedFor(func(b *sigBase) { b.encode = hex.EncodeToString }).
			build("the draft with digits", "F", "hex_for_base64"),
		algo(draft(), "rsa-v1_5-sha1").build("rsa-sha1 named rsa-sha256", "F", "wrong_digest").also("wrong_algorithm"),
		algo(draft(), "rsa-v1_5-sha512").build("rsa-sha512 named rsa-sha256", "F", "wrong_digest").also("wrong_algorithm"),
		rotated(draft(), "rsa").build("another key in the draft", "J", "unexplained").unproved(),
	}
}
