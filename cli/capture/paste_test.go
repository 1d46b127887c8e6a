package capture

import (
	"errors"
	"strings"
	"testing"
)

// pasteFiles are the files that pasted lines name.
func pasteFiles(name string) ([]byte, error) {
	if name == "body.json" {
		return []byte("{\"a\": 1}\n"), nil
	}
	return nil, errors.New("no such file")
}

// What is pasted is read as it was sent: values that the text does not show are named.
func TestPastedRequestsAreRead(t *testing.T) {
	const want = "GET h.example /x?a=1 {Authorization: Basic abc;Date: d} \"\""
	tests := []struct{ name, text, want, unknown string }{
		{"a prompt", "$ curl 'https://h.example/x?a=1' -H 'Date: d' -H 'Authorization: Basic abc'", want, ""},
		{"a prompt with names, and its continuation", "me@box:~/work$ curl 'https://h.example/x?a=1' \\\n> -H 'Date: d' \\\n> -H 'Authorization: Basic abc'\n{\"code\":40103}\n", want, ""},
		{"root's prompt", "# curl 'https://h.example/x?a=1' -H 'Date: d' -H 'Authorization: Basic abc'", want, ""},
		{"Windows' prompt", `C:\Users\me>curl "https://h.example/x?a=1" -H "Date: d" -H "Authorization: Basic abc"`, want, ""},
		{"bash -x", "+ curl 'https://h.example/x?a=1' -H 'Date: d' -H 'Authorization: Basic abc'", want, ""},
		{"a quote of a mail", "> curl 'https://h.example/x?a=1' \\\n>   -H 'Date: d' \\\n>   -H 'Authorization: Basic abc'", want, ""},
		{"marks of two quotes", "> > curl 'https://h.example/x?a=1' \\\n>>   -H 'Date: d' \\\n> >   -H 'Authorization: Basic abc'", want, ""},
		{"backslashes that a page lost", "curl 'https://h.example/x?a=1'\n -H 'Date: d'\n --header 'Authorization: Basic abc'", want, ""},
		{"line ends that are CR", "curl 'https://h.example/x?a=1' \\\r -H 'Date: d' \\\r -H 'Authorization: Basic abc'\r", want, ""},
		{"blanks of no width around it", "\u200bcurl 'https://h.example/x?a=1' -H 'Date: d' -H 'Authorization: Basic abc'\u200b", want, ""},
		{"a request in a fence", "```http\nGET /x?a=1 HTTP/1.1\nHost: h.example\nDate: d\nAuthorization: Basic abc\n```\n", want, ""},
		{"a request that is indented", "  GET /x?a=1 HTTP/1.1\n  Host: h.example\n  Date: d\n  Authorization: Basic abc\n", want, ""},
		{"a request that Go printed", `"GET /x?a=1 HTTP/1.1\r\nHost: h.example\r\nDate: d\r\nAuthorization: Basic abc\r\n\r\n"`, want, ""},
		{"an answer behind it", "GET /x?a=1 HTTP/2\nHost: h.example\nDate: d\nAuthorization: Basic abc\n\n\n\nHTTP/2 401 Unauthorized\nX: y\n\n{}\n", want, ""},
		{"Postman's raw log", "GET /x?a=1 HTTP/1.1\nDate: d\nAuthorization: Basic abc\nHost: h.example\n \nHTTP/1.1 401 Unauthorized\nX: y\n \n{}\n", want, ""},
		{"a log of Python's http.client", "send: b'GET /x?a=1 HTTP/1.1\\r\\nHost: h.example\\r\\nDate: d\\r\\nAuthorization: Basic abc\\r\\n\\r\\n'\nreply: 'HTTP/1.1 401 Unauthorized\\r\\n'\nheader: Date: x", want, ""},
		{"its body apart", "send: b'POST / HTTP/1.1\\r\\nHost: h.example\\r\\nContent-Length: 3\\r\\n\\r\\n'\nsend: b'a\\xc3\\xa4'\nreply: ''", "POST h.example / {Content-Length: 3} \"aä\"", ""},
		{"a log of Ruby's Net::HTTP", "opened\n<- \"GET /x?a=1 HTTP/1.1\\r\\nDate: d\\r\\nAuthorization: Basic abc\\r\\nHost: h.example\\r\\n\\r\\n\"\n-> \"HTTP/1.1 401 Unauthorized\\r\\n\"", want, ""},
		{"Apache's wire log", "12:01 DEBUG wire - http-0 >> \"GET /x?a=1 HTTP/1.1[\\r][\\n]\"\n12:01 DEBUG wire - http-0 >> \"Host: h.example[\\r][\\n]\"\n12:01 DEBUG wire - http-0 >> \"Date: d[\\r][\\n]\"\n12:02 DEBUG wire - http-0 >> \"Authorization: Basic abc[\\r][\\n]\"\n12:02 DEBUG wire - http-0 >> \"[\\r][\\n]\"\n12:03 DEBUG wire - http-0 << \"HTTP/1.1 401[\\r][\\n]\"", want, ""},
		{"curl --trace-ascii", "== Info: x\n=> Send header, 99 bytes (0x63)\n0000: GET /x?a=1 HTTP/1.1\n0015: Host: h.example\n0026: Date: d\n00bf: Authorization: Basic abc\n00f0: \n<= Recv header, 26 bytes (0x1a)\n0000: HTTP/1.1 401\n", want, ""},
		{"wget's debug output", "---request begin---\nGET /x?a=1 HTTP/1.1\nHost: h.example\nDate: d\nAuthorization: Basic abc\n\n---request end---\nHTTP request sent", want, ""},
		{"a page's text around it", "Hi, I get a 401 for:\n\n```\nGET /x?a=1 HTTP/1.1\nHost: h.example\nDate: d\nAuthorization: Basic abc\n```\n\nAny idea?", want, ""},
		{"a page's text without a fence", "This is sent:\nGET /x?a=1 HTTP/1.1\nHost: h.example\nDate: d\nAuthorization: Basic abc\n\nAny idea: thanks", want, ""},
		{"a page's text behind an object", "PUT / HTTP/1.1\nHost: h.example\n\n{\"a\":\n\n1}\n\nWhy is it refused? {}", "PUT h.example / {} \"{\\\"a\\\":\\n\\n1}\"", ""},
		{"a page's text around a form", "I get a 401 for\n\nPOST / HTTP/1.1\nHost: h.example\nContent-Type: application/x-www-form-urlencoded\n\na=1&b=2\n\nWhy?",
			"POST h.example / {Content-Type: application/x-www-form-urlencoded} \"a=1&b=2\"", ""},
		{"lines of JSON", "PUT / HTTP/1.1\nHost: h.example\n\n{}\n{}\n\nx", "PUT h.example / {} \"{}\\n{}\\n\\nx\"", ""},
		{"a text with an empty line", "PUT / HTTP/1.1\nHost: h.example\n\na\n\nb", "PUT h.example / {} \"a\\n\\nb\"", ""},
		{"Wireshark's tree", "Hypertext Transfer Protocol\n    GET /x?a=1 HTTP/1.1\\r\\n\n    Host: h.example\\r\\n\n    Date: d\\r\\n\n    Authorization: Basic abc\\r\\n\n    \\r\\n\n", want, ""},
		{"Wireshark's tree with its notes", "Hypertext Transfer Protocol\n    GET /x?a=1 HTTP/1.1\\r\\n\n        [Expert Info (Chat/Sequence): GET /x?a=1 HTTP/1.1\\r\\n]\n        Request Method: GET\n        Request URI: /x?a=1\n    Host: h.example\\r\\n\n    Date: d\\r\\n\n    Authorization: Basic abc\\r\\n\n    \\r\\n\n    [Full request URI: http://h.example/x?a=1]\n", want, ""},
		{"HTTP/2 in brackets", "[:method: GET]\n[:path: /x?a=1]\n[:scheme: https]\n[:authority: h.example]\n[date: d]\n[authorization: Basic abc]\n", want, ""},
		{"nghttp", "[  0.121] send HEADERS frame <length=210, flags=0x25, stream_id=13>\n          ; END_STREAM | END_HEADERS\n          (padlen=0, dep_stream_id=11)\n          ; Open new stream\n          :method: GET\n          :path: /x?a=1\n          :scheme: https\n          :authority: h.example\n          date: d\n          authorization: Basic abc\n[  0.200] recv HEADERS frame\n          :status: 401\n", want, ""},
		{"Envoy", "[2026-06-03 09:26:53.123][15][debug][http] [C0][S1] request headers complete (end_stream=true):\n':authority', 'h.example'\n':path', '/x?a=1'\n':method', 'GET'\n'date', 'd'\n'authorization', 'Basic abc'\n\n[2026-06-03 09:26:54] [debug] encoding headers:\n':status', '401'\n", want, ""},
		{"nginx", "2026/06/03 09:26:53 [debug] 12#12: *1 http request line: \"GET /x?a=1 HTTP/1.1\"\n2026/06/03 09:26:53 [debug] 12#12: *1 http uri: \"/x\"\n2026/06/03 09:26:53 [debug] 12#12: *1 http header: \"Host: h.example\"\n2026/06/03 09:26:53 [debug] 12#12: *1 http header: \"Date: d\"\n2026/06/03 09:26:53 [debug] 12#12: *1 http header: \"Authorization: Basic abc\"\n2026/06/03 09:26:53 [debug] 12#12: *1 http header done\n", want, ""},
		{"what nginx sends", "2026/06/03 09:26:53 [debug] 12#12: *1 http proxy header:\n\"GET /x?a=1 HTTP/1.0\r\nHost: h.example\r\nDate: d\r\nAuthorization: Basic abc\r\n\r\n\"\n2026/06/03 09:26:53 [debug] 12#12: *1 x\n", want, ""},
		{"mitmproxy", "2026-06-03 09:26:53 GET https://h.example/x?a=1 HTTP/1.1\n    Date: d\n    Authorization: Basic abc\n", want, ""},
		{"mitmdump", "[09:26:53.123][127.0.0.1:51234] client connect\n127.0.0.1:51234: GET https://h.example/x?a=1\n    Date: d\n    Authorization: Basic abc\n\n << 401 Unauthorized 80b\n    Server: x\n", want, ""},
		{"OkHttp on Android", "D/OkHttp: --> GET https://h.example/x?a=1\nD/OkHttp: Date: d\nD/OkHttp: Authorization: Basic abc\nD/OkHttp: --> END GET\nD/OkHttp: <-- 401 https://h.example/x", want, ""},
		{"OkHttp with a body", "--> POST https://h.example/ http/1.1\nContent-Type: x\n\n{\"a\":\n 1}\n--> END POST (9-byte body)", "POST h.example / {Content-Type: x} \"{\\\"a\\\":\\n 1}\"", ""},
		{".NET's HttpRequestMessage", "Method: GET, RequestUri: 'https://h.example/x?a=1', Version: 1.1, Content: <null>, Headers:\n{\n  Date: d\n  Authorization: Basic abc\n}", want, ""},
		{"Go's %+v", "&{Method:GET URL:https://h.example/x?a=1 Proto:HTTP/1.1 ProtoMajor:1 Header:map[Authorization:[Basic abc] Date:[d]] Body:<nil> GetBody:<nil> Host:h.example Form:map[]}", want, ""},
		{"a browser's tools", "Request URL: https://h.example/x?a=1\nRequest Method: GET\nStatus Code: 401\n:authority: h.example\n:path: /x?a=1\ndate: d\nauthorization: Basic abc", want, ""},
		{"a browser's tools on two lines", "Request URL\nhttps://h.example/x?a=1\nRequest Method\nGET\nResponse Headers\ndate\nother\nRequest Headers\nauthorization\nBasic abc\ndate\nd\n", want, ""},
		{"a file of requests", "@host = x\n### users\nGET https://h.example/x\n    ?a=1\nDate: d\nAuthorization: Basic abc\n\n###\nGET https://h.example/other\n", want, ""},
		{"Postman's console", "GET https://h.example/x?a=1\n401\n120 ms\nRequest Headers\nDate: d\nAuthorization: Basic abc\nResponse Headers\nDate: other\nResponse Body\n{}", want, ""},
		{"an object of a logger", `{"url": "https://h.example/x?a=1", "method": "get", "headers": {"Date": "d", "Authorization": ["Basic abc"], "n": 1}, "body": null}`, want, ""},
		{"an answer that the body is", "POST / HTTP/1.1\nHost: h.example\nContent-Length: 16\n\nx\n\nHTTP/1.1 200\n\n", "POST h.example / {Content-Length: 16} \"x\\n\\nHTTP/1.1 200\\n\"", ""},
		{"a page's fence", "```bash\ncurl 'https://h.example/x?a=1' -H 'Date: d' -H 'Authorization: Basic abc'\n```", want, ""},
		{"typographic quotes and dashes", "curl \u201chttps://h.example/x?a=1\u201d \u2013H \u201cDate: d\u201d \u2013\u2013header \u201cAuthorization: Basic abc\u201d", want, ""},
		{"HTML's entities", "curl &quot;https://h.example/x?a=1&quot; -H &quot;Date: d&quot; -H &quot;Authorization: Basic abc&quot;", want, ""},
		{"blanks after the backslash", "curl 'https://h.example/x?a=1' \\ \n -H 'Date: d' \\\t\n -H 'Authorization: Basic abc'", want, ""},
		{"a browser's line for cmd", "curl ^\"https://h.example/x?a=1^\" ^\n  -H ^\"Date: d^\" ^\n  -H ^\"Authorization: Basic abc^\"", want, ""},
		{"carets at the ends of lines", "curl \"https://h.example/x?a=1\" ^\r\n  -H \"Date: d\" ^\r\n  -H \"Authorization: Basic abc\"", want, ""},
		{"cmd's escapes", "curl ^\"https://h.example/x?q=a^%^20b^&c=d^\" -H ^\"Authorization: x^\" --data-raw ^\"^{^\\^\"a^\\^\":1^}^\"",
			"POST h.example /x?q=a%20b&c=d {Authorization: x;Content-Type: application/x-www-form-urlencoded} \"{\\\"a\\\":1}\"", ""},
		{"a browser's escapes for cmd", "curl ^\"https://h.example/x?q=J^%^C3^%^B6rg^%^20K^\" -H ^\"Authorization: x^\"",
			"GET h.example /x?q=J%C3%B6rg%20K {Authorization: x} \"\"", ""},
		{"escapes in cmd's quotes", "curl ^\n \"https://h.example/x?q=%C3%BCber%20K\" -H \"Authorization: x\"",
			"GET h.example /x?q=%C3%BCber%20K {Authorization: x} \"\"", ""},
		{"cmd's variables", "curl ^\n -H \"Authorization: %AUTH%\" https://h.example/a%20b", "GET h.example /a%20b {Authorization: %AUTH%} \"\"", "%AUTH% Authorization"},
		{"PowerShell's quotes", "curl.exe 'https://h.example/x?a=1&b=it''s' `\n  -H \"X-A: `\"q`\" `$x\" `\r\n  -d '{\\\"a\\\": \\\"b c\\\"}'\n",
			"POST h.example /x?a=1&b=it's {Content-Type: application/x-www-form-urlencoded;X-A: \"q\" $x} \"{\\\"a\\\": \\\"b c\\\"}\"", ""},
		{"PowerShell's prompt", "PS C:\\Users\\me> curl.exe \"https://h.example/x\" -H \"X-A: $env:KEY\" -d \"{\\`\"a\\`\":1}\"",
			"POST h.example /x {Content-Type: application/x-www-form-urlencoded;X-A: $env:KEY} \"{\\\"a\\\":1}\"", "$env X-A"},
		{"a command in backticks at the end of a line", "D=`printf d`\ncurl 'https://h.example/x?a=1' -H \"Date: $D\" -H 'Authorization: Basic abc'", want, ""},
		{"a pipe and a comment", "# the users\ncurl -s 'https://h.example/x?a=1' -H 'Date: d' -H 'Authorization: Basic abc' 2>/dev/null | jq . # pretty", want, ""},
		{"variables that the script sets", "export H=h.example\nD=d\ncurl \"https://$H/x?a=1\" -H \"Date: ${D}\" -H \"Authorization: Basic abc\"", want, ""},
		{"an array of options", "H=(-H 'Date: d')\nH+=(-H 'Authorization: Basic abc')\nr=$(curl -s \"${H[@]}\" 'https://h.example/x?a=1')\necho \"$r\"", want, ""},
		{"Base64 in the shell", "curl 'https://h.example/x?a=1' -H 'Date: d' -H \"Authorization: Basic $(printf '%s' i:s | base64)\"", "GET h.example /x?a=1 {Authorization: Basic aTpz;Date: d} \"\"", ""},
		{"echo without -n", "curl https://h.example/ -H \"X-Auth: $(echo i:s | base64 -w0)\"", "GET h.example / {X-Auth: aTpzCg==} \"\"", ""},
		{"variables and commands that are not known", "curl -H \"Date: $(date -R)\" -u \"$IKEY:$SIG\" https://h.example/x", "GET h.example /x {Authorization: Basic JElLRVk6JFNJRw==;Date: $(date -R)} \"\"", "$IKEY Authorization, $SIG Authorization, $(date -R) Date"},
		{"single quotes keep a variable", "curl -H 'Date: $D' https://h.example/x", "GET h.example /x {Date: $D} \"\"", ""},
		{"a header that is a variable", "curl -H \"$AUTH\" https://h.example/x", "GET h.example /x {} \"\"", "$AUTH header"},
		{"a host that is a variable", "curl https://$HOST/x", "GET $HOST /x {} \"\"", "$HOST Host, $HOST URL"},
		{"a body from a command", "curl https://h.example/ -d \"$(jq -n '{a: 1}')\"", "POST h.example / {Content-Type: application/x-www-form-urlencoded} \"$(jq -n '{a: 1}')\"", "$(jq -n '{a: 1}') body"},
		{"a body from a pipe", "echo '{\"a\": 1}' | curl https://h.example/ -d @-", "POST h.example / {Content-Type: application/x-www-form-urlencoded} \"{\\\"a\\\": 1}\"", ""},
		{"a body from a file", "curl https://h.example/ --data-binary @body.json", "POST h.example / {Content-Type: application/x-www-form-urlencoded} \"{\\\"a\\\": 1}\\n\"", ""},
		{"a body here", "curl https://h.example/ --data-binary @- <<'EOF'\n{\"a\": $b}\nEOF\n", "POST h.example / {Content-Type: application/x-www-form-urlencoded} \"{\\\"a\\\": $b}\\n\"", ""},
		{"a body here with a variable", "curl https://h.example/ -d \"$(cat <<EOF\n{\"a\": $b}\nEOF\n)\"", "POST h.example / {Content-Type: application/x-www-form-urlencoded} \"{\\\"a\\\": $b}\"", "$b body"},
		{"an unknown standard input", "jq -n 1 | curl https://h.example/ -d @-", "POST h.example / {Content-Type: application/x-www-form-urlencoded} \"standard input\"", "standard input body"},
		{"in a loop", "for p in 1 2; do curl -H 'Authorization: Basic abc' \"https://h.example/x?page=$p\"; done", "GET h.example /x?page=$p {Authorization: Basic abc} \"\"", "$p URL"},
		{"sudo", "sudo curl -k 'https://h.example/x?a=1' -H 'Date: d' -H 'Authorization: Basic abc'", want, ""},
		{"the one with the vendor's headers", "curl https://h.example/login -d a=b\ncurl 'https://h.example/x?a=1' -H 'Date: d' -H 'Authorization: Basic abc'", want, ""},
		{"an & without quotes", "curl -H 'Date: d' -H 'Authorization: Basic abc' https://h.example/x?a=1&b=2", want, ""},
		{"HTTP as text", "GET /x?a=1 HTTP/1.1\r\nHost: h.example\r\nDate: d\r\nAuthorization: Basic abc\r\n\r\n", want, ""},
		{"HTTP/2", ":method: GET\n:authority: h.example\n:scheme: https\n:path: /x?a=1\ndate: d\nauthorization: Basic abc\n", want, ""},
		{"HTTP/2 as a browser copies it", ":authority\nh.example\n:method\nGET\n:path\n/x?a=1\n:scheme\nhttps\nauthorization\nBasic abc\ndate\nd\n", want, ""},
		{"HTTP/2 with colons behind the names", ":authority:\nh.example\n:method:\nGET\n:path:\n/x?a=1\n:scheme:\nhttps\nauthorization:\nBasic abc\ndate:\nd\n", want, ""},
		{"curl -v", "*   Trying 192.0.2.1:443...\n> GET /x?a=1 HTTP/1.1\n> Host: h.example\n> Date: d\n> Authorization: Basic abc\n> \n< HTTP/1.1 401 Unauthorized\n< \n", want, ""},
		{"curl -v after its line", "$ curl -v https://h.example/x?a=1\n> GET /x?a=1 HTTP/2\n> Host: h.example\n> Date: d\n> Authorization: Basic abc\n>\n", want, ""},
		{"curl -v with a body", "$ curl -v -d a=b https://h.example/\n* Connected\n> POST / HTTP/1.1\n> Host: h.example\n> Content-Length: 3\n>\n* upload completely sent off\n", "POST h.example / {Content-Length: 3} \"a=b\"", ""},
		{"HTTP/2's frames of curl -v alone", "* [HTTP/2] [1] OPENED stream\n* [HTTP/2] [1] [:method: GET]\n* [HTTP/2] [1] [:path: /x?a=1]\n* [HTTP/2] [1] [:authority: h.example]\n* [HTTP/2] [1] [date: d]\n* [HTTP/2] [1] [authorization: Basic abc]\n", want, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _, err := Paste("--curl", tt.text, Signature{Headers: []string{"Authorization"}}, pasteFiles)
			if got := shown(s, err); got != tt.want {
				t.Fatalf("%s\nwant\n%s", got, tt.want)
			}
			var unknown []string
			for _, u := range s.Unexpanded {
				unknown = append(unknown, u.Text+" "+u.Place)
			}
			if got := strings.Join(unknown, ", "); got != tt.unknown {
				t.Errorf("unknown %s, want %s", got, tt.unknown)
			}
		})
	}
}

