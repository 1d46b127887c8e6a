package capture

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// logForms are what programs print of a request, and how HTTP as text is made of it. The first that fits counts. Each is given the
// whole text, and answers "" where the text is not its form.
//
//	send: b'GET /x HTTP/1.1\r\nHost: h\r\n\r\n'        Python's http.client, and Ruby's Net::HTTP with <-
//	... >> "GET /x HTTP/1.1[\r][\n]"                   Apache's HttpClient, and other logs that begin each line with the same
//	I get a 401. This is sent:  GET /x HTTP/1.1 ...    lines before the request, as on a page or in what wget prints
//	--> GET https://h/x ... --> END GET                OkHttp
//	Method: GET, RequestUri: 'https://h/x', ...        .NET
//	&{Method:GET URL:https://h/x ... Header:map[...]}  Go
//	Request URL: https://h/x, Request Method: GET ...  a browser's tools
//	### users, GET https://h/x ...                     a file of requests, as editors send them, and Postman's console
//	{"method": "GET", "url": "https://h/x", ...}       a logger's object
//	[:path: /x], ':path', '/x'                         HTTP/2 as nghttp and Envoy log it
//	[debug] ... http request line: "GET /x HTTP/1.1"   nginx
//	GET /x HTTP/1.1\r\n                                Wireshark's packet details
//	127.0.0.1:5: GET https://h/x, then indented        mitmproxy
var logForms = []func(text string) (string, error){pseudoLines, nginxDebug, wiresharkTree, printedLiteral, indentedHeaders, prefixedLines,
	okHTTP, dotNET, printedGo, browserTools, addressLine, loggedObject}

