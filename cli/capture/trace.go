package capture

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/diagnose"
)

// What curl -v prints: what was sent after >, what came after <, and notes after *.
var (
	traceStart  = regexp.MustCompile(`(?m)^\s*> [A-Z]+ \S.* HTTP/\d`)
	traceFrame  = regexp.MustCompile(`(?m)^\* .*\[(:?[A-Za-z0-9_-]+): (.*)\]\s*$`)
	tracePseudo = regexp.MustCompile(`(?m)^\* .*\[:path: `)
)

func isTrace(text string) bool {
	return traceStart.MatchString(text) || tracePseudo.MatchString(text)
}

// parseTrace reads what curl -v prints: the first request and its answer. The body that was sent is not printed, and
// is that of a curl line before it.
func parseTrace(text string, signature Signature, read func(string) ([]byte, error)) (*Request, *diagnose.Response, error) {
	var request, answer, body, pseudo []string
	const before, asking, answering, reading, done = 0, 1, 2, 3, 4
	state := before
	for _, line := range strings.Split(strings.ReplaceAll(text, "\r", ""), "\n") {
		plain := strings.TrimLeft(line, " \t")
		mark, rest := "", plain
		if len(plain) > 0 && strings.Contains("><*{}", plain[:1]) && (len(plain) == 1 || plain[1] == ' ') {
			mark, rest = plain[:1], strings.TrimPrefix(plain[1:], " ")
		}
		switch {
		case state == done:
		case mark == ">" && state <= asking:
			state = asking
			request = append(request, rest)
		case mark == ">" && state > asking: // the next request of the connection
			state = done
		case mark == "<" && state < reading:
			if strings.HasPrefix(rest, "HTTP/") { // after 100 Continue
				answer = nil
			}
			state = answering
			answer = append(answer, rest)
			if strings.TrimSpace(rest) == "" && len(answer) > 1 && !strings.Contains(answer[0], " 100") {
				state = reading
			}
		case mark == "*" && state == before:
			if found := traceFrame.FindStringSubmatch(plain); found != nil {
				pseudo = append(pseudo, found[1]+": "+found[2])
			}
		case state == reading && (mark == "" || mark == "{" && !strings.HasPrefix(rest, "[")) && !strings.HasPrefix(plain, "* "):
			body = append(body, line)
		}
	}
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
	if len(answer) == 0 {
		return s, nil, nil
	}
	end := strings.TrimSpace(strings.Join(body, "\n"))
	r, err := Response([]byte(strings.TrimRight(strings.Join(answer, "\n"), "\n") + "\n\n" + end))
	return s, r, err
}

// takeTypedBody takes the body from the curl line above a trace.
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