// What is no request in a form that is taken is named, with what to give in its place.
func TestOtherFormsAreNamed(t *testing.T) {
	for text, want := range map[string]string{
		"Invoke-RestMethod -Uri https://h.example -Headers @{Date='d'}":                                               "this is PowerShell",
		"$h = @{ Authorization = 'x' }\ncurl -Uri https://h.example -Headers $h":                                      "this is PowerShell",
		"curl -Uri https://h.example -Headers @{'Date'='x'}":                                                          "this is PowerShell",
		"http GET https://h.example/x Authorization:'Basic x'":                                                        "this is a command of HTTPie",
		"https h.example/x Authorization:x":                                                                           "this is a command of HTTPie",
		"await fetch(\"https://h.example/x\", {\"headers\": {}})":                                                     "this is a call of fetch",
		"axios.get('https://h.example', {headers: {}})":                                                               "this is JavaScript",
		"import requests\nrequests.get('https://h.example')":                                                          "this is Python",
		"r = requests.post(url, headers=h, data=b)":                                                                   "this is Python",
		"send: b'{\"a\":1}'\nreply: 'HTTP/1.1 401'":                                                                   "this is a log of Python's http.client",
		"wget --header='Date: d' https://h.example":                                                                   "this is a command of wget",
		"var client = new HttpClient();":                                                                              "this is C# or .NET code",
		"req, _ := http.NewRequest(\"GET\", u, nil)":                                                                  "this is Go code",
		"$ch = curl_init($url);":                                                                                      "this is PHP code",
		"{\"info\": {\"_postman_id\": \"1\"}}":                                                                        "this is a collection of Postman",
		"{\"signer\": \"duo\", \"request\": {\"headers\": {}}}":                                                       "this is a line for diagnose",
		"{\"log\": {\"entries\": [{\"request\": {\"headers\": []}}]}}":                                                "this is a HAR file",
		"{\"_type\": \"export\", \"__export_format\": 4, \"resources\": [{\"headers\": [], \"_type\": \"request\"}]}": "this is an export of Insomnia",
		"meta {\n  name: users\n}\n\nget {\n  url: https://h.example\n}\n":                                            "this is a request of Bruno",
		"<?xml version=\"1.0\"?>\n<items burpVersion=\"2024.1\">\n</items>":                                           "this is an export of Burp",
		"DEBUG:urllib3.connectionpool:https://h.example:443 \"GET /x HTTP/1.1\" 401 83":                               "this is a log of urllib3",
		"{\"logger\": \"http.log.access\", \"request\": {\"method\": \"GET\", \"headers\": {}}}":                      "this is an access log",
		"{\"RequestMethod\": \"GET\", \"RequestPath\": \"/x\"}":                                                       "this is an access log",
		"10.0.0.1 - - [17/Jun/2026:13:24:35 +0000] \"GET /x HTTP/1.1\" 401 83":                                        "this is an access log",
		"GET /x HTTP/1.1": "the request has no headers",
		"paste_test.go":   "this is the name of a file",
		"hello":           "this is not a curl command",
		" \n":             "it is empty",
		"curl https://h.example/x?a=1&b=2 -H 'Date: d'": "the URL is not in quotes",
	} {
		for _, flag := range []string{"--curl", "--raw"} {
			_, _, err := Paste(flag, text, Signature{}, pasteFiles)
			if flag == "--raw" && text == "hello" {
				want = "the first line is not a request line"
			}
			switch {
			case err == nil || !strings.HasPrefix(err.Error(), want):
				t.Errorf("%s %q: %v, want %s", flag, text, err, want)
			case !strings.Contains(err.Error(), "--har") && !strings.Contains(want, "in quotes") && !strings.Contains(want, "no headers"):
				t.Errorf("%s %q: %v does not name the forms", flag, text, err)
			}
		}
	}
}

