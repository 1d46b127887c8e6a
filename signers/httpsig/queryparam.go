//go:build go1.21

package httpsig

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/vendorsign/vendorsign/signers"
	"github.com/vendorsign/vendorsign/signers/wire"
)

// parameterOf is the value of the only parameter of a name, encoded as RFC 9421, section 2.2.8,
// says. The name is as it is encoded. For the name a:
//
//	/p?a=1+x%7e*&b=2     1%20x%7E*
//	/p?a                 an empty value
//	/p?a=1&a=2           an error
//	/p?b=1               an error
//	/p?a=%zz             an error
func parameterOf(vendor, name, target string) (string, error) {
	_, query, _ := strings.Cut(target, "?")
	// Each pair is decoded, so a client could keep a processor busy with millions of them.
	if strings.Count(query, "&") >= wire.MaxParameters {
		return "", wire.ErrParameters(vendor, false)
	}
	// RFC 9421, section 2.2.8, has a line for each of several parameters of one name. Which of them
	// a server reads is not known, so only one is signed.
	found, value := 0, ""
	for _, pair := range strings.Split(query, "&") {
		if pair == "" {
			continue
		}
		before, text, _ := strings.Cut(pair, "=")
		key, err := respelt(before)
		if err == nil && key == name {
			found++
			value, err = respelt(text)
		}
		// Other parameters count too: what cannot be decoded may be the name in a server's eyes.
		if err != nil {
			return "", fmt.Errorf("%s: the query has a broken escape, or text that is not UTF-8: %w", vendor, signers.ErrMessage)
		}
	}
	if found != 1 {
		return "", fmt.Errorf("%s: the parameter of @query-param;name=%s must come once in the query: %w", vendor, quoted(name),
			signers.ErrMessage)
	}
	return value, nil
}

// respelt decodes the name or value of a parameter as a form's, and encodes it again: only letters,
// digits and *-._ stay as they are (URL Standard, application/x-www-form-urlencoded percent-encode
// set). "a+b~*" is "a%20b%7E*". Both sides do so, since a parser of the query does not keep how it
// was written.
func respelt(text string) (string, error) {
	decoded, err := url.QueryUnescape(text)
	if err != nil {
		return "", err
	}
	if !utf8.ValidString(decoded) {
		return "", errText
	}
	return formSpelling.Replace(url.QueryEscape(decoded)), nil
}

var (
	// formSpelling turns what url.QueryEscape writes into the URL Standard's form, which leaves * bare and escapes ~.
	errText      = errors.New("not UTF-8")
	formSpelling = strings.NewReplacer("+", "%20", "~", "%7E", "%2A", "*")
)
