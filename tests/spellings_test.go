package tests

import (
	"fmt"
	"math/rand"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/vendorsign/vendorsign/tests/interpret"
)

// This file has a generator of spellings and a judge. The generator writes a path as attackers do. The judge says what any
// server may read in a path: it applies the steps of servers in every order, and shares no code with the gate.

// likes are characters that Unicode's compatibility forms or case folding make an ASCII letter or digit.
var likes = map[byte]string{
	'a': "ａＡⓐᵃª𝐚𝙖🄰", 'b': "ｂⓑᵇ𝐛ℬ", 'c': "ｃⅽℂ𝐜㏄", 'd': "ｄⅾⅆ𝐝", 'e': "ｅⓔℯᵉ𝐞", 'f': "ｆℱ𝐟", 'g': "ｇℊ𝐠", 'h': "ｈℎ𝐡ʰ", 'i': "ｉⅰℹ𝐢ⁱ",
	'j': "ｊⓙʲ𝐣", 'k': "Kｋᵏ𝐤", 'l': "ｌⅼℓ𝐥ˡ", 'm': "ｍⅿℳ𝐦", 'n': "ｎⓝℕ𝐧ⁿ", 'o': "ｏⓞºℴ𝐨", 'p': "ｐⓟℙ𝐩ᵖ", 'q': "ｑℚ𝐪", 'r': "ｒℛ𝐫ʳ",
	's': "ſｓⓢˢ𝐬", 't': "ｔⓣᵗ𝐭", 'u': "ｕⓤᵘ𝐮", 'v': "ｖⅴ𝐯ᵛ", 'w': "ｗⓦʷ𝐰", 'x': "ｘⅹˣ𝐱", 'y': "ｙⓨʸ𝐲", 'z': "ｚⓩℤ𝐳", '1': "１①¹𝟏", '2': "２②²𝟐",
}

// accents are letters that comparisons without accents equal.
var accents = map[byte]string{'a': "áàä", 'c': "ç", 'e': "éêë", 'i': "íï", 'k': "ķ", 'n': "ñ", 'o': "óö", 's': "śš", 't': "ť", 'u': "úü", 'y': "ý", 'z': "ž"}

const nothingSeen = "\u200b\u00ad\ufeff\u2060\u0301"

func pick(rng *rand.Rand, of ...string) string { return of[rng.Intn(len(of))] }

func pickRune(rng *rand.Rand, of string) string { return string([]rune(of)[rng.Intn(len([]rune(of)))]) }

// encode escapes every byte of text, in either letter case.
func encode(rng *rand.Rand, text string) string {
	var b strings.Builder
	for i := range len(text) {
		fmt.Fprintf(&b, pick(rng, "%%%02x", "%%%02X"), text[i])
	}
	return b.String()
}

// overlong writes an ASCII character as UTF-8 of two to six bytes.
func overlong(rng *rand.Rand, c byte) string {
	high, low := c>>6, 0x80|c&0x3f
	switch rng.Intn(5) {
	case 0:
		return string([]byte{0xc0 | high, low})
	case 1:
		return string([]byte{0xe0, 0x80 | high, low})
	case 2:
		return string([]byte{0xf0, 0x80, 0x80 | high, low})
	case 3:
		return string([]byte{0xf8, 0x80, 0x80, 0x80 | high, low})
	}
	return string([]byte{0xfc, 0x80, 0x80, 0x80, 0x80 | high, low})
}

// letter respells one character of a path.
func letter(rng *rand.Rand, c byte) string {
	lower := c | 0x20
	switch n := rng.Intn(12); {
	case n == 0:
		return encode(rng, string(c))
	case n == 1:
		return strings.Replace(encode(rng, string(c)), "%", "%25", 1)
	case n == 2:
		return strings.Replace(encode(rng, string(c)), "%", "%2525", 1)
	case n == 3:
		return encode(rng, overlong(rng, c))
	case n == 4:
		return fmt.Sprintf("%%u00%02x", c)
	case n == 5 && likes[lower] != "":
		return encode(rng, pickRune(rng, likes[lower]))
	case n == 6 && accents[lower] != "":
		return encode(rng, pickRune(rng, accents[lower]))
	case n == 7:
		return encode(rng, pickRune(rng, nothingSeen)) + string(c)
	case n == 8:
		return pick(rng, "%00", "%09", "%0a", "%0d", "%7f", "%08") + string(c)
	case n == 9 && c != '/':
		return encode(rng, string([]byte{c | 0x80})) // seven bits
	case n == 10:
		return encode(rng, string(rune(c)+rune(0x100*(1+rng.Intn(0x20))))) // the low byte of a character
	}
	return strings.ToUpper(string(c))
}