// A client's own words of an answer hold status, code or message.
func TestPrintedAnswersAreRead(t *testing.T) {
	tests := []struct {
		text   string
		status int
		body   string
	}{
		{"403 Forbidden", 403, ""}, {"HTTP 403", 403, ""}, {"HTTP Error 401: Unauthorized", 401, ""}, {"Received 403 Access forbidden", 403, ""}, {"40301 ; Access forbidden", 403, ""},
		{`Error: 401 - {"code": 42901, "message": "Too Many Requests", "stat": "FAIL"}`, 401, `{"code": 42901, "message": "Too Many Requests", "stat": "FAIL"}`},
		{"401 Client Error: Unauthorized for url: https://h.example/x", 401, ""},
		{"Invoke-RestMethod : The remote server returned an error: (401) Unauthorized.", 401, ""},
		{"Response status code does not indicate success: 403 (Forbidden).", 403, ""},
		{"Request failed with status code 429", 429, ""},
		{"java.io.IOException: Server returned HTTP response code: 401 for URL: https://h.example", 401, ""},
		{"RuntimeError: Received 401 Invalid signature in request credentials", 401, ""},
		{"{'code': 40103, 'message': 'Invalid signature in request credentials', 'stat': 'FAIL'}", 401, `{"code": 40103, "message": "Invalid signature in request credentials", "stat": "FAIL"}`},
		{`body: "{\"code\": 40105, \"stat\": \"FAIL\"}"`, 401, `{"code": 40105, "stat": "FAIL"}`},
		{"Invalid signature in request credentials", 401, ""}, {"API SIGNATURE ERROR", 400, ""}, {"Access forbidden", 403, ""}, {"Too Many Requests", 429, ""},
		{"* Connected\n< HTTP/2 401 \n< date: d\n< \n{\"code\": 40103}\n* left intact", 401, "{\"code\": 40103}"},
		{"<html><title>Access Denied</title></html>", 403, ""}, {"<!DOCTYPE html><title>Log in</title>", 200, ""},
		{"hello", 0, ""},
	}
	for _, tt := range tests {
		r, err := Response([]byte(tt.text))
		if tt.status == 0 {
			if err == nil || !strings.Contains(err.Error(), answerForms) {
				t.Errorf("%q: %v", tt.text, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", tt.text, err)
			continue
		}
		body := tt.body
		if body == "" {
			body = tt.text
		}
		if r.Status != tt.status || string(r.Body) != body {
			t.Errorf("%q: %d %s", tt.text, r.Status, r.Body)
		}
	}
}
