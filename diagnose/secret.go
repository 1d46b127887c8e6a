package diagnose

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"hash"
	"html"
	"net/url"
	"strings"
)

// digest is a hash function by its name.
type digest struct {
	name string
	new  func() hash.Hash
}

var digests = []digest{{"sha1", sha1.New}, {"sha256", sha256.New}, {"sha512", sha512.New}, {"md5", md5.New}, {"sha384", sha512.New384}, {"sha224", sha256.New224}}

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

// alterations are the ways in which clients get a secret wrong. id is the public part of the credential.
func alterations(secret, id, vendor string, others []string) []altered {
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
	add("secret_whitespace", frequent, strings.TrimSpace(secret), secret+"\n", secret+" ", secret+"\r\n", " "+secret)
	add("secret_whitespace", usual, secret+"\r", secret+"\t", "\t"+secret, "\n"+secret, " "+secret+" ", secret+"\n\n", secret+" \n", secret+"  ",
		secret+"\x00", "\ufeff"+secret, secret+"\u200b", "\u200b"+secret, secret+"\u00a0", "\u00a0"+secret, secret+"\\n", secret+"\\r\\n", secret+"%0A", secret+"%0a")
	add("ids_swapped", frequent, id)
	if b, err := hex.DecodeString(secret); err == nil {
		add("secret_hex", frequent, string(b))
	}
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.RawURLEncoding} {
		if b, err := e.DecodeString(secret); err == nil {
			add("secret_base64", frequent, string(b))
		}
	}
	if b := looseBase64(secret); b != "" {
		add("secret_base64", usual, b)
	}
	add("secret_hex", usual, hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret))))
	add("secret_base64", usual, base64.StdEncoding.EncodeToString([]byte(secret)), base64.URLEncoding.EncodeToString([]byte(secret)),
		base64.RawStdEncoding.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte(secret+"\n")), base64.StdEncoding.EncodeToString([]byte(secret))+"\n")
	add("secret_quoted", frequent, `"`+secret+`"`, "'"+secret+"'")
	add("secret_quoted", usual, "`"+secret+"`", `\"`+secret+`\"`, "<"+secret+">", "b'"+secret+"'", "["+secret+"]", "{"+secret+"}", "{{"+secret+"}}", "${"+secret+"}", "("+secret+")", "\u201c"+secret+"\u201d",
		strings.Trim(secret, `"'`), `"`+secret+"\"\n", secret+`"`, secret+`'`, secret+",", secret+";")
	add("secret_case", usual, strings.ToLower(secret), strings.ToUpper(secret))
	add("secret_empty", frequent, "")
	for _, o := range others {
		add("ids_swapped", usual, o)
	}
	add("secret_placeholder", rare, placeholders(vendor)...)
	if len(secret) > 1 {
		add("secret_cut", usual, secret[1:], secret[:len(secret)-1], secret[2:], secret[:len(secret)-2])
		for _, n := range []int{16, 20, 24, 32, 40, 48, 64} {
			if len(secret) > n {
				add("secret_cut", usual, secret[:n])
			}
		}
		for _, end := range "$#%&!;= +/\"'\\:@?^,~`|<>()*" {
			if i := strings.IndexRune(secret, end); i >= 0 {
				add("secret_cut", rare, secret[:i], secret[i+len(string(end)):], strings.ReplaceAll(secret, string(end), ""), strings.TrimRight(secret, string(end)))
			}
		}
		for i := 0; i < len(secret); i++ { // a shell expands $name
			if secret[i] == '$' {
				n := i + 1
				for n < len(secret) && (secret[n] == '_' || secret[n] >= '0' && secret[n] <= '9' || secret[n]|32 >= 'a' && secret[n]|32 <= 'z') {
					n++
				}
				add("secret_cut", usual, secret[:i]+secret[n:])
			}
		}
	}
	quoted, _ := json.Marshal(secret)
	add("secret_altered", usual, unescape(secret, true), unescape(secret, false), strings.ReplaceAll(secret, "+", " "))
	add("secret_altered", rare, url.QueryEscape(secret), url.PathEscape(secret), rfc3986.escape(secret),
		html.EscapeString(secret), html.UnescapeString(secret), strings.Trim(string(quoted), `"`), secret+secret,
		id+":"+secret, id+secret, secret+id, secret+"/"+id, secret+":"+id, id+"/"+secret, toLatin1(secret), fromLatin1(secret), utf16LE(secret), reversed(secret),
		"Bearer "+secret, "Basic "+secret, "key="+secret, "secret="+secret, strings.ReplaceAll(secret, "-", ""), strings.ReplaceAll(secret, `\`, ""), strings.ReplaceAll(secret, `\`, `\\`), strings.ReplaceAll(secret, "$", "$$"), strings.ReplaceAll(secret, "$$", "$"))
	for _, h := range digests[:4] {
		n := h.new()
		n.Write([]byte(secret))
		sum := n.Sum(nil)
		add("secret_altered", rare, string(sum), hex.EncodeToString(sum), base64.StdEncoding.EncodeToString(sum))
	}
	return all
}

// looseBase64 decodes as forgiving decoders do: what is no digit is skipped, and a last half group dropped.
func looseBase64(s string) string {
	digits := strings.Map(func(r rune) rune {
		switch {
		case r == '-':
			return '+'
		case r == '_':
			return '/'
		case r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '+', r == '/':
			return r
		}
		return -1
	}, s)
	if len(digits)%4 == 1 {
		digits = digits[:len(digits)-1]
	}
	b, err := base64.RawStdEncoding.DecodeString(digits)
	if err != nil {
		return ""
	}
	return string(b)
}

func reversed(s string) string {
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

// placeholders are texts that stand where a secret was not filled in.
func placeholders(vendor string) []string {
	var all []string
	for _, n := range usuals("placeholder", vendor) {
		all = append(all, "{env."+n+"}", "$"+n, "${"+n+"}", "env:"+n, "{$"+n+"}", "%"+n+"%", "{{"+n+"}}", "{{ "+n+" }}", "<"+n+">", n)
	}
	return append(all, usuals("placeholder", "")...)
}

// keyed makes the MACs of a scheme that is HMAC with name: the right one, and those of other secrets and hashes.
func (d *diagnosis) keyed(name, id string, others ...string) []mac {
	right := digestNamed(name)
	all := []mac{{sum: hmacOf(right, d.trueSecret())}}
	keys := alterations(d.trueSecret(), id, d.Signer, others)
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
	all = append(all, charsetSums(d.trueSecret(), rare, func(k string) func(func(func(string))) []byte { return hmacOf(right, k) })...)
	for _, h := range digests[:3] {
		if h.name != name {
			all = append(all, charsetSums(d.trueSecret(), alone, func(k string) func(func(func(string))) []byte { return hmacOf(h.new, k) }, "wrong_digest")...)
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
	plain := func(before, after string) func(func(func(string))) []byte {
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