// spelling writes path in another way, with one to four changes.
func spelling(rng *rand.Rand, path string) string {
	for range 1 + rng.Intn(4) {
		names := strings.Split(path[1:], "/")
		at := rng.Intn(len(names))
		slash := pick(rng, "//", "/./", "/x/../", `\`, "%2f", "%252F", "%5c", "/%2e/", "/x/%2e%2e/", "/;a=b/", "/x/..;/", "/..;a=b/../x/../", "%c0%af", "%e0%80%af",
			encode(rng, "／"), encode(rng, "＼"), "/%252e/", "/%20/", "/%2e%2e%2fx/../", "/x/..%2f", "/.%00/")
		switch rng.Intn(10) {
		case 0: // at the end
			path += pick(rng, "%3f", "%3Fa=b", "%23", "%23x", ".", "..", "%2e", ".json", ".xml", "%2ejson", "/", "/x", "//", "/.", "%20", "%20%20", "+", "%00", "%00.json", "%0a",
				"%0d%0a", "%09", "%20HTTP/1.1", "%20HTTP/1.1%0d%0aX:%20y", ";x=y", ";x=/../..", ";", "%3b", "%253f", "%2523", "%253bx", "%5c", "~", "!", "'", "%22", "%3c", "/..;/x",
				encode(rng, "？"), encode(rng, "．"), encode(rng, "；"), "%e2%80%8b", "%E2%80%AE", "%c2%85", "%a0", "::$DATA", "%3a%3a$DATA")
		case 1: // in front
			path = pick(rng, "/", "/.", "/x/..", "/%2e", "/x/%2e%2e", "/..", "/..;", "/x;y/..", "/%252e%252e", "/x/y/../..", "/%20/..", "/./.") + path
		case 2, 3: // between names
			if at > 0 {
				path = "/" + strings.Join(names[:at], "/") + slash + strings.Join(names[at:], "/")
			}
		case 4: // in a name
			names[at] += pick(rng, ";a=b", ";", ";a=/../x", "%3ba", ".", "%20", "%09", "%00", "%2e", "..", "%e2%80%8b")
			path = "/" + strings.Join(names, "/")
		case 5: // before a name
			names[at] = pick(rng, "%20", "%09", "%e2%80%8b", "%7f", "%0a") + names[at]
			path = "/" + strings.Join(names, "/")
		default:
			i := 1 + rng.Intn(len(path)-1)
			if i > 3 && strings.ContainsAny(path[i-3:i+1], "%") { // within an escape
				break
			}
			path = path[:i] + letter(rng, path[i]) + path[i+1:]
		}
	}
	return path
}

// step is something that a server does to a path.
type step func(path string) string

// percent resolves escapes once, as long as there is something to resolve; those that keep rejects stay.
func percent(path string, keep func(c byte) bool) string {
	var b []byte
	for i := 0; i < len(path); i++ {
		var c byte
		if path[i] == '%' && i+2 < len(path) {
			if n, err := fmt.Sscanf(path[i+1:i+3], "%02x", &c); n == 1 && err == nil && isHex(path[i+1]) && isHex(path[i+2]) && !keep(c) {
				b = append(b, c)
				i += 2
				continue
			}
		}
		b = append(b, path[i])
	}
	return string(b)
}

func isHex(c byte) bool { return strings.IndexByte("0123456789abcdefABCDEF", c) >= 0 }

var unicodeEscape = regexp.MustCompile(`%[uU]([0-9a-fA-F]{4})`)

// lenient decodes UTF-8 as old decoders do: the lead says how many bytes, and their lower bits count.
func lenient(path string) string {
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		c := path[i]
		n := 0
		for mask := byte(0x80); c&mask != 0 && mask > 2; mask >>= 1 {
			n++
		}
		if n < 2 || n > 6 || i+n > len(path) {
			b.WriteByte(c)
			continue
		}
		value := rune(c) & (0x7f >> n)
		for _, next := range []byte(path[i+1 : i+n]) {
			value = value<<6 | rune(next&0x3f)
		}
		b.WriteRune(value)
		i += n - 1
	}
	return b.String()
}

// fold replaces the characters of a table by the letter they stand for.
func fold(table map[byte]string) step {
	back := make(map[rune]string)
	for to, from := range table {
		for _, r := range from {
			back[r] = string(to)
		}
	}
	back['㏄'] = "cc"
	for i, r := range "／＼．？；％" {
		back[r] = string(`/\.?;%`[i/3])
	}
	return func(path string) string {
		var b strings.Builder
		for _, r := range path {
			if to, ok := back[r]; ok {
				b.WriteString(to)
			} else {
				b.WriteRune(r)
			}
		}
		return b.String()
	}
}

func cutAt(marks ...string) step {
	return func(path string) string {
		for _, mark := range marks {
			path, _, _ = strings.Cut(path, mark)
		}
		return path
	}
}

func eachName(change func(name string) string) step {
	return func(path string) string {
		names := strings.Split(path, "/")
		for i := range names {
			names[i] = change(names[i])
		}
		return strings.Join(names, "/")
	}
}

// resolveDots is RFC 3986, section 5.2.4, with empty names merged.
func resolveDots(path string) string {
	var out []string
	for _, name := range strings.Split(path, "/") {
		switch name {
		case "", ".":
		case "..":
			if len(out) > 0 {
				out = out[:len(out)-1]
			}
		default:
			out = append(out, name)
		}
	}
	return "/" + strings.Join(out, "/")
}

func drop(of func(r rune) bool) step {
	return func(path string) string {
		return strings.Map(func(r rune) rune {
			if of(r) {
				return -1
			}
			return r
		}, path)
	}
}

// charsets are what servers do to characters beyond ASCII. One server does one of these.
var charsets = map[string][]step{
	"compatibility forms": {lenient, fold(likes)},
	"accents":             {lenient, fold(likes), fold(accents)},
	"seven bits": {func(path string) string {
		b := []byte(path)
		for i := range b {
			b[i] &= 0x7f
		}
		return string(b)
	}},
	"low bytes": {func(path string) string {
		var b []byte
		for _, r := range path {
			if r > 0xff {
				b = append(b, byte(r))
			} else {
				b = append(b, string(r)...)
			}
		}
		return string(b)
	}},
}

// serverSteps are what servers are known to do to paths, in some order.
var serverSteps = []step{
	func(path string) string { return percent(path, func(byte) bool { return false }) },
	func(path string) string { return percent(path, func(c byte) bool { return c == '/' || c == '\\' }) },
	func(path string) string {
		return unicodeEscape.ReplaceAllStringFunc(path, func(text string) string {
			var r rune
			fmt.Sscanf(text[2:], "%04x", &r)
			return string(r)
		})
	},
	drop(unicode.IsControl),
	drop(func(r rune) bool { return unicode.In(r, unicode.Cf, unicode.Mn) }),
	func(path string) string { return strings.ReplaceAll(path, `\`, "/") },
	cutAt("?", "#"),
	cutAt("\x00", "\r", "\n", "\u0085", " HTTP/", " http/"),
	cutAt(";"),
	eachName(cutAt(";")),
	eachName(func(name string) string { return strings.TrimRight(name, ". ") }),
	eachName(func(name string) string { return strings.Trim(name, " \t\r\n\v\f\x7f") }),
	resolveDots,
}

// serversRead returns whether any server may read path so that ok accepts it.
func serversRead(path string, ok func(reading string) bool, charset ...string) bool {
	for _, c := range charset {
		steps := append(append([]step{}, charsets[c]...), serverSteps...)
		seen := map[string]bool{path: true}
		for queue := []string{path}; len(queue) > 0 && len(seen) < 2000; queue = queue[1:] {
			if ok(queue[0]) {
				return true
			}
			for _, s := range steps {
				if next := s(queue[0]); !seen[next] {
					seen[next] = true
					queue = append(queue, next)
				}
			}
		}
	}
	return false
}

// closed are requests that must not pass, one for each guard or more.
var closed = map[string][]string{
	"duo": {
		"GET /admin/v1/integrations/DIX/skey", "POST /admin/v3/integrations/DIX/skey", "GET /admin/v3/integrations/oauth_cc/DIX/client_secret/c1", "GET /admin/v1/integrations",
		"POST /admin/v1/integrations", "PUT /admin/v3/integrations/DIX", "POST /admin/v1/admins", "POST /admin/v1/admins/DEX/activation_link", "GET /admin/v1/admins/activations",
		"POST /admin/v1/admins/DEX/password_mgmt", "POST /admin/v1/users/DUX/bypass_codes", "GET /admin/v1/users/DUX/bypass_codes", "POST /admin/v1/phones/DPX/activation_url",
		"POST /admin/v1/tokens",
	},
	"threatconnect": {"GET /api/appauth", "POST /api/v3/token/api", "GET /api/v3/token/svc", "POST /api/internal/token/api", "POST /api/v3/security/users", "PUT /api/v3/security/users/7"},
	"carbonblack": {
		"POST /csp/gateway/am/api/auth/token", "GET /csp/gateway/am/api/users/me/api-tokens", "GET /api/auth", "POST /appservices/v6/orgs/abcd1234/users",
		"PUT /access/v2/orgs/abcd1234/grants/g1", "GET /appservices/v6/orgs/abcd1234/apikeys",
	},
	"cortex": {
		"POST /public_api/v1/api_keys/generate", "POST /public_api/v1/api_keys/get_api_keys", "GET /apikeys", "POST /xsoar/public/v1/apikeys", "GET /platform/iam/v1/api-key/17",
		"PATCH /platform/iam/v1/user/x@example.com", "POST /public_api/v1/rbac/set_user_role", "POST /invite", "POST /public_api/v1/authentication-settings/create",
	},
	"darktrace": {"GET /config", "POST /config/apitoken", "GET /sysconfig", "POST /apitokens"},
}

// tricks are the ways that were found open, each for any guarded path.
var tricks = []string{
	"%s%%3f", "%s%%3fx", "%s%%23", "%s.", "%s%%2e", "%s.json", "%s%%20HTTP/1.1", "%s%%0d%%0a", "%s%%e2%%80%%8b", "%s;x=/../..", "%s/", "%s/x", "%s//", "%s%%00", "%s%%20", "%s%%252e", "%s%%c2%%85",
	"/x%%20HTTP/1.1%%0d%%0aHost:%%20v%%0d%%0a%%0d%%0aPOST%%20%s", "/x%%0d%%0a%%0d%%0aPUT%%20%s", "/x/..%s", "/x/..;%s", "/%%2e%s", "//%s", "/..%%2f..%s",
}

func TestEverySpellingOfACredentialEndpointIsRefused(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		rng := rand.New(rand.NewSource(12))
		for vendor, requests := range closed {
			plain, err := d.Gate(vendor, []byte(credentials[vendor]), []byte(`{"host":"vendor.example"}`), atNoon)
			if err != nil {
				t.Fatal(err)
			}
			listed, err := d.Gate(vendor, []byte(credentials[vendor]), []byte(`{"host":"vendor.example","allow":"* /**"}`), atNoon)
			if err != nil {
				t.Fatal(err)
			}
			refused := func(method, target string) {
				t.Helper()
				for _, gate := range []gateFunc{plain, listed} {
					if o := tryGate(t, d, gate, attempt{method: method, target: target}); o.verdict() != credentialProbe && o.verdict() != badTarget {
						t.Errorf("%s: %s %s: %s", vendor, method, target, o.verdict())
					}
				}
			}
			judged := 0
			for _, request := range requests {
				method, path, _ := strings.Cut(request, " ")
				refused(method, path)
				refused(strings.ToLower(method), path)
				for _, trick := range tricks {
					refused(method, fmt.Sprintf(trick, path))
				}
				is := func(reading string) bool {
					reading = strings.ToLower(reading)
					return strings.HasPrefix(reading+"/", strings.ToLower(path)+"/") || reading == strings.ToLower(path)+".json" || reading == strings.ToLower(path)+".xml"
				}
				for range 150 {
					if target := spelling(rng, path); serversRead(target, is, "compatibility forms", "accents", "seven bits", "low bytes") {
						judged++
						refused(method, target)
					}
				}
			}
			if judged < 100*len(requests) {
				t.Errorf("%s: %d spellings are judged to be read as their path, of %d", vendor, judged, 150*len(requests))
			}
		}
	})
}

func TestASpellingThatPassesAListIsReadAsAListedPathByEveryServer(t *testing.T) {
	const policy = `{"host":"vendor.example","allow":["GET /admin/v1/users /admin/v1/users/* /devices/*/summary /logs/**","GET /tags/caf` + "\u00e9" + `"],"allow_credential_endpoints":true}`
	list := regexp.MustCompile(`^(?:/admin/v1/users(?:/[^/]*)?|/devices/[^/]*/summary|/logs/.*|/tags/caf.)/?$`)
	starts := []string{"/admin/v1/users", "/admin/v1/users/x", "/devices/7/summary", "/logs/a/b", "/admin/v1/integrations/DIX/skey", "/devices/7/other", "/devices", "/tags/cafe", "/secret"}
	both(t, func(t *testing.T, d drive) {
		rng := rand.New(rand.NewSource(33))
		gate, err := d.Gate("duo", []byte(credentials["duo"]), []byte(policy), atNoon)
		if err != nil {
			t.Fatal(err)
		}
		passed := 0
		for range 3000 {
			target := spelling(rng, starts[rng.Intn(len(starts))])
			if o := tryGate(t, d, gate, attempt{target: target}); o.verdict() != signedVerdict {
				if o.verdict() != notAllowed && o.verdict() != badTarget {
					t.Errorf("%s: %s", target, o.verdict())
				}
				continue
			}
			passed++
			other := func(reading string) bool { return !list.MatchString(strings.ToLower(reading)) }
			if serversRead(target, other, "compatibility forms", "accents") {
				t.Errorf("%s passes the list, and some server reads another path", target)
			}
		}
		if passed < 50 {
			t.Errorf("%d of 3000 spellings pass; honest ones should", passed)
		}
	})
}

func TestHonestPathsPassLists(t *testing.T) {
	const policy = `{"host":"vendor.example","allow":["GET /devices/* /devices/*/tags/* /files/**","POST /admin/v1/users/*/phones"]}`
	targets := []string{
		"/devices/7", "/devices/a%20b", "/devices/%C3%A4", "/devices/a@b.example", "/devices/a%40b.example", "/devices/a%3Ab", "/devices/10.0.0.1", "/devices/a%2Bb", "/devices/100%25",
		"/devices/a%26b%3Dc", "/devices/%22x%22", "/devices/%5B1%5D", "/devices/%F0%9F%98%80", "/devices/caf%C3%A9%20au%20lait", "/devices/a%2Cb", "/devices/what%3F", "/devices/c%23", "/devices/%E2%82%AC",
		"/devices/%E6%9C%8D%E5%8A%A1%E5%99%A8", "/devices/a%7Cb", "/devices/x.json", "/devices/a~b", "/devices/%61", "/devices/a%20b/tags/c%20d", "/devices/%D0%BF/tags/%3Aon", "/files/a%20b/c.tar.gz",
		"/files/%C3%BCber/x%3Dy", "/devices/a?next=%2F..%2Fx", "/devices/a-b_c", "/devices/..a", "/devices/a..b", "/files/..a/b..c",
	}
	both(t, func(t *testing.T, d drive) {
		gate, err := d.Gate("darktrace", []byte(credentials["darktrace"]), []byte(policy), atNoon)
		if err != nil {
			t.Fatal(err)
		}
		for _, target := range targets {
			if o := tryGate(t, d, gate, attempt{target: target}); o.verdict() != signedVerdict {
				t.Errorf("%s: %s", target, o.verdict())
			}
		}
		if o := tryGate(t, d, gate, attempt{method: "POST", target: "/admin/v1/users/a%20b%40c/phones"}); o.verdict() != signedVerdict {
			t.Errorf("an address as an ID: %s", o.verdict())
		}
	})
}

// Quick signs what the gate would sign, and nothing else.
func TestTheShortWayGuardsLikeTheLongOne(t *testing.T) {
	options := map[string]map[string]any{
		"duo": {"integrationKey": "DIX", "secretKey": "canary"}, "threatconnect": {"accessId": "1", "secretKey": "canary"}, "carbonblack": {"apiId": "1", "apiSecretKey": "canary"},
		"cortex": {"apiKeyId": "1", "apiKey": "canary"}, "darktrace": {"publicToken": "pub", "privateToken": "canary"},
	}
	bothPlugins(t, func(t *testing.T, p interpret.Plugin) {
		rng := rand.New(rand.NewSource(7))
		for vendor, requests := range closed {
			send := newSender(t, p, vendor, options[vendor])
			for _, request := range requests {
				method, path, _ := strings.Cut(request, " ")
				targets := []string{path, path + "?a=b", strings.ToUpper(path), path + "/", path + "/x", path + ".json", path + ".", path + "$", "/." + path, "/" + path, path + ":x", strings.Replace(path, "/", "/~/../", 1)}
				is := func(reading string) bool {
					return strings.HasPrefix(strings.ToLower(reading)+"/", strings.ToLower(path)+"/")
				}
				for range 40 {
					if target := spelling(rng, path); serversRead(target, is, "compatibility forms", "accents", "seven bits", "low bytes") {
						targets = append(targets, target)
					}
				}
				for _, target := range targets {
					if _, err := url.ParseRequestURI(target); err != nil {
						continue // which a server refuses
					}
					for _, method := range []string{method, strings.ToLower(method)} {
						if status, sent := send(method, target); sent || status != 403 && status != 400 {
							t.Errorf("%s: %s %s: answered %d, sent %v", vendor, method, target, status, sent)
						}
					}
				}
			}
			for _, request := range open[vendor] {
				method, target, _ := strings.Cut(request, " ")
				if status, sent := send(method, target); !sent || status != 200 {
					t.Errorf("%s: %s %s: answered %d, sent %v", vendor, method, target, status, sent)
				}
			}
		}
	})
}

// newSender makes a middleware, and returns what sends it a request and tells whether that went on.
func newSender(t *testing.T, p interpret.Plugin, vendor string, options map[string]any) func(method, target string) (status int, sent bool) {
	t.Helper()
	block := map[string]any{"host": "vendor.example"}
	for name, value := range options {
		block[name] = value
	}
	var got *http.Request
	middleware, err := p.New(map[string]any{vendor: block}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { got = r }))
	if err != nil {
		t.Fatal(err)
	}
	return func(method, target string) (int, bool) {
		got = nil
		u, err := url.ParseRequestURI(target)
		if err != nil {
			t.Fatal(err)
		}
		r := &http.Request{Method: method, Host: "gateway.internal", URL: u, RequestURI: target, Header: http.Header{"Accept": {"*/*"}}, Body: http.NoBody}
		w := httptest.NewRecorder()
		middleware.ServeHTTP(w, r)
		return w.Code, got != nil
	}
}

// open are honest requests near what is guarded.
var open = map[string][]string{
	"duo": {
		"GET /admin/v1/users", "GET /admin/v1/users/DUX", "POST /admin/v1/users", "GET /admin/v1/admins", "GET /admin/v1/admins/DEX", "GET /admin/v3/integrations", "GET /admin/v3/integrations/DIX", "GET /admin/v1/tokens",
		"POST /admin/v1/users/DUX/phones", "POST /admin/v1/users/DUX/tokens", "GET /admin/v1/phones", "GET /admin/v2/logs/authentication?mintime=1&maxtime=2", "GET /admin/v1/bypass_codes",
		"POST /auth/v2/auth", "POST /auth/v2/enroll", "GET /admin/v1/users?username=integrations%2Fskey", "GET /admin/v1/users/a%20b%40c", "POST /admin/v1/administrative_units/D/integration/DIX",
		"GET /admin/v2/policies/skey",
	},
	"threatconnect": {
		"GET /api/v3/security/users", "GET /api/v3/security/users/7?fields=ownerRoles", "GET /api/v3/indicators/http%3A%2F%2Fevil.example%2Ftoken", "GET /api/v2/indicators/urls/https%3A%2F%2Fx.example%2Fsecurity%2Fusers",
		"POST /api/v3/indicators", "GET /api/v3/tokens", "GET /api/v2/whoami",
	},
	"carbonblack": {
		"GET /appservices/v6/orgs/ABCD1234/users", "POST /api/alerts/v7/orgs/ABCD1234/alerts/_search", "GET /integrationServices/v3/device?rows=1", "POST /access/v2/grants/_fetch",
		"GET /access/v2/orgs/ABCD1234/grants/psc%3Auser%3AABCD1234%3A1", "POST /appservices/v6/orgs/ABCD1234/devices/_search",
	},
	"cortex": {
		"POST /public_api/v1/incidents/get_incidents", "POST /public_api/v1/rbac/get_users", "GET /platform/iam/v1/user", "GET /platform/iam/v1/user/x%40example.com", "POST /xsoar/public/v1/incidents/search",
		"POST /public_api/v1/authentication-settings/get/settings",
	},
	"darktrace": {"GET /devices", "GET /status?format=json", "GET /modelbreaches/1/comments", "POST /advancedsearch/api/search", "GET /advancedsearch/api/search/eyJhIjoiYiJ9%3D", "GET /devices/config", "GET /tags/entities"},
}
