package vendorsim

import (
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
)

// component is the value of a component (RFC 9421, 2).
func component(r *Request, name, params string) (value string, ok bool) {
	scheme, host := "https", strings.ToLower(r.Host)
	if r.Scheme != "" {
		scheme = r.Scheme
	}
	if port := map[string]string{"https": ":443", "http": ":80"}[scheme]; strings.HasSuffix(host, port) {
		host = strings.TrimSuffix(host, port)
	}
	path, query, _ := strings.Cut(r.Target, "?")
	parts := map[string]string{"@method": r.Method, "@authority": host, "@scheme": scheme, "@path": path, "@query": "?" + query,
		"@request-target": r.Target, "@target-uri": scheme + "://" + host + r.Target}
	if value, ok := parts[name]; ok {
		return value, params == ""
	}
	if name == "@query-param" {
		wanted, _ := param(params, "name")
		return queryParam(query, wanted)
	}
	value, ok = headerValue(r, name)
	if !ok || params == "" {
		return value, ok
	}
	if key, has := param(params, "key"); has {
		wanted, _ := sfText(key)
		members, _ := sfParse(value, true)
		for _, m := range members {
			if m.key == wanted {
				return m.whole(), true
			}
		}
		return "", false
	}
	if _, has := param(params, "sf"); has {
		return strictField(value)
	}
	return "", false
}

// strictField spells a structured field as RFC 9651, 4.1, does, as far as blanks go.
func strictField(value string) (string, bool) {
	members, ok := sfParse(value, true)
	if !ok {
		if members, ok = sfParse(value, false); !ok {
			return "", false
		}
	}
	var texts []string
	for _, m := range members {
		text := m.value
		if m.isList {
			var inner []string
			for _, i := range m.inner {
				inner = append(inner, i.value+i.params)
			}
			text = "(" + strings.Join(inner, " ") + ")"
		}
		switch {
		case m.key == "":
		case text == "?1":
			text = m.key
		default:
			text = m.key + "=" + text
		}
		texts = append(texts, text+strings.ReplaceAll(m.params, "; ", ";"))
	}
	return strings.Join(texts, ", "), true
}

// queryParam is the value of the only parameter of a name, both encoded as RFC 9421, 2.2.8, says.
func queryParam(query, wanted string) (value string, ok bool) {
	name, ok := sfText(wanted)
	if !ok {
		return "", false
	}
	found := 0
	for _, pair := range strings.Split(query, "&") {
		k, v, _ := strings.Cut(pair, "=")
		if pair != "" && respelt(k) == name {
			found++
			value = respelt(v)
		}
	}
	return value, found == 1
}

// respelt decodes the name or value of a parameter as a form's, and encodes it again: only letters, digits and *-._ stay as they
// are.
func respelt(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '+' {
			c = ' '
		} else if c == '%' && i+2 < len(text) {
			if n, err := strconv.ParseUint(text[i+1:i+3], 16, 8); err == nil {
				c = byte(n)
				i += 2
			}
		}
		if strings.IndexByte(sfLower+sfUpper+sfDigits+"*-._", c) >= 0 {
			b.WriteByte(c)
		} else {
			b.WriteString("%" + strings.ToUpper(hex.EncodeToString([]byte{c})))
		}
	}
	return b.String()
}

// headerValue is the combined value of a header (RFC 9421, 2.1), and whether it arrived. Content-Length is as it was read.
func headerValue(r *Request, name string) (string, bool) {
	if strings.EqualFold(name, "host") {
		return r.Host, true
	}
	values, has := []string(nil), false
	for spelt, all := range r.Header {
		if strings.EqualFold(spelt, name) && len(all) > 0 {
			has = true
			for _, one := range all {
				values = append(values, strings.Trim(one, " \t"))
			}
		}
	}
	if !has && strings.EqualFold(name, "content-length") {
		return strconv.Itoa(len(r.Body)), true
	}
	return strings.Join(values, ", "), has
}

// combine is the combined value of a header; empty if it did not arrive.
func combine(h http.Header, name string) string {
	value, _ := headerValue(&Request{Header: h}, name)
	return value
}

// unbase64Strict is for values outside of structured fields.
func unbase64Strict(text string) (string, bool) {
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	return string(b), err == nil
}
