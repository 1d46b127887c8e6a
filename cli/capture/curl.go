package capture

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// curlLine is what a curl command's options say.
type curlLine struct {
	method, url string
	header      []string
	data        []string
	form, get   bool // the data is a form; it goes into the query
	head, asIs  bool
	user        string
	json        bool
}

// curlValues are curl's options with a value that play no part here, by their short and long names.
var curlValues = "|-b|-o|-c|-m|-x|-w|-E|-K|-T|-C|-D|-F|-P|-Q|-r|-t|-u|-U|-y|-Y|-z|-h|--cookie|--output|--cookie-jar|" +
	"--max-time|--proxy|--write-out|--cert|--key|--cacert|--capath|--config|--connect-timeout|--retry|--retry-delay|" +
	"--retry-max-time|--resolve|--connect-to|--interface|--limit-rate|--range|--proxy-user|--proxy-header|--ciphers|--tls-max|" +
	"--dump-header|--form|--form-string|--upload-file|--max-redirs|--stderr|--trace|--trace-ascii|--netrc-file|--unix-socket|" +
	"--keepalive-time|--local-port|--noproxy|--cert-type|--key-type|--pass|--pinnedpubkey|--socks5|--socks5-hostname|" +
	"--speed-limit|--speed-time|--time-cond|--tls13-ciphers|--curves|--dns-servers|--doh-url|--happy-eyeballs-timeout-ms|" +
	"--parallel-max|--rate|--variable|--aws-sigv4|--url-query|--request-target|--preproxy|--proto|--proto-default|--proto-redir|" +
	"--service-name|--socks4|--socks4a|--mail-from|--hostpubmd5|--alt-svc|--hsts|--etag-save|--etag-compare|--expect100-timeout|" +
	"--login-options|--crlfile|--engine|--output-dir|--create-file-mode|--delegation|--ipfs-gateway|--haproxy-clientip|--max-filesize|"

func (c *curlLine) setURL(text string) {
	if c.url == "" {
		c.url = text
	}
}

// shortOption splits -XPOST and -sSkH: letters that take no value, then one that does.
func shortOption(word string) (name, value string, given bool) {
	for i := 1; i < len(word); i++ {
		name = "-" + word[i:i+1]
		takes := strings.Contains("XHduAe", word[i:i+1]) || strings.Contains(curlValues, "|"+name+"|")
		if takes && i+1 < len(word) {
			return name, word[i+1:], true
		}
		if takes || name == "-G" || name == "-I" {
			return name, "", false
		}
	}
	return name, "", false
}

// option takes one option. next is its value.
func (c *curlLine) option(name string, next func() (string, error), read func(string) ([]byte, error)) error {
	var err error
	var value string
	switch name {
	case "-X", "--request":
		c.method, err = next()
	case "-H", "--header":
		if value, err = next(); err == nil && strings.HasPrefix(value, "@") {
			var data []byte
			if data, err = read(value[1:]); err == nil {
				c.header = append(c.header, strings.Split(strings.ReplaceAll(string(data), "\r", ""), "\n")...)
			}
		} else {
			c.header = append(c.header, value)
		}
	case "--url":
		if value, err = next(); err == nil {
			c.setURL(value)
		}
	case "-d", "--data", "--data-ascii", "--data-binary", "--data-raw", "--data-urlencode", "--json":
		if value, err = next(); err == nil {
			value, err = curlData(name, value, read)
			c.data = append(c.data, value)
			c.form = true
			c.json = c.json || name == "--json"
		}
	case "-G", "--get":
		c.get = true
	case "-I", "--head":
		c.head = true
	case "--path-as-is":
		c.asIs = true
	case "-u", "--user":
		c.user, err = next()
	case "--oauth2-bearer":
		if value, err = next(); err == nil {
			c.header = append([]string{"Authorization: Bearer " + value}, c.header...)
		}
	case "-A", "--user-agent":
		if value, err = next(); err == nil {
			c.header = append(c.header, "User-Agent: "+value)
		}
	case "-e", "--referer":
		if value, err = next(); err == nil {
			c.header = append(c.header, "Referer: "+value)
		}
	case "-F", "--form", "--form-string", "-T", "--upload-file":
		return fmt.Errorf("%s: multipart forms and uploads cannot be read from a curl line; give the raw request", name)
	default:
		if strings.Contains(curlValues, "|"+name+"|") {
			_, err = next()
		}
	}
	return err
}

// curlData is what an option for data adds to the body.
func curlData(name, value string, read func(string) ([]byte, error)) (string, error) {
	if name == "--data-urlencode" {
		return curlEncoded(value, read)
	}
	if name == "--data-raw" || !strings.HasPrefix(value, "@") {
		return value, nil
	}
	data, err := read(value[1:])
	if err != nil {
		return "", err
	}
	if name == "--data-binary" || name == "--json" {
		return string(data), nil
	}
	return strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(string(data)), nil
}

// curlEncoded reads --data-urlencode: content, =content, name=content, @file or name@file.
func curlEncoded(value string, read func(string) ([]byte, error)) (string, error) {
	i := strings.IndexAny(value, "=@")
	if i < 0 {
		return curlEscape(value), nil
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
	return name + curlEscape(content), nil
}

func curlEscape(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

// request is what curl sends.
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

// setHeaders takes header lines as curl's -H does: "Name:" removes one that curl would send.
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
		if key := http.CanonicalHeaderKey(name); !replaced[key] {
			replaced[key] = true
			s.Header.Del(name)
		}
		s.Header.Add(name, strings.TrimSpace(value))
	}
	s.takeHost()
}

// withoutDots resolves dot segments as curl does before it sends.
func withoutDots(target string) string {
	p, query, asked := strings.Cut(target, "?")
	if strings.Contains(p, "/./") || strings.Contains(p, "/../") || strings.HasSuffix(p, "/.") || strings.HasSuffix(p, "/..") {
		var kept []string
		segments := strings.Split(p, "/")[1:]
		for i, segment := range segments {
			last := i == len(segments)-1
			switch segment {
			case ".", "..":
				if segment == ".." && len(kept) > 0 {
					kept = kept[:len(kept)-1]
				}
				if last {
					kept = append(kept, "")
				}
			default:
				kept = append(kept, segment)
			}
		}
		p = "/" + strings.Join(kept, "/")
	}
	if asked {
		p += "?" + query
	}
	return p
}