// fromLog is the request that a log shows, as HTTP text; empty: the text is no log that is known, or has more than 1 MiB.
func fromLog(text string) (string, error) {
	if len(text) > 1<<20 {
		return "", nil
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	for _, form := range logForms {
		if raw, err := form(text); raw != "" || err != nil {
			return raw, err
		}
	}
	return "", nil
}

const methods = `(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)`

var (
	// A request line in quotes with its line ends as escapes, and all texts that were printed with it.
	literalStart = regexp.MustCompile(`["']` + methods + ` (?:/|https?://)\S* HTTP/1\.[01]\\r\\n`)
	sentLiteral  = regexp.MustCompile(`(?m)^(?:send:|<-) ?b?("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')`)
	gotLiteral   = regexp.MustCompile(`(?m)^(?:reply:|header:|->) ` +
		`("(?:HTTP/|[\w-]+: )(?:[^"\\\n]|\\.)*"|'HTTP/(?:[^'\\\n]|\\.)*'|[\w-]+: .*)$`)
	// A request line that is not at the beginning of the text.
	laterStart = regexp.MustCompile(`(?m)^(.*?)\b(` + methods + ` (?:/|https?://)\S* HTTP/\d(?:\.\d)?)(.*)$`)
	hexDigits  = regexp.MustCompile(`[0-9a-fA-F]+`)
	// What a log writes for a line end.
	lineEndMark = regexp.MustCompile(`(?:\[\\r\]\[\\n\]"?|\\r\\n|")$`)
	// The end of a request on a page or in a log.
	requestEnd = regexp.MustCompile("(?m)^\\s*(?:```|~~~|---request end---|>{6,}|<{6,}|###)")
)

// printedLiteral is a request that was printed as a text of Python or Ruby.
func printedLiteral(text string) (string, error) {
	if !literalStart.MatchString(text) {
		return "", nil
	}
	all := sentLiteral.FindAllStringSubmatch(text, -1)
	if len(all) == 0 {
		return "", nil
	}
	var raw strings.Builder
	for _, found := range all {
		plain := unescaped(found[1][1 : len(found[1])-1])
		if raw.Len() > 0 && laterStart.MatchString(plain) {
			return "", errSeveral
		}
		raw.WriteString(plain)
	}
	for i, found := range gotLiteral.FindAllStringSubmatch(text, -1) { // the answer's head
		if i == 0 {
			raw.WriteString("\n\n")
		}
		line := found[1]
		if line != "" && (line[0] == '"' || line[0] == '\'') {
			line = unescaped(line[1 : len(line)-1])
		}
		raw.WriteString(strings.TrimRight(line, "\r\n") + "\n")
	}
	return raw.String(), nil
}

var errSeveral = errors.New("the log has several requests: give the one that was refused")

// unescaped is a text without the escapes of Python and Ruby.
func unescaped(text string) string {
	return escape.ReplaceAllStringFunc(text, func(e string) string {
		switch e[1] {
		case 'r':
			return "\r"
		case 'n':
			return "\n"
		case 't':
			return "\t"
		case 'x':
			if n, err := strconv.ParseUint(e[2:], 16, 8); err == nil {
				return string([]byte{byte(n)})
			}
		}
		return e[1:]
	})
}

var escape = regexp.MustCompile(`\\(?:x[0-9a-fA-F]{2}|.)`)

// prefixedLines is a request whose lines all begin with the same, but for numbers, or one that other lines come before.
func prefixedLines(text string) (string, error) {
	starts := laterStart.FindAllStringSubmatchIndex(text, 3)
	if len(starts) == 0 {
		return "", nil
	}
	at := starts[0]
	prefix, line := text[at[2]:at[3]], text[at[4]:at[5]]
	for _, other := range starts[1:] {
		if text[other[4]:other[5]] != line && text[other[2]:other[3]] == prefix {
			return "", errSeveral
		}
	}
	if prefix == "" {
		raw := text[at[4]:]
		if !secondIsHeader(raw) {
			return "", nil
		}
		if end := requestEnd.FindStringIndex(raw); end != nil {
			raw = raw[:end[0]]
		}
		return withoutProse(raw), nil
	}
	pattern := regexp.MustCompile(`^` + hexDigits.ReplaceAllStringFunc(regexp.QuoteMeta(prefix), func(digits string) string {
		if digits[0] >= '0' && digits[0] <= '9' {
			return `[0-9a-fA-F]+`
		}
		return digits
	}))
	raw := []string{line}
	for _, l := range strings.Split(text[at[1]:], "\n")[1:] {
		found := pattern.FindString(l)
		if found == "" && strings.TrimRight(l, " \t") != strings.TrimRight(prefix, " \t") {
			break
		}
		raw = append(raw, lineEndMark.ReplaceAllString(l[min(len(found), len(l)):], ""))
	}
	if whole := strings.Join(raw, "\n") + "\n\n"; secondIsHeader(whole) {
		return whole, nil
	}
	return "", nil
}

// secondIsHeader reports whether a header follows the request line. In an access log none does.
func secondIsHeader(raw string) bool {
	_, rest, _ := strings.Cut(raw, "\n")
	line, _, _ := strings.Cut(rest, "\n")
	name, _, found := strings.Cut(line, ":")
	return found && headerName.MatchString(strings.TrimSpace(name))
}

// withoutProse is a request without what a page says behind it: the request ends at the first empty line, unless its method has a
// body, or an answer follows.
func withoutProse(raw string) string {
	head, rest, _ := strings.Cut(raw, "\n\n")
	if method, _, _ := strings.Cut(raw, " "); slices.Contains([]string{"GET", "HEAD", "DELETE"}, method) &&
		!strings.HasPrefix(strings.TrimLeft(rest, "\n \t"), "HTTP/") && !contentLength.MatchString(head) {
		return head + "\n\n"
	}
	return raw
}

var contentLength = regexp.MustCompile(`(?im)^content-length:\s*[1-9]`)

// headerName is a token (RFC 9110, 5.6.2).
var headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")

// hidden says of a form that it has no body, where the method has one.
func hidden(form, method string) error {
	if slices.Contains([]string{"GET", "HEAD", "DELETE", "OPTIONS"}, strings.ToUpper(method)) {
		return nil
	}
	return errors.New(form + " does not show the body: give the request with its body, as HTTP text or as a curl line")
}
