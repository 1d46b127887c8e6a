package corpus

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vendorsign/vendorsign/diagnose"
	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/tests/vectors"
)

// broken is a vector whose client made one mistake.
type broken struct {
	name, class string
	change      func(w *work) bool // false: it makes no difference for this request
}

// work is a vector, taken apart for the tiny signing.
type work struct {
	c        *vectors.Case
	key      string
	id       string
	path     string
	query    string
	asked    bool
	method   string
	host     string
	body     string
	signDate string
	digest   string
	version  string
	params   string // Duo
	finish   func(string) string
	text     func(string) string
	now      time.Time
	status   int
	answer   string
	header   http.Header
}

func pairsOf(query string) (pairs [][2]string) {
	for _, p := range strings.Split(query, "&") {
		if p == "" {
			continue
		}
		k, v, _ := strings.Cut(p, "=")
		pairs = append(pairs, [2]string{formDecode(k), formDecode(v)})
	}
	return pairs
}

func formDecode(s string) string {
	var b []byte
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if v, err := unhex(s[i+1 : i+3]); err == nil {
				b = append(b, v[0])
				i += 2
				continue
			}
		}
		if s[i] == '+' {
			b = append(b, ' ')
			continue
		}
		b = append(b, s[i])
	}
	return string(b)
}

func pathDecode(s string) string { return formDecode(strings.ReplaceAll(s, "+", "%2B")) }

func (w *work) source() string {
	if form := w.c.Method == "POST" || w.c.Method == "PUT" || w.c.Method == "PATCH"; form && w.version == "2" {
		return w.body
	}
	return w.query
}

// sign is the tiny signing of the three vendors that sign.
func (w *work) sign() (name, value string) {
	var text, signature string
	target := w.path
	if w.asked {
		target += "?" + w.query
	}
	switch w.c.Vendor {
	case "duo":
		lines := []string{w.signDate, strings.ToUpper(w.method), w.host, w.path, w.params}
		if w.method != strings.ToUpper(w.method) {
			lines[1] = w.method
		}
		if w.version != "2" {
			lines = append(lines, sum("sha512", w.body))
		}
		if w.version == "5" {
			var h []string
			for k, v := range inOrder(lowered(w.c.WantHeader, w.c.Header)) {
				if strings.HasPrefix(k, "x-duo-") {
					h = append(h, k, v)
				}
			}
			lines = append(lines, sum("sha512", strings.Join(h, "\x00")))
		}
		text = strings.Join(lines, "\n")
	case "darktrace":
		if w.c.Config["sign_query"] == "decoded" && w.asked {
			target = w.path + "?" + formDecode(w.query)
		}
		if w.body != "" {
			target = w.path + "?" + w.body
		}
		text = target + "\n" + w.id + "\n" + w.signDate
	case "threatconnect":
		text = target + ":" + w.method + ":" + w.signDate
	}
	if w.text != nil {
		text = w.text(text)
	}
	m := mac(w.digest, w.key, text)
	if w.c.Vendor == "threatconnect" {
		signature = b64(m)
	} else {
		signature = encodeHex(m)
	}
	if w.finish != nil {
		signature = w.finish(signature)
	}
	switch w.c.Vendor {
	case "duo":
		return "Authorization", "Basic " + b64([]byte(w.id+":"+signature))
	case "darktrace":
		return "Dtapi-Signature", signature
	}
	return "Authorization", "TC " + w.id + ":" + signature
}

func lowered(all ...http.Header) map[string]string {
	m := make(map[string]string)
	for _, h := range all {
		for k, v := range h {
			m[strings.ToLower(k)] = v[0]
		}
	}
	return m
}

