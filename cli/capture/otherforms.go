package capture

import "regexp"

// otherForm is something that people paste and that is not read.
type otherForm struct {
	name   string
	looks  *regexp.Regexp
	advice string // how to get a form that is read
}

var powerShell = regexp.MustCompile(`(?im)\b(invoke-(restmethod|webrequest)|new-object|convertto-(json|securestring))\b|^\s*(irm|iwr)\s` +
	`|-headers\s+(@\{|\$)|^\s*\$[\w:]+\s*=|\[(system\.)?(convert|text\.encoding|bitconverter)\]::|\bcurl(\.exe)?\s[^|]*-uri\b`)

const logAndGive = "log method, URL, headers and body of what is sent, and give them with --raw"

// otherForms are tried in this order.
var otherForms = []otherForm{
	{"PHP code", regexp.MustCompile(`\bcurl_(init|setopt|exec)\b|<\?php`), "set CURLOPT_VERBOSE, and give what it prints with --raw"},
	{"PowerShell", powerShell, "write the same request as a curl line with the values that were sent, " +
		"or send it through a proxy that records it, and give the proxy's HAR file"},
	{"a log of Python's http.client", regexp.MustCompile(`(?m)^\s*send: b?["']`),
		"print the text inside of send: b'...' with its line ends, and give it with --raw"},
	{"Java code", regexp.MustCompile(`\bHttpURLConnection\b|\bHttpRequest\.newBuilder\b|\bOkHttpClient\b`), logAndGive},
	{"Python", regexp.MustCompile(`(?m)\b(requests|httpx|session|client|aiohttp|http)\.(get|post|put|patch|delete|request|Request)\(` +
		`|^\s*(import|from)\s+[\w.]+(\s+import\b.*|\s+as\b.*|,.*)?\s*$|\bhttp\.client\b|\burllib\b|\bduo_client\.|requests\.Session\(`),
		"print method, URL, headers and body of response.request and give them with --raw, or convert the prepared request to a curl line " +
			"(curlify)"},
	{"a call of fetch", regexp.MustCompile(`\bfetch\s*\(`), `choose "Copy as cURL" in place of "Copy as fetch"`},
	{"JavaScript", regexp.MustCompile(`\baxios\b|\bXMLHttpRequest\b|\bhttps?\.request\s*\(|\brequire\s*\(|` +
		`\bpm\.(request|sendRequest)\b|\$\.ajax\b`), logAndGive},
	{"a command of HTTPie", regexp.MustCompile(`(?m)^\s*(\$\s+)?(https?|xh|xhs)\s+(-\S+\s+|--\S+\s+)*` +
		`((GET|POST|PUT|PATCH|DELETE|HEAD)\s|https?://|:/|\S+\.\S+/?\S*(\s|$))`),
		"run it with --offline, which prints the request, and give that with --raw"},
	{"a command of wget", regexp.MustCompile(`(?m)^\s*(\$\s+)?wget\s`),
		"run it with --debug and give the request that it prints with --raw, or write it as a curl line"},
	{"C# or .NET code", regexp.MustCompile(`\bHttp(Client|RequestMessage)\b|\bWebRequest\.Create\b|\bRestClient\b|\bnew RestRequest\b`),
		logAndGive},
	{"Go code", regexp.MustCompile(`\bhttp\.NewRequest|\bhttputil\.Dump`),
		"print httputil.DumpRequestOut of the request, and give that with --raw"},
	{"Ruby code", regexp.MustCompile(`\bNet::HTTP\b|\bFaraday\b`), logAndGive},
	{"a collection of Postman", regexp.MustCompile(`"_postman_id"|schema\.getpostman\.com`),
		"choose the request's code (</>) as cURL: it has the values that are sent"},
	{"a line for diagnose without arguments", regexp.MustCompile(`^\s*\{.*"signer"\s*:`),
		"give it on standard input: vendorsign diagnose < FILE"},
}
