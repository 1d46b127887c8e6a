package capture

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestCurlLinesAreReadAsCurlDoes(t *testing.T) {
	files := func(name string) ([]byte, error) {
		if name == "f" {
			return []byte("a=1\r\nb=2\n"), nil
		}
		return nil, errors.New("no such file")
	}
	tests := []struct{ name, line, want string }{
		{"plain", `curl https://h.example/p?a=b`, "GET h.example /p?a=b {} \"\""},
		{"without a scheme", `curl h.example`, "GET h.example / {} \"\""},
		{"quotes and line ends", "curl 'https://h.example/a b' \\\n  -H \"X-A: it's\" -H $'X-B: \\'\\u00e9\\x41\\n'", "GET h.example /a b {X-A: it's;X-B: 'éA} \"\""},
		{"short options together", `curl -sSkXPUT -d x=1 https://h.example/`, "PUT h.example / {Content-Type: application/x-www-form-urlencoded} \"x=1\""},
		{"data makes a POST", `curl https://h.example/ -d a=1 -d b=2`, "POST h.example / {Content-Type: application/x-www-form-urlencoded} \"a=1&b=2\""},
		{"data of a file loses its line ends", `curl https://h.example/ -d @f`, "POST h.example / {Content-Type: application/x-www-form-urlencoded} \"a=1b=2\""},
		{"binary data keeps them", `curl https://h.example/ --data-binary @f -H 'Content-Type: text/plain'`, "POST h.example / {Content-Type: text/plain} \"a=1\\r\\nb=2\\n\""},
		{"JSON", `curl https://h.example/ --json '{"a":1}'`, "POST h.example / {Content-Type: application/json} \"{\\\"a\\\":1}\""},
		{"JSON, then data", `curl https://h.example/ --json '{"a":1}' -d x=1`, "POST h.example / {Content-Type: application/json} \"{\\\"a\\\":1}&x=1\""}, // as curl 7.88 sends it
		{"data, then JSON", `curl https://h.example/ -d a=1 --json '{"b":2}'`, "POST h.example / {Content-Type: application/json} \"a=1{\\\"b\\\":2}\""},
		{"several URLs", `curl 'https://h.example/{a,b}'`, "error: the URL has {a,b}, of which curl makes several requests: give the one that was refused"},
		{"a range of URLs", `curl 'https://h.example/?page=[1-9:2]'`, "error: the URL has [1-9:2], of which curl makes several requests: give the one that was refused"},
		{"brackets that are themselves", `curl -sgX PUT 'https://h.example/?page=[1-9]&x={a,b}'`, "PUT h.example /?page=[1-9]&x={a,b} {} \"\""},
		{"an option behind -G", `curl -Gd a=1 https://h.example/`, "GET h.example /?a=1 {} \"\""},
		{"encoded", `curl https://h.example/ --data-urlencode 'a=b c'`, "POST h.example / {Content-Type: application/x-www-form-urlencoded} \"a=b+c\""}, // %20 until curl 7.76: curl/curl#6895
		{"data in the query", `curl -G https://h.example/p?x=1 -d a=1 --data-urlencode b=ü`, "GET h.example /p?x=1&a=1&b=%C3%BC {} \"\""},
		{"a user", `curl -u DI:sig https://h.example/`, "GET h.example / {Authorization: Basic REk6c2ln} \"\""},
		{"a user in the URL", `curl https://DI:sig@h.example/`, "GET h.example / {Authorization: Basic REk6c2ln} \"\""},
		{"another host", `curl https://127.0.0.1:8443/ -H 'Host: h.example'`, "GET h.example / {} \"\""},
		{"a header that is removed", `curl https://h.example/ -d a -H Content-Type:`, "POST h.example / {} \"a\""},
		{"a header twice", `curl https://h.example/ -H 'X: 1' -H 'X: 2'`, "GET h.example / {X: 1;X: 2} \"\""},
		{"dots are resolved", `curl https://h.example/a/./b/../c`, "GET h.example /a/c {} \"\""},
		{"dots are kept", `curl --path-as-is https://h.example/a/../c`, "GET h.example /a/../c {} \"\""},
		{"options with values", `curl -o /dev/null --max-time 5 -w '%{http_code}' https://h.example/`, "GET h.example / {} \"\""},
		{"a head", `curl -I https://h.example/`, "HEAD h.example / {} \"\""},
		{"a form of parts", `curl -F a=b https://h.example/`, "error: -F: multipart forms cannot be read from a curl line; give the raw request"},
		// What follows was sent by curl 7.88.1 to a server that printed it.
		{"a backslash outside quotes", `curl https://h.example/x\?a=1\&b=2 -H X-A:\ 1 -d 'it'\''s'`,
			"POST h.example /x?a=1&b=2 {Content-Type: application/x-www-form-urlencoded;X-A: 1} \"it's\""},
		{"a backslash in a value", `X=a\ b; Y='c'\''d'; curl -H "X-A: $X$Y" https://h.example/`, "GET h.example / {X-A: a bc'd} \"\""},
		{"a backslash before JSON's quotes", `curl -d \{\"a\":1\} https://h.example/`,
			"POST h.example / {Content-Type: application/x-www-form-urlencoded} \"{\\\"a\\\":1}\""},
		{"a here-document with backslashes", "V=7; curl -d @- https://h.example/ <<EOF\n{\"a\": \"\\$x \\\\ \\n $V\"}\nEOF",
			`POST h.example / {Content-Type: application/x-www-form-urlencoded} "{\"a\": \"$x \\ \\n 7\"}"`},
		{"a here-document with a quoted end", "V=7; curl -d @- https://h.example/ <<\\EOF\n{\"a\": \"\\$x $V\"}\nEOF",
			`POST h.example / {Content-Type: application/x-www-form-urlencoded} "{\"a\": \"\\$x $V\"}"`},
		{"parameters for the query", `curl 'https://h.example/p?x=1#f' --url-query 'a=b &c' --url-query +d=%20e`, "GET h.example /p?x=1&a=b+%26c&d=%20e {} \"\""},
		{"another target", `curl --request-target '/other?x=1' https://h.example/p`, "GET h.example /other?x=1 {} \"\""},
		{"an upload", `curl -T f 'https://h.example/up/?sig=a'`, "PUT h.example /up/f?sig=a {} \"a=1\\r\\nb=2\\n\""},
		{"a range and a cookie", `curl -r 0-9 -b 'a=1; b=2' https://h.example/`, "GET h.example / {Cookie: a=1; b=2;Range: bytes=0-9} \"\""},
		{"headers in place of options", `curl -H 'Cookie: q=1' -b a=1 -A x -H 'User-Agent:' --oauth2-bearer t -H 'Authorization: u' https://h.example/`,
			"GET h.example / {Authorization: u;Cookie: q=1} \"\""},
		{"rare options with values", `curl --proxy-cert-type PEM --quote x --tlsuser u https://h.example/p`, "GET h.example /p {} \"\""},
		{"a user for digests", `curl --digest -u a:b https://h.example/`, "GET h.example / {} \"\""},
		{"a signature of curl's own", `curl --aws-sigv4 aws:amz:eu-west-1:ec2 -u AK:SK https://h.example/`,
			"error: --aws-sigv4: curl signs the request itself, so the line does not show the signature; give what curl -v prints"},
		{"an open quote", `curl 'https://h.example/`, "error: a quote is not closed"},
		{"no URL", `curl -s`, "error: the curl line has no URL"},
		{"a file that is none", `curl -d @g https://h.example/`, "error: no such file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := curlOf(tt.line, nil, files)
			if got := shown(s, err); got != tt.want {
				t.Errorf("%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func shown(s *Request, err error) string {
	if err != nil {
		return "error: " + err.Error()
	}
	var headers []string
	for _, name := range sortedNames(s.Header) {
		for _, v := range s.Header[name] {
			headers = append(headers, name+": "+v)
		}
	}
	return fmt.Sprintf("%s %s %s {%s} %q", s.Method, s.Host, s.Target, strings.Join(headers, ";"), s.Body)
}

func sortedNames(h map[string][]string) []string {
	var names []string
	for n := range h {
		names = append(names, n)
	}
	for i := range names {
		for j := i + 1; j < len(names); j++ {
			if names[j] < names[i] {
				names[i], names[j] = names[j], names[i]
			}
		}
	}
	return names
}

func TestRawRequestsAreRead(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"CR LF", "POST /a?b HTTP/1.1\r\nHost: h\r\nX: 1\r\n 2\r\n\r\nbody", "POST h /a?b {X: 1 2} \"body\""},
		{"LF, and an editor's last line end", "POST / HTTP/1.1\nHost: h\nContent-Length: 4\n\nbody\n", "POST h / {Content-Length: 4} \"body\""},
		{"LF for CR LF", "POST / HTTP/1.1\nHost: h\nContent-Length: 7\n\na\nb\nc\n", "POST h / {Content-Length: 7} \"a\\r\\nb\\r\\nc\""},
		{"CR LF for LF", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\na\r\nb\r\nc\r\n", "POST h / {Content-Length: 6} \"a\\nb\\nc\\n\""},
		{"another length", "POST / HTTP/1.1\nHost: h\nContent-Length: 9\n\nbo\ndy\n", "POST h / {Content-Length: 9} \"bo\\ndy\\n\""},
		{"a line end, and no length", "POST / HTTP/1.1\nHost: h\n\nbo\ndy\n", "POST h / {} \"bo\\ndy\""},
		{"no body, but a line end", "GET / HTTP/1.1\nHost: h\n\n\n", "GET h / {} \"\""},
		{"chunks", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbod\r\n1\r\ny\r\n0\r\n\r\n", "POST h / {Transfer-Encoding: chunked} \"body\""},
		{"a whole URL", "GET https://h.example/a HTTP/1.1\r\n\r\n", "GET h.example /a {} \"\""},
		{"HTTP/2", "GET /a HTTP/2\n:authority: h.example\nx: 1\n\n", "GET h.example /a {X: 1} \"\""},
		{"nothing", "\r\n", "error: it is empty"},
		{"no request line", "hello\n\n", "error: the first line is not a request line such as GET /path HTTP/1.1"},
		{"no colon", "GET / HTTP/1.1\nnonsense\n\n", "error: a header line has no colon"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := parseRaw([]byte(tt.text))
			if got := shown(s, err); got != tt.want {
				t.Errorf("%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestAnswersAreRead(t *testing.T) {
	tests := []struct {
		name, text string
		status     int
		body       string
	}{
		{"as curl -i prints it", "HTTP/2 401 \r\ndate: Tue, 03 Mar 2015 19:29:43 GMT\r\n\r\n{}", 401, "{}"},
		{"after a proxy's", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 403 No\r\n\r\nx", 403, "x"},
		{"an object", `{"status":400,"headers":{"A":"b"},"body":"x"}`, 400, "x"},
		{"an object whose body is JSON", `{"status":400,"body":{"error":"x"}}`, 400, `{"error":"x"}`},
		{"Duo's body", `{"code":40103,"stat":"FAIL"}`, 401, `{"code":40103,"stat":"FAIL"}`},
		{"Darktrace's body", `{"error":"API DATE ERROR"}`, 400, `{"error":"API DATE ERROR"}`},
		{"Cortex's body", `{"reply":{"err_code":402}}`, 402, `{"reply":{"err_code":402}}`},
		{"a status", "403\n", 403, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := Response([]byte(tt.text))
			if err != nil || r.Status != tt.status || string(r.Body) != tt.body {
				t.Errorf("%+v %v", r, err)
			}
		})
	}
}

func TestHAREntriesAreRead(t *testing.T) {
	entry := func(url, header string) string {
		return `{"startedDateTime":"2026-01-02T03:04:05.678Z","request":{"method":"POST","url":"` + url + `","headers":[{"name":"` + header + `","value":"v"},{"name":"Host","value":"h"}],"postData":{"text":"body"}},"response":{"status":401,"headers":[{"name":"date","value":"d"}],"content":{"text":"e30=","encoding":"base64"}}}`
	}
	owned := []string{"Dtapi-*"}
	log := `{"log":{"entries":[` + entry("https://h/1", "X") + "," + entry("https://h/2", "dtapi-token") + `]}}`
	s, r, started, err := HAR([]byte(log), 0, owned)
	if got, want := shown(s, err), `POST h /2 {Dtapi-Token: v} "body"`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if r.Status != 401 || string(r.Body) != "{}" || r.Header.Get("Date") != "d" || !started.Equal(time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)) {
		t.Errorf("%+v %v", r, started)
	}
	s, _, _, err = HAR([]byte(log), 1, owned)
	if got, want := shown(s, err), `POST h /1 {X: v} "body"`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if s, _, _, err = HAR([]byte(entry("https://h/3", "X")), 0, owned); err != nil || s.Target != "/3" {
		t.Error(s, err)
	}
	for text, want := range map[string]string{
		`{"log":{"entries":[` + entry("https://h/1", "X") + "," + entry("https://h/2", "X") + `]}}`:                   "no entry has the vendor's headers; choose one with --entry",
		`{"log":{"entries":[` + entry("https://h/1", "Dtapi-Date") + "," + entry("https://h/2", "Dtapi-Date") + `]}}`: "several entries have the vendor's headers; choose one with --entry: 1, 2",
		"no": "it is not a HAR file or an entry of one",
	} {
		if _, _, _, err := HAR([]byte(text), 0, owned); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
