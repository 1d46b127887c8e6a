package diagnose

import (
	"regexp"
	"slices"
	"strings"
)

var (
	// sentVariable is a variable of a shell, of a template or of cmd as the whole value.
	sentVariable = regexp.MustCompile(`^(\$\{?\w+\}?|\{\{.*\}\}|%\w+%|\$\(.*\)?)$`)
	// emptyWords are what languages print for no value, and what pages write for a token.
	emptyWords = regexp.MustCompile(`(?i)^(null|undefined|none|nil|\[object object\]|<[^>]*>|access_?token|your[-_ ].*|x{4,}|\*{3,})$`)
)

// call looks at the token of a call, from the outside to the inside: whether its header is there, once,
// with the right word before it, and then at the token itself. The first thing that is wrong decides,
// because what is inside cannot be read behind it.
func (b *bearer) call() *mistake {
	if b.header == "" {
		for _, name := range b.others {
			if b.Request.Header.Get(name) == "" && !b.Sanitised {
				return &mistake{"header_not_sent", "the header " + name + ", which holds the token, was not sent", true}
			}
		}
		return nil
	}
	values := b.Request.Header.Values(b.header)
	if len(values) == 0 {
		return b.missing()
	}
	if len(values) > 1 {
		return &mistake{"header_twice", "the header " + b.header + " was sent " + countWord(len(values)) + ": one is left over", true}
	}
	if strings.TrimSpace(values[0]) == "" && !b.Sanitised {
		return &mistake{"header_not_sent", "the header " + b.header + ", which holds the token, was sent empty", true}
	}
	token, m := b.unwrap(values[0])
	if m != nil {
		return m
	}
	for _, name := range b.secrets {
		if v := strings.TrimSpace(b.Options[name]); v != "" && v == token {
			return &mistake{"secret_sent", "the " + spoken(name) + " itself was sent as the token; it must be exchanged for one first", true}
		}
	}
	if id := b.Options["client_id"]; id != "" && id == token {
		return &mistake{"token_kind", "the client ID was sent as the token; together with its secret it is exchanged for one", true}
	}
	return b.jwt(token)
}

// isSecret reports whether an option is one of the secrets.
func (b *bearer) isSecret(option string) bool { return slices.Contains(b.secrets, option) }

// countWord is how often something was sent, in a sentence.
func countWord(n int) string {
	if n == 2 {
		return "twice"
	}
	return "several times"
}

// missing says where a token is if it is not in its header. In a query (RFC 6750, 2.3) it is not called
// proved. In a log that leaves credentials out, a missing header says nothing.
func (b *bearer) missing() *mistake {
	_, query, _ := strings.Cut(b.Request.Target, "?")
	for _, pair := range strings.Split(query, "&") {
		if name, value, _ := strings.Cut(pair, "="); value != "" && strings.EqualFold(name, "access_token") {
			return &mistake{"wrong_header", "the token was sent as the parameter access_token, and the vendor reads it in " + b.header, false}
		}
	}
	if b.Sanitised {
		return nil
	}
	return &mistake{"header_not_sent", "the header " + b.header + ", which holds the token, was not sent", true}
}

// unwrap is the token in a header's value, or what is wrong around it.
//
//	"Bearer eyJ..."          the token
//	"bearer eyJ..."          the token: schemes have no letter case (RFC 9110, 11.1)
//	"Bearer: eyJ..."         prefix_wrong
//	"Bearer Bearer eyJ..."   prefix_wrong
//	"eyJ..."                 prefix_missing
//	"Bearer ${TOKEN}"        variable_unexpanded
//	"Bearer {\"access_..."   token_kind: the whole answer of the token service
func (b *bearer) unwrap(value string) (string, *mistake) {
	trimmed := strings.TrimSpace(value)
	if b.prefix != "" {
		word, rest, found := strings.Cut(trimmed, " ")
		name := strings.TrimRight(word, ":=")
		switch {
		case strings.EqualFold(name, b.prefix) && name != word:
			return "", &mistake{"prefix_wrong",
				"a " + word[len(name):] + " follows the word " + b.prefix + ", and only a blank belongs there", true}
		case strings.EqualFold(word, b.prefix) && !found:
			return "", &mistake{"secret_empty", "nothing follows the word " + b.prefix + ": the token is empty", true}
		case strings.EqualFold(word, "Basic"):
			return "", &mistake{"wrong_scheme", "ID and secret were sent to the API (Basic), which takes a token for them", true}
		case !strings.EqualFold(word, b.prefix) && found && !strings.ContainsAny(word, ".\"'{"):
			return "", &mistake{"prefix_wrong", "the value begins with another word than " + b.prefix, true}
		case !strings.EqualFold(word, b.prefix):
			return "", &mistake{"prefix_missing", "the word " + b.prefix + " is missing before the token", true}
		}
		trimmed = strings.TrimLeft(rest, " ")
		if again, rest, found := strings.Cut(trimmed, " "); found && strings.EqualFold(again, b.prefix) && rest != "" {
			return "", &mistake{"prefix_wrong", "the word " + b.prefix + " is there twice", true}
		}
	}
	switch {
	case sentVariable.MatchString(trimmed):
		return "", &mistake{"variable_unexpanded", "", true}
	case emptyWords.MatchString(trimmed):
		return "", &mistake{"secret_placeholder", "a placeholder was sent in place of the token", true}
	case strings.HasPrefix(trimmed, "{"):
		return "", &mistake{"token_kind", "the whole answer of the token service was sent as the token", true}
	case strings.Trim(trimmed, `"'`+"`<>") != trimmed:
		return "", &mistake{"secret_quoted", "quotes or brackets surround the token", true}
	case strings.ContainsAny(trimmed, " \t\r\n"):
		return "", &mistake{"secret_whitespace", "the token has white space in it: it was cut into lines, or something follows it",
			strings.HasPrefix(trimmed, "eyJ")}
	}
	return trimmed, nil
}
