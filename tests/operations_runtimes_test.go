package tests

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// templates use each value and filter; what they give is tested where they are written. Here both runtimes must agree.
var templates = []string{
	`[[method|lower]] [[scheme]] [[host]] [[path]] [[query]] [[target]] [[nonce]] [[body_len]]`,
	`[[body|md5|hex]] [[body|sha1|base64]] [[body|sha256|base64url]] [[body|sha384|hex]] [[body|sha512|hex]]`,
	`[[body|hmac_sha1:opt.key|hex]] [[body|hmac_sha384:opt.key|base64]] [[body|hmac_sha512:opt.key|base64url]]`,
	`[[target|hmac_sha256:opt.key|hex]] [[target|hmac_sha256:opt.key|base64]] [[target|hmac_sha256:opt.key|hmac_sha256:opt.key|hex]]`,
	`[[body|first:3|hex]] [[body|first:opt.n|base64]] [[header.X-One|first:2]]`,
	`[['6869'|unhex|base64]] [[header.X-Hex|unhex|hex]] [['aGk='|unbase64|hex]]`,
	"[['\u00c4bc'|upper]] [['\u00c4bC'|lower]] [['  a  b '|trim]] [['a  b'|collapse]] [['a b/~%'|urlencode]] [['a\"<'|json]]",
	`[[query|canon_query]] [['a=z&a=%C3%A9&b0&b%5B=1'|canon_query|decoded_order]] [[query|sort_query]] [[path|canon_path]] [['/a%2fb/%7E$+/%'|canon_path]]`,
	`[['a%00=1&a=%00&a=%01&=x&a=&%00=y&a=2'|canon_query|decoded_order]]`,
	`[['/dbs/a/colls'|cosmos_type]] [['/dbs/a/colls'|cosmos_link]]`,
	`[[header_lines:x-*|azure_headers|json]] [['b-_:1\nb1:\nb-:\nb:\na'|azure_headers|json]]`,
	`[[path|after:/]] [[path|strip_prefix:/]] [[path|end_with:/]]`,
	`[[header.X-None|or:none]] [[method|when:header.X-One]] [[method|when:header.X-None]] [[method|when:body]]`,
	`[[body|hex|if_method:POST,PUT]] [[body|hmac_sha256:opt.key|hex|if_method:POST]] [[opt.id|lower|if_method:GET]]`,
	`[[method|if:opt.id:ID]] [[method|if:opt.id:other]]`,
	`[[now|unix]] [[now|unix_ms]] [[now|http_date]] [[now|utc_date]] [[now|iso]] [[now|iso_ms]] [[now|iso_basic]]`,
	`[[now|date]] [[now|date_basic]] [[now|edgegrid]] [[now|format:'15:04:05.000']] [[now|add:opt.n|add:-60|unix]]`,
	`[[header_lines_trimmed:x-*,host|json]] [[host|without_port]] [['[::1]:8443'|without_port]] [['[::1]'|without_port]] [['a:b:c'|without_port]]`,
	`[[header_names:x-*,host]] [[header_list:opt.names:', ']] [[header.x-two]]`,
	`[[opt.key|reveal]] [[token|reveal]]`,
}

// scheme is the configuration of a scheme of one's own with these operations.
func ownScheme(key string, operations ...string) []byte {
	config, _ := json.Marshal(map[string]any{
		"options": map[string]any{"id": "ID", "n": "3", "names": []string{"X-Two", "x-one"}},
		"secrets": map[string]any{"key": key}, "operations": operations,
	})
	return config
}

