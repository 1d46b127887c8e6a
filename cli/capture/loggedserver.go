package capture

import (
	"regexp"
	"strings"
)

// What servers, proxies and tools for the network print of a request, in lines of their own. Each form makes the lines of HTTP of it,
// or of HTTP/2's pseudo-headers, which parseRaw reads.

var (
	// A field in brackets, in Envoy's quotes or indented: [:path: /a], ':path', '/a', "  :path: /a".
	pseudoField = regexp.MustCompile(`^\s*(?:\[(:?[\w-]+): (.*)\]|'(:?[\w-]+)', '(.*)'|(:?[\w-]+): (.*))\s*$`)
	pseudoPath  = regexp.MustCompile(`(?m)^\s*(?:\[:path: .*\]|':path', '.*'|[ \t]+:path: .*)\s*$`)
	// nginx at the level debug: the request line and the headers as they came.
	nginxLine = regexp.MustCompile(`(?m)\[debug\].* http (request line|header): "(.*)"$`)
	// The head of the request that nginx sends to its upstream, over several lines in quotes.
	nginxProxied = regexp.MustCompile(`(?s)\[debug\][^\n]* http proxy header:\n"(.*?)\n?"(?:\n|$)`)
	// Wireshark's tree: what was on the wire ends with the escapes of its line end, and what Wireshark says of it does not.
	wiresharkStart = regexp.MustCompile(`(?m)^[ \t]*(` + methods + ` \S.* HTTP/1\.[01])\\r\\n$`)
	wiresharkLine  = regexp.MustCompile(`^[ \t]*([^\[].*|)\\r\\n$`)
	// mitmproxy: a line with the method and the whole URL behind the time or the client, and the headers indented.
	indentedStart  = regexp.MustCompile(`(?m)^(?:\S.*[\s:])?(` + methods + ` https?://\S+)(?: HTTP/[\d.]+)?$`)
	indentedHeader = regexp.MustCompile(`^[ \t]+([\w!#$%&'*+.^|~-]+: .*)$`)
)

// pseudoLines is a request in HTTP/2's headers that each have something around them.
func pseudoLines(text string) (string, error) {
	if !pseudoPath.MatchString(text) {
		return "", nil
	}
	var fields []string
	seen := make(map[string]bool)
	for _, line := range strings.Split(text, "\n") {
		found := pseudoField.FindStringSubmatch(line)
		begun := len(fields) > 0
		switch {
		case found == nil && begun:
			return withPseudo(fields), nil
		case found == nil:
			continue
		}
		name, value := found[1]+found[3]+found[5], found[2]+found[4]+found[6]
		if pseudo := strings.HasPrefix(name, ":"); pseudo && seen[name] {
			return "", errSeveral
		} else if pseudo || begun {
			fields = append(fields, name+": "+value)
		}
		seen[name] = true
	}
	return withPseudo(fields), nil
}

// withPseudo is the text with a request line; empty: no path is among the fields.
func withPseudo(fields []string) string {
	text := strings.Join(fields, "\n") + "\n\n"
	if !strings.Contains("\n"+text, "\n:path: ") {
		return ""
	}
	return string(withRequestLine([]byte(text)))
}

// nginxDebug is a request as nginx logs it at the level debug: the one that it sends counts more than the one that came.
func nginxDebug(text string) (string, error) {
	if found := nginxProxied.FindAllStringSubmatch(text, 2); len(found) == 1 {
		return found[0][1] + "\n\n", nil
	} else if len(found) > 1 {
		return "", errSeveral
	}
	var lines []string
	for _, found := range nginxLine.FindAllStringSubmatch(text, -1) {
		if found[1] == "request line" && len(lines) > 0 {
			return "", errSeveral
		}
		if found[1] == "request line" || len(lines) > 0 {
			lines = append(lines, found[2])
		}
	}
	if len(lines) < 2 {
		return "", nil
	}
	return strings.Join(lines, "\n") + "\n\n", nil
}

// wiresharkTree is a request of Wireshark's packet details.
func wiresharkTree(text string) (string, error) {
	starts := wiresharkStart.FindAllStringSubmatchIndex(text, 2)
	if len(starts) == 0 {
		return "", nil
	} else if len(starts) > 1 {
		return "", errSeveral
	}
	lines := []string{text[starts[0][2]:starts[0][3]]}
	for _, line := range strings.Split(text[starts[0][1]:], "\n") {
		found := wiresharkLine.FindStringSubmatch(line)
		if found != nil && found[1] == "" {
			break
		} else if found != nil {
			lines = append(lines, found[1])
		}
	}
	return strings.Join(lines, "\n") + "\n\n", nil
}

// indentedHeaders is a request as mitmproxy prints it: the headers are indented, and what follows them is the answer.
func indentedHeaders(text string) (string, error) {
	starts := indentedStart.FindAllStringSubmatchIndex(text, -1)
	for i, at := range starts {
		lines := []string{text[at[2]:at[3]] + " HTTP/1.1"}
		_, rest, _ := strings.Cut(text[at[1]:], "\n")
		for { // line by line: a log may have very many requests
			line, more, _ := strings.Cut(rest, "\n")
			found := indentedHeader.FindStringSubmatch(line)
			if found == nil {
				break
			}
			lines, rest = append(lines, found[1]), more
		}
		method, _, _ := strings.Cut(lines[0], " ")
		switch {
		case len(lines) == 1:
			continue
		case i+1 < len(starts):
			return "", errSeveral
		}
		return strings.Join(lines, "\n") + "\n\n", hidden("this form of a log", method)
	}
	return "", nil
}
