package vendorsim

import (
	"encoding/base64"
	"strings"
)

// sfMember is a member of a structured dictionary (RFC 9651), or of a list, which has no key.
type sfMember struct {
	key    string
	value  string   // as it was written, without parameters; ?1 where there is none
	inner  []sfItem // of an inner list
	isList bool
	params string // as they were written
}

// sfItem is an item with its parameters, as they were written.
type sfItem struct{ value, params string }

// whole is the member's value with its parameters.
func (m sfMember) whole() string { return m.value + m.params }

// param is the value of a parameter, as it was written, and whether there is one.
func param(params, name string) (string, bool) {
	s := &sfScanner{rest: params}
	for s.take(";") {
		s.blanks(" ")
		key := s.key()
		value := "?1"
		if s.take("=") {
			value = s.bare()
		}
		if key == name {
			return value, true
		}
	}
	return "", false
}

// sfText is the content of a string as it was written; not ok: it is no string.
func sfText(value string) (text string, ok bool) {
	if len(value) < 2 || value[0] != '"' {
		return "", false
	}
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(value[1 : len(value)-1]), true
}

// sfBytes is the content of a byte sequence.
func sfBytes(value string) (content string, ok bool) {
	if len(value) < 2 || value[0] != ':' || value[len(value)-1] != ':' {
		return "", false
	}
	b, err := base64.StdEncoding.Strict().DecodeString(value[1 : len(value)-1])
	return string(b), err == nil
}

// sfParse reads a dictionary, or a list. It is not ok if the text is neither, or a key comes twice.
func sfParse(text string, dictionary bool) (members []sfMember, ok bool) {
	s := &sfScanner{rest: strings.Trim(text, " ")}
	seen := map[string]bool{}
	for s.rest != "" {
		var m sfMember
		if dictionary {
			m.key, m.value = s.key(), "?1"
			if m.key == "" || seen[m.key] {
				return nil, false
			}
			seen[m.key] = true
		}
		if !dictionary || s.take("=") {
			before := s.rest
			if s.take("(") {
				m.isList = true
				if m.inner, ok = s.list(); !ok {
					return nil, false
				}
			} else if s.bare() == "" {
				return nil, false
			}
			m.value = before[:len(before)-len(s.rest)]
		}
		m.params = s.parameters()
		members = append(members, m)
		s.blanks(" \t")
		if s.rest == "" {
			break
		}
		if !s.take(",") {
			return nil, false
		}
		s.blanks(" \t")
		if s.rest == "" || s.failed {
			return nil, false
		}
	}
	return members, !s.failed
}

// sfScanner takes a structured field apart.
type sfScanner struct {
	rest   string
	failed bool
}

func (s *sfScanner) take(prefix string) bool {
	rest, ok := strings.CutPrefix(s.rest, prefix)
	if ok {
		s.rest = rest
	}
	return ok
}

func (s *sfScanner) blanks(set string) { s.rest = strings.TrimLeft(s.rest, set) }

// while takes the characters that are of a set, and one before them of another.
func (s *sfScanner) while(first, others string) string {
	if s.rest == "" || !strings.Contains(first, s.rest[:1]) {
		return ""
	}
	n := 1
	for n < len(s.rest) && strings.IndexByte(others, s.rest[n]) >= 0 {
		n++
	}
	text := s.rest[:n]
	s.rest = s.rest[n:]
	return text
}

const (
	sfLower  = "abcdefghijklmnopqrstuvwxyz"
	sfDigits = "0123456789"
	sfUpper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

func (s *sfScanner) key() string { return s.while(sfLower+"*", sfLower+sfDigits+"_-.*") }

// bare takes a bare item, and returns it as it was written; empty: there is none.
func (s *sfScanner) bare() string {
	before := s.rest
	switch {
	case s.take(`"`):
		for {
			i := strings.IndexAny(s.rest, `"\`)
			if i < 0 || s.rest[i] == '\\' && (i+1 == len(s.rest) || !strings.Contains(`"\`, s.rest[i+1:i+2])) {
				s.failed = true
				return ""
			}
			end := s.rest[i] == '"'
			s.rest = s.rest[i+1:]
			if end {
				break
			}
			s.rest = s.rest[1:]
		}
	case s.take(":"):
		i := strings.IndexByte(s.rest, ':')
		if i < 0 {
			s.failed = true
			return ""
		}
		s.rest = s.rest[i+1:]
	case s.take("?"):
		if !s.take("0") && !s.take("1") {
			s.failed = true
			return ""
		}
	case s.while("-"+sfDigits, sfDigits+".") != "":
	case s.while(sfLower+sfUpper+"*", sfLower+sfUpper+sfDigits+"!#$%&'*+-.^_`|~:/") != "":
	default:
		s.failed = true
		return ""
	}
	return before[:len(before)-len(s.rest)]
}

// parameters takes those that follow, as they are written.
func (s *sfScanner) parameters() string {
	before := s.rest
	for s.take(";") {
		s.blanks(" ")
		if s.key() == "" || s.take("=") && s.bare() == "" {
			s.failed = true
			return ""
		}
	}
	return before[:len(before)-len(s.rest)]
}

// list takes the items of an inner list up to its end.
func (s *sfScanner) list() (items []sfItem, ok bool) {
	for {
		s.blanks(" ")
		if s.take(")") {
			return items, !s.failed
		}
		item := sfItem{value: s.bare()}
		item.params = s.parameters()
		if s.failed || !strings.HasPrefix(s.rest, " ") && !strings.HasPrefix(s.rest, ")") {
			return nil, false
		}
		items = append(items, item)
	}
}