func TestOperationsGiveTheSameInBothRuntimes(t *testing.T) {
	one, two := compiled(), interpreted(t)
	requests := []struct {
		method, target, body string
		header               http.Header
	}{
		{"GET", "/", "", http.Header{}},
		{"POST", "/a%20b/C?b=2&a=1&a=0&key=client", "hello", http.Header{"X-One": {" 1  a "}, "X-Two": {"2", "3"}, "X-Hex": {"00ff"}}},
		{"PUT", "/p?b=%7e+&a", "{}", http.Header{"X-Hex": {"no"}, "X-Out": {"client"}}},
		{"DELETE", "/p?b=%zz;a=1", "", http.Header{"X-One": {"a\nb"}}},
	}
	signed, refused := 0, 0
	for _, template := range templates {
		for _, operations := range [][]string{
			{"header X-Out = " + template},
			{"let value = " + template, "query? q = [[value]]", "query key = [[target]]", "header? X-Out = [[header.X-None]]", "delheader X-Two"},
			{"let lines = [[header_lines:x-*]]" + template, "header X-Out = [[lines|sha256|hex]]"},
		} {
			for _, r := range requests {
				var results [2]string
				for i, d := range []drive{one, two} {
					f, err := d.Signer("custom", ownScheme("KEY", operations...))
					if err != nil {
						results[i] = err.Error()
						continue
					}
					given := r.header.Clone()
					out, sent, canonical, shown, err := f(r.method, "api.acme.example", r.target, given, []byte(r.body), time.Unix(1772600767, 89e6), "", "NONCE", "TOKEN")
					results[i] = fmt.Sprintf("%q %q %q %q %q %v", out, given, sent, canonical, shown, err)
					if err == nil {
						signed++
					} else {
						refused++
					}
				}
				if results[0] != results[1] {
					t.Errorf("%q, %s %s: compiled\n%s\ninterpreted\n%s", operations, r.method, r.target, results[0], results[1])
				}
			}
		}
	}
	if signed < 100 || refused < 10 {
		t.Errorf("%d were signed and %d refused, want more of both", signed, refused)
	}
}

// A pool that is made in a loop would sign with the last key, interpreted.
func TestEachOfManyRoutesSignsWithItsOwnKey(t *testing.T) {
	both(t, func(t *testing.T, d drive) {
		var all []signFunc
		for i := 0; i < 200; i++ {
			f, err := d.Signer("custom", ownScheme(fmt.Sprint("key-", i), "header X-Sum = [[target|hmac_sha256:opt.key|hex]]"))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, f)
		}
		for i, f := range all {
			out, _, _, _, err := f("GET", "h", "/p", http.Header{}, nil, time.Unix(0, 0), "", "", "")
			mac := hmac.New(sha256.New, []byte(fmt.Sprint("key-", i)))
			mac.Write([]byte("/p"))
			if want := hex.EncodeToString(mac.Sum(nil)); err != nil || out.Get("X-Sum") != want {
				t.Errorf("route %d signs %q, %v, want %q", i, out.Get("X-Sum"), err, want)
			}
		}
	})
}

// What unhex and unbase64 give is no text, whatever the runtime: it does not go into a header, and no filter for text takes it.
func TestDecodedBytesAreNoTextInBothRuntimes(t *testing.T) {
	tests := []struct{ operation, want string }{
		{"header X = [[opt.id|unhex]]", "raw bytes; add |hex or |base64"},
		{"query q = [[header.x-a|unbase64]]", "raw bytes; add |hex or |base64"},
		{"header X = a[[opt.id|unbase64]]", "raw bytes; add |hex or |base64"},
		{"header X = [[opt.id|unhex|upper]]", "upper does not take bin"},
		{"header X = [[opt.id|unhex|json]]", "json does not take bin"},
		{"header X = [[path|sha256|hex|unhex|lower|hex]]", "lower does not take bin"},
		{"header X = [[opt.id|unhex|base64]]", ""},
	}
	both(t, func(t *testing.T, d drive) {
		for _, test := range tests {
			config, _ := json.Marshal(map[string]any{"options": []any{map[string]any{"name": "id"}}, "operations": []string{test.operation}})
			_, _, err := d.Custom(config)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("%s: the error is %v, want %q in it", test.operation, err, test.want)
			}
		}
	})
}
