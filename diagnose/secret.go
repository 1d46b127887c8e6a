package diagnose

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"regexp"
	"strings"
)

// digest is a hash function by its name.
type digest struct {
	name string
	new  func() hash.Hash
}

var digests = []digest{{"sha1", sha1.New}, {"sha256", sha256.New}, {"sha512", sha512.New}, {"md5", md5.New}, {"sha384", sha512.New384},
	{"sha224", sha256.New224}}

func digestNamed(name string) func() hash.Hash {
	for _, h := range digests {
		if h.name == name {
			return h.new
		}
	}
	return sha512.New
}

// altered is a way to get the secret wrong.
type altered struct {
	secret, cause string
	tier          int
}

// alterations are the ways in which clients get the secret wrong. others are what was sent with it.
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
		add("secret_cut", usual, secret[1:], secret[:len(secret)-1], secret[2:], secret[:len(secret)-2])
	}
	for _, n := range []int{16, 20, 24, 32, 40, 48, 64} {
		if len(secret) > n {
			add("secret_cut", usual, secret[:n])
		}
	}
	for _, end := range "$#%&!;= +/\"'\\:@?^,~`|<>()*" { // what a shell or a format takes for the end
		if before, after, found := strings.Cut(secret, string(end)); found && len(secret) > 1 {
			add("secret_cut", rare, before, after, strings.ReplaceAll(secret, string(end), ""), strings.TrimRight(secret, string(end)))
		}
	}
	for _, at := range shellVariable.FindAllStringIndex(secret, -1) { // a shell expands $name
		add("secret_cut", usual, secret[:at[0]]+secret[at[1]:])
	}
	for _, h := range digests[:4] {
		n := h.new()
		n.Write([]byte(secret))
		sum := n.Sum(nil)
		add("secret_altered", rare, string(sum), hex.EncodeToString(sum), base64.StdEncoding.EncodeToString(sum))
	}
	return all
}

var shellVariable = regexp.MustCompile(`\$[A-Za-z0-9_]*`)

// keyed makes the MACs of a scheme that is HMAC with name: the right one, and those of other secrets and hashes.
func (d *diagnosis) keyed(name string, others ...string) []mac {
	right := digestNamed(name)
	all := []mac{{sum: hmacOf(right, d.trueSecret())}}
	keys := d.alterations(others...)
	for _, k := range keys {
		all = append(all, mac{sum: hmacOf(right, k.secret), cause: []string{k.cause}, tier: k.tier})
	}
	for _, h := range digests {
		if h.name == name {
			continue
		}
		tier := usual
		if h.name == "sha1" || h.name == "sha256" || h.name == "sha512" {
			tier = frequent
		}
		all = append(all, mac{sum: hmacOf(h.new, d.trueSecret()), cause: []string{"wrong_digest"}, tier: tier})
		for _, k := range keys {
			if k.tier == frequent {
				all = append(all, mac{sum: hmacOf(h.new, k.secret), cause: []string{"wrong_digest", k.cause}, tier: alone})
			}
		}
	}
	all = append(all, charsetSums(d.trueSecret(), rare, func(k string) hasher { return hmacOf(right, k) })...)
	for _, h := range digests[:3] {
		if h.name != name {
			all = append(all, charsetSums(d.trueSecret(), alone, func(k string) hasher { return hmacOf(h.new, k) },
				"wrong_digest")...)
		}
	}
	for _, h := range digests {
		all = append(all, constructions(h, d.trueSecret())...)
	}
	return all
}

// constructions are hashes of key and text that are not HMAC with the key as the key.
func constructions(h digest, secret string) []mac {
	const cause = "wrong_construction"
	plain := func(before, after string) hasher {
		return func(write func(func(string))) []byte {
			n := h.new()
			n.Write([]byte(before))
			write(func(s string) { n.Write([]byte(s)) })
			n.Write([]byte(after))
			return n.Sum(nil)
		}
	}
	return []mac{
		{sum: plain(secret, ""), cause: []string{cause}, tier: usual},
		{sum: plain("", secret), cause: []string{cause}, tier: usual},
		{sum: plain(secret+"\n", ""), cause: []string{cause}, tier: alone},
		{sum: plain("", "\n"+secret), cause: []string{cause}, tier: alone},
		{sum: plain("", ""), cause: []string{cause}, tier: alone},
		{sum: func(write func(func(string))) []byte {
			var text strings.Builder
			write(func(s string) { text.WriteString(s) })
			n := hmac.New(h.new, []byte(text.String()))
			n.Write([]byte(secret))
			return n.Sum(nil)
		}, cause: []string{cause}, tier: usual},
	}
}
