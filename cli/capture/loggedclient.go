package capture

import (
	"encoding/json"
	"errors"
	"net/url"
	"regexp"
	"strings"
)

var (
	okStart      = regexp.MustCompile(`(?m)^(.*)--> (` + methods + `) (https?://\S+).*$`)
	dotNETStart  = regexp.MustCompile(`(?s)Method: (\w+), RequestUri: '([^']+)', Version: [\d.]+, Content: (\S+?), Headers:\s*\{(.*?)\n?\s*\}`)
	goStart      = regexp.MustCompile(`&(?:http\.Request)?\{Method:"?(\w+)"? URL:(https?://\S+) .*?\bHeader:map\[(.*)\] Body:(\S+)`)
	goHeader     = regexp.MustCompile(`(?:^|\] )([A-Za-z][\w-]*):\[`)
	goHost       = regexp.MustCompile(` Host:(\S+) `)
	blanksAround = regexp.MustCompile(`\s*\n\s*`)
)

// dotNET is the text of a request of .NET's HttpClient, which has no body.
func dotNET(text string) (string, error) {
	found := dotNETStart.FindStringSubmatch(text)
	if found == nil {
		return "", nil
	}
	if err := hidden("the text of .NET's HttpRequestMessage", found[1]); err != nil && found[3] != "<null>" {
		return "", err
	}
	return found[1] + " " + found[2] + " HTTP/1.1\n" + blanksAround.ReplaceAllString(strings.TrimSpace(found[4]), "\n") + "\n\n", nil
}

// printedGo is a request of Go's net/http, printed with %+v, which has no body.
func printedGo(text string) (string, error) {
	found := goStart.FindStringSubmatch(text)
	if found == nil {
		return "", nil
	}
	if err := hidden("what Go prints of a request", found[1]); err != nil && found[4] != "<nil>" {
		return "", err
	}
	raw := new(strings.Builder)
	raw.WriteString(found[1] + " " + found[2] + " HTTP/1.1\n")
	if host := goHost.FindStringSubmatch(text); host != nil {
		raw.WriteString("Host: " + host[1] + "\n")
	}
	names := goHeader.FindAllStringSubmatchIndex(found[3], -1)
	for i, at := range names {
		end := len(found[3])
		if i+1 < len(names) {
			end = names[i+1][0] + 1
		}
		raw.WriteString(found[3][at[2]:at[3]] + ": " + strings.TrimSuffix(found[3][at[1]:end], "]") + "\n")
	}
	return raw.String() + "\n", nil
}

// okHTTP is what OkHttp's interceptor logs, with what Android puts before each line.
func okHTTP(text string) (string, error) {
	at := okStart.FindStringSubmatch(text)
	if at == nil {
		return "", nil
	}
	_, rest, _ := strings.Cut(text, at[0])
	var head, body []string
	ended := false
	for _, l := range strings.Split(strings.TrimPrefix(rest, "\n"), "\n") {
		l = strings.TrimPrefix(l, at[1])
		if strings.HasPrefix(l, "--> END") {
			ended = true
			break
		}
		if name, _, found := strings.Cut(l, ": "); found && len(body) == 0 && headerName.MatchString(name) {
			head = append(head, l)
			continue
		}
		if l != "" || len(body) > 0 {
			body = append(body, l)
		}
	}
	if !ended {
		return "", errors.New("the log of OkHttp has no line --> END, so that the end of the request is not known")
	}
	return at[2] + " " + at[3] + " HTTP/1.1\n" + strings.Join(head, "\n") + "\n\n" + strings.Join(body, "\n"), nil
}

// loggedObject is an object with method, url and headers, as loggers and clients print a request.
func loggedObject(text string) (string, error) {
	var o struct {
		Method, URL, Signer string
		Headers             map[string]any
		Body, Data, Params  json.RawMessage
	}
	if !objectStart.MatchString(text) || json.Unmarshal([]byte(text), &o) != nil || o.Method == "" || o.Signer != "" || len(o.Headers) == 0 {
		return "", nil
	}
	if u, err := url.Parse(o.URL); err != nil || u.Host == "" || len(o.Params) > 2 {
		return "", errors.New("the object has no whole URL in url: give it with its host and its parameters")
	}
	raw := new(strings.Builder)
	raw.WriteString(strings.ToUpper(o.Method) + " " + o.URL + " HTTP/1.1\n")
	for name, value := range o.Headers {
		list, many := value.([]any)
		if text, ok := value.(string); ok {
			list = []any{text}
		} else if !many {
			continue
		}
		for _, one := range list {
			if text, ok := one.(string); ok && headerName.MatchString(name) && !strings.Contains(text, "\n") {
				raw.WriteString(name + ": " + text + "\n")
			}
		}
	}
	body := ""
	for _, member := range []json.RawMessage{o.Body, o.Data} {
		if len(member) > 0 && string(member) != "null" && json.Unmarshal(member, &body) != nil {
			return "", errors.New("the object's body is no text: give the text that was sent")
		}
	}
	return raw.String() + "\n" + body, nil
}
