package capture

import (
	"regexp"
	"strings"
)

var (
	addressStart = regexp.MustCompile(`(?m)\A(?:[ \t]*(?:#|//|@)?[^\S\n]*\n|[ \t]*(?:#|//|@).*\n)*(` + methods + `) (https?://\S+)[ \t]*$`)
	moreQuery    = regexp.MustCompile(`^\s+[?&]\S+\s*$`)
	shownPart    = regexp.MustCompile(`(?m)^(?:###.*|\s+[?&]\S+|Request Headers)$`)
	toolsURL     = regexp.MustCompile(`(?im)^Request URL:?\s*(https?://\S+)\s*$`)
	toolsMethod  = regexp.MustCompile(`(?im)^Request Method:?\s*(\w+)\s*$`)
	// Where other parts than the request's headers begin.
	toolsPart = regexp.MustCompile(`(?i)^(?:general|response headers?|request headers?|payload|` +
		`request body|form data|view source|query string parameters)\b[^:]*$`)
	// What a browser says of a request besides its headers.
	toolsFact = regexp.MustCompile(`(?i)^(?:request url|request method|status code|remote address|referrer policy)\b`)
)

// addressLine is a request with its whole URL in the first line, and comments, a query on lines of its own, or the titles of Postman's
// console around it.
func addressLine(text string) (string, error) {
	at := addressStart.FindStringSubmatchIndex(text)
	if at == nil || !shownPart.MatchString(text) {
		return "", nil
	}
	address, body, head := []string{text[at[4]:at[5]]}, "", new(strings.Builder)
	lines := strings.Split(strings.TrimPrefix(text[at[1]:], "\n"), "\n")
	for i, l := range lines {
		name, _, found := strings.Cut(l, ":")
		if strings.HasPrefix(l, "###") || l == "Response Headers" || l == "Response Body" {
			break
		}
		switch {
		case moreQuery.MatchString(l):
			address = append(address, strings.TrimSpace(l))
		case found && headerName.MatchString(name):
			head.WriteString(l + "\n")
		case head.Len() > 0 && (l == "" || l == "Request Body"):
			body = strings.Join(lines[i+1:], "\n")
		}
		if body != "" {
			break
		}
	}
	if end := bodyEnd.FindStringIndex(body); end != nil {
		body = body[:end[0]]
	}
	return text[at[2]:at[3]] + " " + strings.Join(address, "") + " HTTP/1.1\n" + head.String() + "\n" + strings.TrimSuffix(body, "\n"), nil
}

var bodyEnd = regexp.MustCompile(`(?m)\s*^(?:###.*|Response Headers|Response Body)$`)

// browserTools is what a browser's tools show of a request, copied by hand: each name with its value on one line, or on two.
func browserTools(text string) (string, error) {
	address, method := toolsURL.FindStringSubmatch(text), toolsMethod.FindStringSubmatch(text)
	if address == nil || method == nil {
		return "", nil
	}
	if err := hidden("a browser's list of headers", method[1]); err != nil {
		return "", err
	}
	lines := strings.Split(text, "\n")
	if first := regexp.MustCompile(`(?im)^request headers\b[^:\n]*$`).FindStringIndex(text); first != nil {
		lines = strings.Split(text[first[1]:], "\n")[1:]
	}
	var head []string
	for i := 0; i < len(lines); i++ {
		l := strings.TrimSpace(lines[i])
		if toolsPart.MatchString(l) && i > 0 {
			if !strings.HasPrefix(strings.ToLower(l), "request headers") && len(head) > 0 {
				break
			}
			continue
		}
		name, value, found := strings.Cut(strings.TrimPrefix(l, ":"), ":")
		if !found || strings.TrimSpace(value) == "" { // the value is on the next line
			if i+1 >= len(lines) {
				break
			}
			i++
			value = lines[i]
		}
		if name = strings.TrimSpace(name); headerName.MatchString(name) && !strings.HasPrefix(l, ":") && !toolsFact.MatchString(l) {
			head = append(head, name+": "+strings.TrimSpace(value))
		}
	}
	return method[1] + " " + address[1] + " HTTP/1.1\n" + strings.Join(head, "\n") + "\n\n", nil
}