func take(c *vectors.Case) *work {
	w := &work{c: c, method: c.Method, body: string(c.Body), now: c.Time, header: c.Header.Clone()}
	w.path, w.query, w.asked = strings.Cut(c.Target, "?")
	w.host = strings.ToLower(c.Host)
	if i := strings.LastIndex(w.host, ":"); i > 0 {
		w.host = w.host[:i]
	}
	get := func(k string) string { s, _ := c.Config[k].(string); return s }
	for k, v := range c.WantHeader {
		w.header[k] = v
	}
	switch c.Vendor {
	case "duo":
		w.key, w.id, w.version, w.digest = get("secret_key"), get("integration_key"), "5", "sha512"
		if v, ok := c.Config["signature_version"]; ok {
			w.version = fmt.Sprint(v)
		}
		if d := get("digest"); d != "" {
			w.digest = d
		}
		w.signDate = c.WantHeader.Get("X-Duo-Date")
		if w.signDate == "" {
			w.signDate = c.WantHeader.Get("Date")
		}
		w.params = params(pairsOf(w.source()), true, rfc)
		w.status, w.answer = 401, duo40103.Body
	case "darktrace":
		w.key, w.id, w.digest, w.signDate = get("private_token"), get("public_token"), "sha1", c.WantHeader.Get("Dtapi-Date")
		w.status, w.answer = 400, dtRefused.Body
	case "threatconnect":
		w.key, w.id, w.digest, w.signDate = get("secret_key"), get("access_id"), "sha256", c.WantHeader.Get("Timestamp")
		w.status, w.answer = 401, `{"status":"Failure","message":"signature data did not match expected result"}`
	}
	return w
}

func differs(field *string, to string) bool {
	if *field == to {
		return false
	}
	*field = to
	return true
}

var breakages = []broken{
	{"right", "none", func(w *work) bool { w.status = 0; return true }},
	{"decoded query", "A", func(w *work) bool {
		if w.c.Vendor == "duo" {
			return differs(&w.params, params(pairsOf(w.source()), true, bare))
		}
		return w.body == "" && w.c.Config["sign_query"] == nil && differs(&w.query, formDecode(w.query))
	}},
	{"quote_plus", "A", func(w *work) bool {
		if w.c.Vendor == "duo" {
			return differs(&w.params, params(pairsOf(w.source()), true, plus))
		}
		return w.body == "" && w.c.Config["sign_query"] == nil && differs(&w.query, params(pairsOf(w.query), false, plus))
	}},
	{"java encoder", "A", func(w *work) bool {
		if w.c.Vendor == "duo" {
			return differs(&w.params, params(pairsOf(w.source()), true, java))
		}
		return w.body == "" && w.c.Config["sign_query"] == nil && differs(&w.query, params(pairsOf(w.query), false, java))
	}},
	{"lower escapes", "A", func(w *work) bool {
		return w.c.Vendor == "duo" && differs(&w.params, params(pairsOf(w.source()), true, lower))
	}},
	{"decoded path", "A", func(w *work) bool { return differs(&w.path, pathDecode(w.path)) }},
	{"path twice", "A", func(w *work) bool { return differs(&w.path, strings.ReplaceAll(w.path, "%", "%25")) }},
	{"trailing slash", "A", func(w *work) bool { return !strings.HasSuffix(w.path, "/") && differs(&w.path, w.path+"/") }},
	{"method in lower case", "A", func(w *work) bool { return w.c.Vendor != "darktrace" && differs(&w.method, strings.ToLower(w.method)) }},
	{"body unsigned", "B", func(w *work) bool {
		if w.c.Vendor == "threatconnect" || w.version == "2" {
			return false
		}
		return differs(&w.body, "")
	}},
	{"body with a line end", "B", func(w *work) bool {
		return w.body != "" && w.c.Vendor != "threatconnect" && w.version != "2" && differs(&w.body, w.body+"\n")
	}},
	{"unsorted", "C", func(w *work) bool {
		return w.c.Vendor == "duo" && differs(&w.params, params(pairsOf(w.source()), false, rfc))
	}},
	{"reversed", "C", func(w *work) bool {
		if w.c.Vendor == "duo" || w.body != "" || w.c.Config["sign_query"] != nil {
			return false
		}
		p := strings.Split(w.query, "&")
		if len(p) < 2 {
			return false
		}
		p[0], p[len(p)-1] = p[len(p)-1], p[0]
		return differs(&w.query, strings.Join(p, "&"))
	}},
	{"clock", "E", func(w *work) bool { w.now = w.now.Add(-53 * time.Minute); w.status = 0; return true }},
	{"line end in the secret", "F", func(w *work) bool { w.key += "\n"; return true }},
	{"secret decoded", "F", func(w *work) bool {
		b, err := decode64(w.key)
		if err != nil {
			return false
		}
		w.key = string(b)
		return true
	}},
	{"other digest", "F", func(w *work) bool {
		if w.digest == "sha1" {
			w.digest = "sha256"
		} else {
			w.digest = "sha1"
		}
		return true
	}},
	{"other version", "F", func(w *work) bool {
		if w.c.Vendor != "duo" || w.version == "2" {
			return false
		}
		w.version = "2"
		if w.c.Method != "GET" && w.c.Method != "DELETE" {
			w.params = params(pairsOf(w.body), true, rfc)
		}
		return true
	}},
	{"capitals", "F", func(w *work) bool { w.finish = strings.ToUpper; return w.c.Vendor != "threatconnect" }},
	{"port", "G", func(w *work) bool { w.host += ":443"; return w.c.Vendor == "duo" }},
	{"upper host", "G", func(w *work) bool { return w.c.Vendor == "duo" && differs(&w.host, strings.ToUpper(w.host)) }},
	{"no host", "G", func(w *work) bool { w.host = ""; return w.c.Vendor == "duo" }},
	{"query unsigned", "H", func(w *work) bool {
		if w.c.Vendor == "duo" {
			return w.version != "2" && differs(&w.params, "") || w.version == "2" && w.body == "" && differs(&w.params, "")
		}
		if w.body != "" || !w.asked || w.query == "" {
			return false
		}
		w.asked = false
		return true
	}},
	{"limit not sent", "H", func(w *work) bool {
		if w.c.Vendor == "duo" {
			w.params = params(append(pairsOf(w.source()), [2]string{"limit", "100"}), true, rfc)
			return w.version != "2" || w.body == "" && w.c.Method != "POST"
		}
		if w.body != "" || w.c.Config["sign_query"] != nil {
			return false
		}
		if w.query != "" {
			w.query += "&"
		}
		w.asked, w.query = true, w.query+"limit=100"
		return true
	}},
	{"first segment", "H", func(w *work) bool {
		_, rest, ok := strings.Cut(w.path[1:], "/")
		return ok && differs(&w.path, "/"+rest)
	}},
	{"prefix", "H", func(w *work) bool { w.path = "/gateway" + w.path; return true }},
	{"rights", "K", func(w *work) bool { w.status, w.answer = 429, ""; return true }},
}

