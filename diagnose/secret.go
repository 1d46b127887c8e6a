package diagnose

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// altered is a way to get the secret wrong: the text that was used in its place.
type altered struct {
	secret, cause string
	tier          int
}

// alterations are the ways in which clients get the secret wrong, each text once, with the cause that
// comes first. others are what was sent with it, such as the ID, which may have been the key.
//
//	abc$def  ->  "abc$def", abc (a shell expanded $def), abc$def\n, YWJjJGRlZg==, bc$def, ...
func (d *diagnosis) alterations(others ...string) []altered {
	secret := d.trueSecret()
	var all []altered
	seen := map[string]bool{secret: true}
	add := func(cause string, tier int, texts ...string) {
		for _, t := range texts {
			if !seen[t] {
				seen[t] = true
				all = append(all, altered{t, cause, tier})
			}
		}
	}
	for _, c := range d.changes("secret") {
		add(c.cause, c.tier, c.apply(secret))
	}
	add("ids_swapped", usual, others...)
	if len(secret) > 1 {
		// Characters that were lost when the secret was copied.
		add("secret_cut", usual, secret[1:], secret[:len(secret)-1], secret[2:], secret[:len(secret)-2])
	}
	// Lengths of columns and of keys, at which programs cut.
	for _, n := range []int{16, 20, 24, 32, 40, 48, 64} {
		if len(secret) > n {
			add("secret_cut", usual, secret[:n])
		}
	}
	for _, end := range "$#%&!;= +/\"'\\:@?^,~`|<>()*" { // where a shell or a format may end the secret
		if before, after, found := strings.Cut(secret, string(end)); found && len(secret) > 1 {
			add("secret_cut", rare, before, after, strings.ReplaceAll(secret, string(end), ""), strings.TrimRight(secret, string(end)))
		}
	}
	for _, at := range shellVariable.FindAllStringIndex(secret, -1) { // a shell expands $name
		add("secret_cut", usual, secret[:at[0]]+secret[at[1]:])
	}
	for n := 1; n < min(len(secret), 256); n++ { // any part: a column of a table, a copied line
		add("secret_cut", alone, secret[:n], secret[n:])
	}
	for _, h := range digests[:4] {
		sum := sumOf(h.new(), secret)
		add("secret_altered", rare, string(sum), hex.EncodeToString(sum), base64.StdEncoding.EncodeToString(sum))
	}
	return all
}

// shellVariable is what a shell expands in double quotes: $name, and also a bare $.
var shellVariable = regexp.MustCompile(`\$[A-Za-z0-9_]*`)

// keyed makes the MACs of a scheme that is HMAC (RFC 2104) with the hash name: the right one first,
// then those of other secrets, other hashes and both, other character sets, and hashes that are no
// HMAC. A secret of 12 characters gives more than 200 of them.
func (d *diagnosis) keyed(name string, others ...string) []mac {
	right := digestNamed(name)
	all := []mac{{sum: right.hmac(d.trueSecret())}}
	if scheme, err := signers.Lookup(d.Signer); err == nil {
		before, _ := d.Values.Block("previous", scheme.Options)
		if secret := strings.TrimSpace(before.Text(d.profile.Secret)); secret != "" && secret != d.trueSecret() {
			all = append(all, mac{sum: right.hmac(secret), cause: []string{"wrong_secret"}, tier: frequent,
				says: map[string]string{"wrong_secret": "the credential of the option previous was used, and not the current one"}})
		}
	}
	keys := d.alterations(others...)
	for _, k := range keys {
		all = append(all, mistaken(k.cause, k.tier, "", right.hmac(k.secret)))
	}
	for _, h := range digests {
		if h.name == name {
			continue
		}
		tier := usual
		if h.name == "sha1" || h.name == "sha256" || h.name == "sha512" {
			tier = frequent
		}
		all = append(all, mistaken("wrong_digest", tier, "", h.hmac(d.trueSecret())))
		for _, k := range keys {
			if k.tier == frequent {
				all = append(all, mac{sum: h.hmac(k.secret), cause: []string{"wrong_digest", k.cause}, tier: alone})
			}
		}
	}
	all = append(all, charsetSums(d.trueSecret(), rare, func(k string) hasher { return right.hmac(k) })...)
	for _, h := range digests[:3] {
		if h.name != name {
			all = append(all, charsetSums(d.trueSecret(), alone, func(k string) hasher { return h.hmac(k) },
				"wrong_digest")...)
		}
	}
	for _, h := range digests {
		all = append(all, constructions(h, d.trueSecret())...)
	}
	return all
}

// constructions are hashes of key and text that are not HMAC with the key as the key: the key before or
// after the text, the text alone, and key and text exchanged.
func constructions(h digest, secret string) (all []mac) {
	add := func(tier int, sums ...hasher) {
		for _, sum := range sums {
			all = append(all, mistaken("wrong_construction", tier, "", sum))
		}
	}
	add(usual, h.sum(secret, ""), h.sum("", secret))
	add(alone, h.sum(secret+"\n", ""), h.sum("", "\n"+secret), h.sum("", ""))
	// HMAC of the hash of the text, for HMAC of the text: schemes that hash their text first are many.
	keyed := h.hmac(secret)
	add(alone, func(text []string) []byte { return keyed([]string{hex.EncodeToString(sumOf(h.new(), text...))}) },
		func(text []string) []byte { return keyed([]string{string(sumOf(h.new(), text...))}) })
	add(usual, func(text []string) []byte { return sumOf(hmac.New(h.new, []byte(strings.Join(text, ""))), secret) })
	return all
}
