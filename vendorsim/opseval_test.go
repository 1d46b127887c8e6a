package vendorsim

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

// programPreset is a preset of the tests with these operations, one a line.
func programPreset(t testing.TB, operations string, more map[string]any) []byte {
	t.Helper()
	file := map[string]any{"preset": 1, "name": "x", "operations": strings.Split(operations, "\n"), "options": []map[string]any{
		{"name": "id", "required": false}, {"name": "key", "secret": true, "required": false}, {"name": "mode", "values": []string{"a", "b"}},
		{"name": "on", "flag": true}}}
	for k, v := range more {
		file[k] = v
	}
	data, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// evaluated runs operations and writes the result on one line: the target, then the headers.
func evaluated(t testing.TB, operations string, values map[string]string, r *Request, more map[string]any) string {
	t.Helper()
	s, err := evaluate(programPreset(t, operations, more), values, r, time.Unix(1795854615, 0), "n-1")
	if errors.Is(err, ErrMessage) {
		return "refused"
	}
	if err != nil {
		t.Fatal(err)
	}
	text := s.Target
	for _, h := range s.Header {
		text += " " + h[0] + "=" + h[1]
	}
	return text
}

func TestWhatAProgramOwnsIsTakenAwayAndSetAnew(t *testing.T) {
	for _, c := range []struct{ name, operations, target, want string }{
		{"a parameter is appended", "query k = v", "/p", "/p?k=v"},
		{"behind an empty query", "query k = v", "/p?", "/p?k=v"},
		{"behind the client's", "query k = v", "/p?a=1", "/p?a=1&k=v"},
		{"behind an empty parameter", "query k = v", "/p?a=1&", "/p?a=1&&k=v"},
		{"encoded by RFC 3986", "query k:1 = a b/~ü", "/p", "/p?k%3A1=a%20b%2F~%C3%BC"},
		{"the client's own goes", "query k = v", "/p?k=client", "/p?k=v"},
		{"in any letter case and escape", "query k = v", "/p?K=1&a=%41&%6b=2", "/p?a=%41&k=v"},
		{"behind a semicolon too", "query k = v", "/p?a=1;k=2&b=3", "/p?a=1&b=3&k=v"},
		{"the first one with the separator behind it", "query k = v", "/p?k=2;b=3", "/p?b=3&k=v"},
		{"a name alone", "query k = v", "/p?k&a", "/p?a&k=v"},
		{"other bytes stay", "query k = v", "/p?x=%zz&&y=a+b;&k=1", "/p?x=%zz&&y=a+b;&k=v"},
		{"delquery", "delquery k\nheader X = [[target]]", "/p?a=1&k=2", "/p?a=1 X=/p?a=1"},
		{"delquery of the last one", "delquery k\nheader X = [[target]]", "/p?k=2", "/p X=/p"},
		{"without a match nothing changes", "delquery k\nheader X = x", "/p?&;", "/p?&; X=x"},
		{"the query below sees it", "header Y = [[query]]\nquery k = v\nheader X = [[query]]", "/p?a=1", "/p?a=1&k=v Y=a=1 X=a=1&k=v"},
		{"an empty one is not set", "query? k = [[opt.id]]\nheader X = [[target]]", "/p", "/p X=/p"},
		{"or is", "query k = [[opt.id]]", "/p", "/p?k="},
		{"a header that is set", "header X-A = [[header.X-A]]1\nheader X-B = [[header.x-a]]2", "/p", "/p X-A=1 X-B=12"},
		{"a look-alike", "header X-C = [[header_names:x*]]", "/p", "/p X-C=x-a"},
		{"delheader below its use", "header X = [[header.X-A]]\ndelheader X_A", "/p", "/p X="},
		{"a header that is not set", "header? X = [[opt.id]]\nheader Y = [[header.x]]", "/p", "/p Y="},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &Request{Method: "GET", Target: c.target, Header: http.Header{"X-A": {"client"}, "X_c": {"client"}}}
			if got := evaluated(t, c.operations, nil, r, nil); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestHowValuesAreRead(t *testing.T) {
	request := func() *Request {
		return &Request{Method: "POST", Target: "/p", Host: "H", Body: []byte("0123456789"), Header: http.Header{
			"X-Empty": {""}, "X-Ctl": {"a\x01b"}, "X-Tab": {"a\tb"}, "X-Raw": {"\xff"}, "X-Blanks": {" a  b "}}}
	}
	first := map[string]any{"body_first": 4, "body_methods": []string{"POST"}}
	for _, c := range []struct {
		name, operations, method string
		values                   map[string]string
		more                     map[string]any
		want                     string
	}{
		{"a body", "header X = [[body|hex]] [[body_len]]", "POST", nil, nil, "/p X=30313233343536373839 10"},
		{"the first bytes of it", "header X = [[body|hex]] [[body_len]]", "POST", nil, first, "/p X=30313233 10"},
		{"no body for other methods", "header X = [[body|hex]] [[body_len]]", "PUT", nil, first, "/p X= 10"},
		{"an empty header counts", "header X = [[header_names:x-empty,x-none]]", "GET", nil, nil, "/p X=x-empty"},
		{"a control character", "header X = [[header.X-Ctl]]", "GET", nil, nil, "refused"},
		{"a tab is one", "header X = [[header.X-Tab]]", "GET", nil, nil, "refused"},
		{"in a parameter too", "query k = [[header.X-Ctl]]", "GET", nil, nil, "refused"},
		{"not in what is hashed", `let a = [[header.X-Ctl]]\n` + "\nheader X = [[a|hex]]", "GET", nil, nil, "/p X=6101620a"},
		{"other bytes pass", "header X = [[header.X-Raw|upper]]", "GET", nil, nil, "/p X=\xff"},
		{"blanks of a header stay", "header X = <[[header.X-Blanks]]>", "GET", nil, nil, "/p X=< a  b >"},
		{"a flag that is off", "header X = [['yes'|when:opt.on]].", "GET", map[string]string{"on": "false"}, nil, "/p X=."},
		{"a flag that is on", "header X = [['yes'|if:opt.on:true]].", "GET", map[string]string{"on": "true"}, nil, "/p X=yes."},
		{"the first of several values", "header X = [[opt.mode]]", "GET", nil, nil, "/p X=a"},
		{"a branch that is not run", "header X = [[opt.id|unhex|hex|if:opt.mode:b]]", "GET", map[string]string{"id": "zz"}, nil, "/p X="},
		{"a branch that is", "header X = [[header.X-Raw|unhex|hex|if:opt.mode:a]]", "GET", map[string]string{"id": "zz"}, nil, "refused"},
		{"a branch of another method", "header X = [[header.X-Raw|unhex|hex|if_method:PUT]]", "GET", nil, nil, "/p X="},
		{"an empty key of a request", "let k = [[nonce|hmac_sha1:opt.key|if_method:PUT]]\nheader X = [[path|hmac_sha1:k|hex]]", "GET",
			map[string]string{"key": "k"}, nil, "refused"},
		{"filters behind a condition run", "header X = [[body|if_method:GET|md5|hex]]", "POST", nil, nil,
			"/p X=d41d8cd98f00b204e9800998ecf8427e"},
		{"a quote in a quote", `header X = [['it\'s \\ [[x]] | : '|hex]]`, "GET", nil, nil, "/p X=69742773205c205b5b785d5d207c203a20"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := request()
			r.Method = c.method
			if got := evaluated(t, c.operations, c.values, r, c.more); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestAFileThatIsNoPresetIsRefused(t *testing.T) {
	for _, c := range []struct{ name, file, want string }{
		{"no JSON", `{`, "unexpected EOF"},
		{"an unknown key", `{"preset": 1, "opertions": []}`, "unknown field"},
		{"text behind it", `{"preset": 1, "operations": ["header X = 1"]} x`, "text behind the object"},
		{"another format", `{"preset": 2, "operations": ["header X = 1"]}`, "preset must be 1"},
		{"another engine", `{"preset": 1, "engine": "aws"}`, "no operations to simulate"},
		{"a window that is none", `{"preset": 1, "window": "soon", "operations": ["header X = 1"]}`, "window must be a duration"},
		{"an option twice", `{"preset": 1, "options": [{"name": "a"}, {"name": "b", "also": ["a"]}], "operations": ["header X = 1"]}`,
			"option a: the name is taken"},
		{"nothing set", `{"preset": 1, "operations": ["let a = 1"]}`, "nothing is set"},
		{"too large", `{"preset": 1, "docs": "` + strings.Repeat("x", 64<<10) + `"}`, "larger than"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := ReadPreset([]byte(c.file)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestWhatNoRequestCanMendIsFoundAtLoad(t *testing.T) {
	for name, operation := range map[string]string{
		"an option that is not in the form":    "header X = [[opt.id|unhex|hex]]",
		"a text that is not":                   "header X = [['zz'|unhex|hex]]",
		"a key that is empty":                  "header X = [[path|hmac_sha1:opt.none|hex]]",
		"a key of which nothing is left":       "let k = [[opt.key|after:k]]\nheader X = [[path|hmac_sha1:k|hex]]",
		"a number that is none":                "header X = [[path|first:opt.n]]",
		"values that grow without the request": "header X = [[opt.id" + strings.Repeat("|hex", 40) + "]]",
	} {
		data, _ := json.Marshal(map[string]any{"preset": 1, "name": "x", "operations": strings.Split(operation, "\n"), "options": []map[string]any{
			{"name": "id"}, {"name": "key", "secret": true}, {"name": "none", "secret": true, "required": false},
			{"name": "n", "number": true, "required": false}}})
		_, err := evaluate(data, map[string]string{"id": "zz", "key": "k"}, &Request{Method: "GET", Target: "/"}, time.Now(), "")
		if err == nil || errors.Is(err, ErrMessage) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestADigestOfASecretIsNotCutShort(t *testing.T) {
	for operation, loads := range map[string]bool{
		"header X = [[opt.key|sha256|first:15|hex]]":                          false,
		"header X = [[opt.key|sha256|first:16|hex]]":                          true,
		"header X = [[path|hmac_sha1:opt.key|hex|first:31]]":                  false,
		"header X = [[path|hmac_sha1:opt.key|hex|first:32]]":                  true,
		"header X = [[path|hmac_sha1:opt.key|base64|first:21]]":               false,
		"header X = [[path|hmac_sha1:opt.key|base64|first:22]]":               true,
		"header X = [[path|hmac_sha1:opt.key|hex|unhex|first:15|hex]]":        false,
		"let a = v=[[path|hmac_sha1:opt.key|hex]]\nheader X = [[a|first:40]]": false,
		"header X = [[path|sha256|hex|first:2]]":                              true,
	} {
		data, _ := json.Marshal(map[string]any{"preset": 1, "name": "x", "operations": strings.Split(operation, "\n"),
			"options": []map[string]any{{"name": "key", "secret": true}}})
		if _, err := ReadPreset(data); (err == nil) != loads {
			t.Errorf("%s: got %v", operation, err)
		}
	}
}

// evaluate reads a preset file and runs its operations.
func evaluate(preset []byte, values map[string]string, r *Request, now time.Time, nonce string) (*Signed, error) {
	p, err := ReadPreset(preset)
	if err != nil {
		return nil, err
	}
	return p.Evaluate(values, r, now, nonce)
}
