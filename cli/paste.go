package cli

import (
	"errors"
	"html"
	"os"
	"regexp"
	"strings"

	"github.com/vendorsign/vendorsign/diagnose"
)

// takenForms says how a request can be given.
const takenForms = `
Give the request as it was sent, in one of these forms:
  --curl  a curl command: typed, from a script, or a browser's or Postman's "copy as cURL" (bash or cmd)
  --raw   HTTP as text: a request line with headers and body, HTTP/2's :method and :path, or what curl -v prints
  --har   a HAR file, or one entry of it`

// otherForms are what people paste that is not taken, with how to get a form that is. The first that fits is named.
var otherForms = []struct {
	name   string
	looks  *regexp.Regexp
	advice string
}{
	{"PHP code", regexp.MustCompile(`\bcurl_(init|setopt|exec)\b|<\?php`), "set CURLOPT_VERBOSE, and give what it prints with --raw"},
	{"PowerShell", powerShell, "write the same request as a curl line with the values that were sent, or add -Proxy http://127.0.0.1:8888 with a recording proxy and give its HAR file"},
	{"a log of Python's http.client", regexp.MustCompile(`(?m)^\s*send: b?["']`), "print the text inside of send: b'...' with its line ends, and give it with --raw"},
	{"Python", regexp.MustCompile(`(?m)\b(requests|httpx|session|client|aiohttp|http)\.(get|post|put|patch|delete|request|Request)\(|^\s*(import|from)\s+[\w.]+(\s+import\b.*|\s+as\b.*|,.*)?\s*$|\bhttp\.client\b|\burllib\b|\bduo_client\.|requests\.Session\(`), "print method, URL, headers and body of response.request and give them with --raw, or convert the prepared request to a curl line (curlify)"},
	{"a call of fetch", regexp.MustCompile(`\bfetch\s*\(`), `choose "Copy as cURL" in place of "Copy as fetch"`},
	{"JavaScript", regexp.MustCompile(`\baxios\b|\bXMLHttpRequest\b|\bhttps?\.request\s*\(|\brequire\s*\(|\bpm\.(request|sendRequest)\b|\$\.ajax\b`), "log method, URL, headers and body of what is sent, and give them with --raw"},
	{"a command of HTTPie", regexp.MustCompile(`(?m)^\s*(\$\s+)?(https?|xh|xhs)\s+(-\S+\s+|--\S+\s+)*((GET|POST|PUT|PATCH|DELETE|HEAD)\s|https?://|:/|\S+\.\S+/?\S*(\s|$))`), "run it with --offline, which prints the request, and give that with --raw"},
	{"a command of wget", regexp.MustCompile(`(?m)^\s*(\$\s+)?wget\s`), "run it with --debug and give the request that it prints with --raw, or write it as a curl line"},
	{"C# or .NET code", regexp.MustCompile(`\bHttpClient\b|\bHttpRequestMessage\b|\bWebRequest\.Create\b|\bRestClient\b|\bnew RestRequest\b`), "log method, URI, headers and body of what is sent, and give them with --raw"},
	{"Go code", regexp.MustCompile(`\bhttp\.NewRequest|\bhttputil\.Dump`), "print httputil.DumpRequestOut of the request, and give that with --raw"},
	{"Java code", regexp.MustCompile(`\bHttpURLConnection\b|\bHttpRequest\.newBuilder\b|\bOkHttpClient\b`), "log method, URI, headers and body of what is sent, and give them with --raw"},
	{"Ruby code", regexp.MustCompile(`\bNet::HTTP\b|\bFaraday\b`), "log method, path, headers and body of what is sent, and give them with --raw"},
	{"a collection of Postman", regexp.MustCompile(`"_postman_id"|schema\.getpostman\.com`), `choose the request's code (</>) as cURL: it has the values that are sent`},
	{"a line for diagnose without arguments", regexp.MustCompile(`^\s*\{.*"signer"\s*:`), "give it on standard input: vendorsign diagnose < FILE"},
}

var powerShell = regexp.MustCompile(`(?im)\b(invoke-restmethod|invoke-webrequest|new-object|convertto-json|convertto-securestring)\b|^\s*(irm|iwr)\s|-headers\s+(@\{|\$)|^\s*\$[\w:]+\s*=|\[(system\.)?(convert|text\.encoding|bitconverter)\]::|\bcurl(\.exe)?\s[^|]*-uri\b`)

// notTaken names what a text is that is no form of a request.
func notTaken(text, otherwise string) error {
	for _, f := range otherForms {
		if f.looks.MatchString(text) {
			return errors.New("this is " + f.name + ", which is not read: " + f.advice + takenForms)
		}
	}
	if name := strings.TrimSpace(text); name != "" && !strings.ContainsAny(name, "\n") && len(name) < 1000 {
		if info, err := os.Stat(name); err == nil && !info.IsDir() {
			return errors.New("this is the name of a file; give its content with --curl - < FILE, or the file to --raw or --har" + takenForms)
		}
	}
	return errors.New(otherwise + takenForms)
}

