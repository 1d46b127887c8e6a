package capture

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/diagnose"
)

// What curl -v prints: what was sent after >, what came after <, and notes after *.
//
//   - [HTTP/2] [1] [:path: /a]
//     > GET /a HTTP/2
//     > host: api.example
//     >
//     < HTTP/2 401
var (
	traceStart  = regexp.MustCompile(`(?m)^\s*> [A-Z]+ \S.* HTTP/\d`)
	traceFrame  = regexp.MustCompile(`(?m)^\* .*\[(:?[A-Za-z0-9_-]+): (.*)\]\s*$`)
	tracePseudo = regexp.MustCompile(`(?m)^\* .*\[:path: `)
)

// isTrace reports whether a text is what curl -v prints, over HTTP/1 or HTTP/2.
func isTrace(text string) bool {
	return traceStart.MatchString(text) || tracePseudo.MatchString(text)
}

// parseTrace reads what curl -v prints: the first request and its answer. The body that was sent is not
// printed, and is that of a curl line before it.
func parseTrace(text string, signature Signature, read func(string) ([]byte, error)) (*Request, *diagnose.Response, error) {
	var request, pseudo []string
	answered := false
	lines := strings.Split(strings.ReplaceAll(text, "\r", ""), "\n")
	for i, line := range lines {
		// A page may have indented the trace, so the mark is the first thing in the line, wherever that
		// begins.
		mark, rest, _ := strings.Cut(strings.TrimLeft(line, " \t"), " ")
		if mark == ">" && answered { // the next request of the connection
			lines = lines[:i]
			break
		}
		switch {
		case mark == ">":
			request = append(request, rest)
		case mark == "<":
			answered = true
		case mark == "*" && len(request) == 0 && !answered:
			if found := traceFrame.FindStringSubmatch("* " + rest); found != nil {
				pseudo = append(pseudo, found[1]+": "+found[2])
			}
		}
	}
	// The notes of HTTP/2 have the pseudo-headers, if the lines after > are missing.
	if len(request) == 0 {
		request = pseudo
	}
	s, err := parseRaw([]byte(strings.TrimRight(strings.Join(request, "\n"), "\n") + "\n\n"))
	if err != nil {
		return nil, nil, err
	}
	if err := s.takeTypedBody(text, signature, read); err != nil {
		return nil, nil, err
	}
	if !answered {
		return s, nil, nil
	}
	r, err := Response([]byte(answerOfTrace(lines)))
	return s, r, err
}

// traceNote are the lines of curl -v that are no answer's.
var traceNote = regexp.MustCompile(`^([*>] |[{}] \[)`)

// answerOfTrace is the answer in the lines that curl -v prints, as curl -i would print it: of several,
// such as 100 Continue, the last.
func answerOfTrace(lines []string) string {
	var head, body []string
	ended := false
	for _, line := range lines {
		plain := strings.TrimLeft(line, " \t")
		switch {
		case strings.HasPrefix(plain, "< HTTP/"):
			head, ended = []string{plain[2:]}, false
		case strings.HasPrefix(plain, "< ") || plain == "<":
			head = append(head, strings.TrimPrefix(plain[1:], " "))
			ended = ended || strings.TrimSpace(plain[1:]) == ""
		case ended && !traceNote.MatchString(plain):
			body = append(body, line)
		}
	}
	return strings.TrimRight(strings.Join(head, "\n"), "\n") + "\n\n" + strings.TrimSpace(strings.Join(body, "\n"))
}

// takeTypedBody takes the body from the curl line above a trace, if it is as long as the trace says.
// Without it a signature that covers the body cannot be checked, and that is an error; for others the
// body does not matter.
func (s *Request) takeTypedBody(text string, signature Signature, read func(string) ([]byte, error)) error {
	length, err := strconv.Atoi(s.Header.Get("Content-Length"))
	if err != nil || length == 0 {
		return nil
	}
	if i := strings.Index(text, "\n*"); i > 0 {
		if typed, err := curlOf(text[:i], signature.Headers, read); err == nil && len(typed.Unexpanded) == 0 && len(typed.Body) == length {
			s.Body = typed.Body
			return nil
		}
	}
	if signature.CoversBody {
		return errors.New("the trace does not show the body of " + strconv.Itoa(length) +
			" bytes: give the request with its body, as text or as the curl line")
	}
	s.Header.Del("Content-Length")
	return nil
}