// Every vector is broken in every way. All of them take minutes, so that a part is looked at unless CORPUS_ALL is set.
func TestBrokenVectorsAreDiagnosed(t *testing.T) {
	all, err := vectors.Load()
	if err != nil {
		t.Fatal(err)
	}
	step := 23
	if os.Getenv("CORPUS_ALL") != "" {
		step = 1
	}
	n, total, right, proved := 0, 0, 0, 0
	missed := make(map[string]int)
	for _, v := range all {
		if v.TokenSource() || v.CanonicalOnly || v.Mode == "tc-token" || v.Vendor == "carbonblack" || v.Vendor == "cortex-xsoar" {
			continue
		}
		for _, b := range breakages {
			if n++; n%step != 0 {
				continue
			}
			c, err := v.Case()
			if err != nil {
				t.Fatal(err)
			}
			w := take(c)
			if !b.change(w) {
				continue
			}
			name, value := w.sign()
			w.header[name] = []string{value}
			q := &diagnose.Case{Signer: c.Vendor, Options: make(map[string]string), Now: w.now,
				Request: signers.Message{Method: c.Method, Host: c.Host, Target: c.Target, Header: w.header, Body: c.Body}}
			for k, value := range c.Config {
				q.Options[k] = fmt.Sprint(value)
			}
			if w.status != 0 {
				q.Response = &diagnose.Response{Status: w.status, Header: http.Header{}, Body: []byte(w.answer)}
			}
			f, err := diagnose.Diagnose(q)
			if err != nil {
				t.Fatal(err)
			}
			total++
			if f.Class == b.class {
				right++
			} else {
				missed[b.name+" -> "+f.Class]++
				t.Logf("%s, %s: %s %v, want %s (%s)", v.ID(), b.name, f.Class, f.Causes, b.class, c.Target)
			}
			if f.Proved {
				proved++
			}
		}
	}
	t.Logf("%d broken vectors: right class %d, proved %d; missed %v", total, right, proved, missed)
	if right < total {
		t.Error("one is not diagnosed")
	}
}