// aliasOfPowerShell is Invoke-WebRequest under the name of curl.
var aliasOfPowerShell = regexp.MustCompile(`(?i)\bcurl\b[^|]*\s-(uri|headers|method|body|contenttype)\s`)

var (
	requestStart = regexp.MustCompile(`^\s*[A-Za-z]{1,20} (/|https?://|\*)\S*( \S+)* HTTP/\d`)
	pseudoStart  = regexp.MustCompile(`(?m)\A\s*:(method|path|authority|scheme)\b`)
	objectStart  = regexp.MustCompile(`^\s*\{`)
	prompt       = regexp.MustCompile(`^\s*(?:\$|%|❯|➜(?: +\S+)?|\+{1,4}|PS [^>\n]*>|\[?[\w.-]+@[\w.-]+[^$#%>\n]{0,60}[$#%>]|[A-Za-z]:\\[^>\n]*>|bash-[\d.]+[$#]|sh-[\d.]+[$#])\s*(\S)`)
	moreLines    = regexp.MustCompile(`^\s*>\s?`)
)

// readPaste reads a request in whatever of the forms it comes. flag is the one by which it was given.
func readPaste(flag, text string, owned []string, read func(string) ([]byte, error)) (*sent, *diagnose.Response, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	switch {
	case strings.TrimSpace(text) == "":
		return nil, nil, errors.New("it is empty" + takenForms)
	case isTrace(text):
		return parseTrace(text, owned, read)
	case requestStart.MatchString(text), pseudoStart.MatchString(text):
		s, err := parseRaw([]byte(text))
		return s, nil, err
	case objectStart.MatchString(text) && strings.Contains(text, `"request"`) && strings.Contains(text, `"headers"`) && !strings.Contains(text, `"signer"`):
		return nil, nil, errors.New("this is a HAR file or an entry of one: give it with --har" + takenForms)
	}
	if powerShell.MatchString(text) && aliasOfPowerShell.MatchString(text) {
		return nil, nil, notTaken(text, "")
	}
	s, err := parseCurlOf(text, owned, read)
	if err == nil || !errors.Is(err, errNoCurl) {
		return s, nil, err
	}
	if flag == "--raw" {
		s, rawErr := parseRaw([]byte(text))
		if rawErr == nil {
			return s, nil, nil
		}
		return nil, nil, notTaken(text, rawErr.Error())
	}
	return nil, nil, notTaken(text, "this is no curl command")
}

var typographic = strings.NewReplacer("\u201c", `"`, "\u201d", `"`, "\u201e", `"`, "\u2018", "'", "\u2019", "'", "\u00a0", " ", "\u200b", "")

// cleaned is a command as it was typed: without prompts, a page's fences and quotes, and what editors do to line ends.
func cleaned(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if strings.Contains(text, "&quot;") || strings.Contains(text, "&#39;") || strings.Contains(text, "&#x27;") {
		text = html.UnescapeString(text)
	}
	if strings.ContainsAny(text, "\u201c\u201d") || strings.Contains(text, "curl\u00a0") || strings.Contains(text, "\u00a0-") {
		text = typographic.Replace(text)
	}
	text = strings.NewReplacer("\u2013-", "--", "\u2013\u2013", "--").Replace(text)
	text = dashes.ReplaceAllString(text, "$1--$2")
	text = shortDash.ReplaceAllString(text, "$1-$2")
	if strings.Contains(text, "`\n") { // PowerShell's way to go on
		text = strings.ReplaceAll(text, "`\n", "\\\n")
	}
	text = blankAfterBackslash.ReplaceAllString(text, "\\\n")
	lines := strings.Split(text, "\n")
	quoted := true // a page's quote: every line has its mark
	prompted := false
	for _, l := range lines {
		if strings.TrimSpace(l) != "" && !strings.HasPrefix(strings.TrimSpace(l), ">") {
			quoted = false
		}
		prompted = prompted || prompt.MatchString(l)
	}
	var kept []string
	for _, l := range lines {
		switch found := prompt.FindStringSubmatchIndex(l); {
		case strings.HasPrefix(strings.TrimSpace(l), "```"):
			continue
		case quoted:
			l = moreLines.ReplaceAllString(l, "")
			if found = prompt.FindStringSubmatchIndex(l); found != nil {
				l = l[found[2]:]
			}
		case found != nil:
			l = l[found[2]:]
		case prompted && moreLines.MatchString(l) && len(kept) > 0 && strings.HasSuffix(kept[len(kept)-1], `\`):
			l = moreLines.ReplaceAllString(l, "")
		}
		kept = append(kept, l)
	}
	return strings.Join(kept, "\n")
}

var (
	dashes              = regexp.MustCompile(`(^|\s)[\x{2013}\x{2014}]([a-z]{2})`)
	shortDash           = regexp.MustCompile(`(^|\s)[\x{2013}\x{2014}]([A-Za-z]\b)`)
	blankAfterBackslash = regexp.MustCompile(`\\[ \t]+\n`)
	rootPrompt          = regexp.MustCompile(`(?m)^\s*#\s+((?:sudo\s+)?curl(?:\.exe)?\s)`)
)
