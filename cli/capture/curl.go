package capture

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/vendorsign/vendorsign/signers/wire"
)

// curlLine is what a curl command's options say, before they are put together: curl itself acts on them
// only when it has read all.
type curlLine struct {
	// -X, and the first URL.
	method, url string
	// Lines as -H takes them, in their order.
	header []string
	// What each -d or --json adds to the body.
	data []string
	// There is data, so that the body is a form; -G puts it into the query.
	form, get bool
	// -I, and --path-as-is.
	head, asIs bool
	// -u: ID and password with a colon.
	user string
	json bool
}

// shortOption splits -XPOST and -sSkH: letters that take no value, then one that does. given is false
// if the value, if there is one, is the next word.
//
//	-XPOST  ->  -X with POST
//	-sSkH   ->  -H, whose value follows
//	-sG     ->  -G
func shortOption(word string) (name, value string, given bool) {
	for i := 1; i < len(word); i++ {
		name = "-" + word[i:i+1]
		takes := slices.Contains(known.CurlValues, name)
		if takes && i+1 < len(word) {
			return name, word[i+1:], true
		}
		if takes || name == "-G" || name == "-I" {
			break
		}
	}
	return name, "", false
}

// option takes one option, with its value if it has one. Those that change nothing of the request are
// ignored. read gets the files that options name.
func (c *curlLine) option(name, value string, read func(string) ([]byte, error)) error {
	switch name {
	case "-X", "--request":
		c.method = value
	case "-H", "--header":
		file, isFile := strings.CutPrefix(value, "@")
		if !isFile {
			c.header = append(c.header, value)
			break
		}
		data, err := read(file)
		c.header = append(c.header, strings.Split(strings.ReplaceAll(string(data), "\r", ""), "\n")...)
		return err
	case "--url":
		c.url = cmp.Or(c.url, value)
	case "-d", "--data", "--data-ascii", "--data-binary", "--data-raw", "--data-urlencode", "--json":
		data, err := curlData(name, value, read)
		c.data = append(c.data, data)
		c.form, c.json = true, c.json || name == "--json"
		return err
	case "-G", "--get":
		c.get = true
	case "-I", "--head":
		c.head = true
	case "--path-as-is":
		c.asIs = true
	case "-u", "--user":
		c.user = value
	case "--oauth2-bearer":
		// In front of the headers of -H, one of which replaces it.
		c.header = append([]string{"Authorization: Bearer " + value}, c.header...)
	case "-A", "--user-agent":
		c.header = append(c.header, "User-Agent: "+value)
	case "-e", "--referer":
		c.header = append(c.header, "Referer: "+value)
	case "-F", "--form", "--form-string", "-T", "--upload-file":
		return fmt.Errorf("%s: multipart forms and uploads cannot be read from a curl line; give the raw request", name)
	}
	return nil
}

// curlData is what an option for data adds to the body. As curl's manual says, -d @FILE leaves out line
// ends and zero bytes, --data-binary keeps them, and --data-raw takes @ for a character. A signature
// over the file is wrong if -d sent it.
func curlData(name, value string, read func(string) ([]byte, error)) (string, error) {
	if name == "--data-urlencode" {
		return curlEncoded(value, read)
	}
	file, isFile := strings.CutPrefix(value, "@")
	if name == "--data-raw" || !isFile {
		return value, nil
	}
	data, err := read(file)
	if name == "--data-binary" || name == "--json" {
		return string(data), err
	}
	return strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(string(data)), err
}

// curlEncoded reads --data-urlencode: content, =content, name=content, @file or name@file. The name is
// sent as it is.
//
//	"a b"    a%20b
//	"=a b"   a%20b
//	"n=a b"  n=a%20b
//	"n@f"    n= and the content of f, encoded, with its line end (%0A)
func curlEncoded(value string, read func(string) ([]byte, error)) (string, error) {
	i := strings.IndexAny(value, "=@")
	if i < 0 {
		return wire.PercentEncode(value), nil
	}
	name, content := value[:i], value[i+1:]
	if value[i] == '@' {
		data, err := read(content)
		if err != nil {
			return "", err
		}
		content = string(data)
	}
	if name != "" {
		name += "="
	}
	return name + wire.PercentEncode(content), nil
}

// request is what curl sends. Several -d are joined with &, several --json with nothing. The default
// method follows from the data, and headers of -H replace those that options set.
func (c *curlLine) request() (*Request, error) {
	if c.url == "" {
		return nil, errors.New("the curl line has no URL")
	}
	if !strings.Contains(c.url, "://") {
		c.url = "http://" + c.url
	}
	s := &Request{}
	s.Header = make(http.Header)
	body := strings.Join(c.data, "&")
	if c.json {
		body = strings.Join(c.data, "")
	}
	switch {
	case c.method != "":
		s.Method = c.method
	case c.head:
		s.Method = http.MethodHead
	case c.form && !c.get:
		s.Method = http.MethodPost
	default:
		s.Method = http.MethodGet
	}
	// -G puts the data behind a query that the URL has.
	if c.get && c.form {
		address, _, _ := strings.Cut(c.url, "#") // a fragment is never sent
		separator := "?"
		if strings.Contains(address, "?") {
			separator = "&"
		}
		c.url, body = address+separator+body, ""
	}
	if err := s.setURL(c.url); err != nil {
		return nil, err
	}
	if !c.asIs {
		s.Target = withoutDots(s.Target)
	}
	s.Body = []byte(body)
	if c.form && !c.get {
		s.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if c.json {
		s.Header.Set("Content-Type", "application/json")
	}
	if c.user != "" {
		s.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(c.user)))
	}
	s.setHeaders(c.header)
	return s, nil
}

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
