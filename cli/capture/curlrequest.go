package capture

import (
	"cmp"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
)

// request is what curl sends. The default method follows from the data, and headers of -H replace those
// that options set.
func (c *curlLine) request() (*Request, error) {
	if c.url == "" {
		return nil, errors.New("the curl line has no URL")
	}
	if !strings.Contains(c.url, "://") {
		c.url = "http://" + c.url
	}
	if found := globbed.FindString(c.url); found != "" && !c.noGlob {
		return nil, errors.New("the URL has " + found + ", of which curl makes several requests: give the one that was refused")
	}
	s := &Request{}
	s.Header = make(http.Header)
	body := strings.Join(c.data, "")
	switch {
	case c.method != "":
		s.Method = c.method
	case c.head:
		s.Method = http.MethodHead
	case c.upload != "":
		s.Method = http.MethodPut
	case c.form && !c.get:
		s.Method = http.MethodPost
	default:
		s.Method = http.MethodGet
	}
	// -G puts the data behind a query that the URL has, and --url-query what it adds, but not both.
	if c.get && c.form {
		c.query, body = []string{body}, ""
	}
	for _, text := range c.query {
		address, _, _ := strings.Cut(c.url, "#") // a fragment is never sent
		separator := "?"
		if strings.Contains(address, "?") {
			separator = "&"
		}
		c.url = address + separator + text
	}
	if err := s.setURL(c.url); err != nil {
		return nil, err
	}
	if !c.asIs {
		s.Target = withoutDots(s.Target)
	}
	if before, query, asked := strings.Cut(s.Target, "?"); c.upload != "" && strings.HasSuffix(before, "/") {
		s.Target = before + url.PathEscape(path.Base(c.upload))
		if asked {
			s.Target += "?" + query
		}
	}
	s.Target = cmp.Or(c.target, s.Target)
	s.Body = []byte(body)
	if c.form && !c.get {
		s.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if c.json {
		s.Header.Set("Content-Type", "application/json")
	}
	if c.user != "" && !c.other {
		s.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(c.user)))
	}
	for name, values := range c.own {
		s.Header[name] = values
	}
	s.setHeaders(c.header)
	return s, nil
}

// globbed is what curl makes several URLs of: {a,b}, [0-9], [001-100:10] and [a-z]. {{name}} is a template's.
var globbed = regexp.MustCompile(`\{[^{},]*,[^{}]*\}|\[(?:\d+-\d+|[a-z]-[a-z]|[A-Z]-[A-Z])(?::\d+)?\]`)

// setHeaders takes header lines as curl's -H does: "Name:" removes one that curl would send, and
// "Name;" sends an empty one. A name that appears twice is sent twice.
func (s *Request) setHeaders(lines []string) {
	replaced := make(map[string]bool)
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			name, _, ok = strings.Cut(line, ";") // an empty header
			value = ""
		} else if strings.TrimSpace(value) == "" {
			s.Header.Del(strings.TrimSpace(name))
			continue
		}
		name = strings.TrimSpace(name)
		if !ok && strings.Contains(line, markStart) { // a header that is a variable as a whole
			s.Header[line] = []string{""}
			continue
		}
		if !ok || name == "" {
			continue
		}
		// The first of a name replaces what an option such as -A set; the others are sent as well.
		if key := http.CanonicalHeaderKey(name); !replaced[key] {
			replaced[key] = true
			s.Header.Del(name)
		}
		s.Header.Add(name, strings.TrimSpace(value))
	}
	s.takeHost()
}

// withoutDots resolves dot segments as curl does before it sends, unless --path-as-is says otherwise: a
// signature over the path as it was typed does not fit then.
//
//	/a/../b/./c/..?x=1  ->  /b/?x=1
func withoutDots(target string) string {
	path, query, asked := strings.Cut(target, "?")
	var kept []string
	segments := strings.Split(path, "/")[1:]
	for i, segment := range segments {
		if segment == ".." && len(kept) > 0 {
			kept = kept[:len(kept)-1]
		}
		switch dots := segment == "." || segment == ".."; {
		case !dots:
			kept = append(kept, segment)
		case i == len(segments)-1:
			kept = append(kept, "")
		}
	}
	path = "/" + strings.Join(kept, "/")
	if asked {
		path += "?" + query
	}
	return path
}
