package program

import (
	"strings"
	"testing"
)

// ruled are the options of the programs below.
var ruled = []Option{{Name: "id"}, {Name: "key", Secret: true}, {Name: "names", List: true}, {Name: "n"}}

func TestEveryRuleIsALoadErrorThatNamesTheLineAndTheReason(t *testing.T) {
	long := strings.Repeat("a", 2048)
	tests := []struct {
		name       string
		operations []string
		want       string
	}{
		{"an operation that is none", []string{"let a = 1", "set X = 1"}, "operations line 2: unknown operation set; did you mean let?"},
		{"an optional let", []string{"let? a = 1"}, "operations line 1: unknown operation let?; did you mean let?"},
		{"no =", []string{"header X"}, "operations line 1: has no =; write header NAME = TEXT"},
		{"no name", []string{"header = 1"}, `operations line 1: "" is not a header name`},
		{"a name with a blank", []string{"header X Y = 1"}, "operations line 1: X Y is not a header name"},
		{"a name of a let with a dash", []string{"let a-b = 1"}, "operations line 1: let takes a name of letters"},
		{"a parameter with =", []string{"query a& = 1"}, "operations line 1: a& is not a parameter name"},
		{"delheader with a text", []string{"header X = 1", "delheader Y = 1"}, "operations line 2: delheader takes one name"},
		{"a template that does not close", []string{"header X = [[method"}, "operations line 1: [[ is not closed by ]]"},
		{"a template inside of another", []string{"header X = [[method [[host]]"}, "operations line 1: [[ is not closed by ]]"},
		{"a quote that does not close", []string{"header X = [['a]]"}, "operations line 1: a quoted text is not closed"},
		{"a quote in a word", []string{"header X = [[method|or:a'b']]"}, "operations line 1: a quote is inside of a'b'; quote all of it"},
		{"text behind a quote", []string{"header X = [['a'b]]"}, "operations line 1: a quoted text is not closed, or something follows it"},
		{"an unknown escape", []string{`header X = a\rb`}, `operations line 1: knows no escape but \n, \t, \\ and \'`},
		{"a control character", []string{"header X = a\nb"}, "operations line 1: holds a control character"},
		{"an empty value", []string{"header X = [[]]"}, "operations line 1: a value or filter has no name"},
		{"an empty filter", []string{"header X = [[method|]]"}, "operations line 1: a value or filter has no name"},
		{"an empty argument", []string{"header X = [[method|or:]]"}, "operations line 1: or has an empty argument; write ''"},
		{"an unknown value", []string{"header X = [[methd]]"}, "operations line 1: header X: unknown value methd; did you mean method?"},
		{"a value with an argument", []string{"header X = [[method:a]]"}, "operations line 1: header X: the value method takes no argument"},
		{"a value before its use", []string{"header X = [[later]]", "let later = 1"}, "operations line 1: header X: unknown value later; an option is opt.NAME, and a let comes before its use"},
		{"an unknown option", []string{"header X = [[opt.idd]]"}, "operations line 1: header X: unknown option idd; did you mean id?"},
		{"an unknown filter", []string{"let a = 1", "header X = [[a|sha3|hex]]"}, "operations line 2: header X: unknown filter sha3; did you mean sha1?"},
		{"no argument", []string{"header X = [[body|hmac_sha256|hex]]"}, "operations line 1: header X: hmac_sha256 takes 1 argument"},
		{"an argument too many", []string{"header X = [[method|upper:a]]"}, "operations line 1: header X: upper takes 0 arguments"},
		{"a time as text", []string{"header X = [[now]]"}, "operations line 1: header X: a time; add |unix"},
		{"a time in a text", []string{"header X = a[[now]]"}, "operations line 1: header X: a time; add |unix"},
		{"a time that is hashed", []string{"header X = [[now|sha256|hex]]"}, "operations line 1: header X: sha256 does not take time; add |unix, |iso or another form of a date"},
		{"a date of a text", []string{"header X = [[method|unix]]"}, "operations line 1: header X: unix does not take text; it takes a time"},
		{"a list in capitals", []string{"header X = [[opt.names|upper]]"},
			"operations line 1: header X: upper does not take list; it can only be used by header_list"},
		{"an option without a name", []string{"header X = [[opt]]"}, "operations line 1: header X: unknown value opt; write opt.NAME"},
		{"a header without a name", []string{"header X = [[header]]"}, "operations line 1: header X: unknown value header; write header.NAME"},
		{"a list as text", []string{"header X = [[opt.names]]"}, "operations line 1: header X: a list; it can only be used by header_list"},
		{"bytes as text", []string{"header X = [[body|sha256|lower]]"}, "operations line 1: header X: lower does not take bin"},
		{"bytes in a header", []string{"header X = [[body]]"}, "operations line 1: header X: raw bytes; add |hex or |base64"},
		{"bytes in a parameter", []string{"query x = [[method|sha1]]"}, "operations line 1: query x: raw bytes; add |hex or |base64"},
		{"bytes through a let", []string{"let a = [[body]]-", "header X = [[a]]"}, "operations line 2: header X: raw bytes; add |hex or |base64"},
		{"a header twice", []string{"header X-A = 1", "header x-a = 2"}, "operations line 2: header X-A: the name is taken"},
		{"a header that is taken away, too", []string{"header X-A = 1", "delheader x_a"}, "operations line 2: delheader X_a: the name is taken"},
		{"a parameter twice", []string{"query a = 1", "query A = 2"}, "operations line 2: query A: the name is taken"},
		{"a let twice", []string{"let a = 1", "let a = 2", "header X = 1"}, "operations line 2: let a: the name is taken"},
		{"a let of a value's name", []string{"let host = 1", "header X = 1"}, "operations line 1: let host: the name is taken"},
		{"a header with an asterisk", []string{"header X-* = 1"}, "operations line 1: X-*: an operation names one header, without *; owns takes patterns"},
		{"headers that are taken away", []string{"header X = 1", "delheader X-*"}, "operations line 2: X-*: an operation names one header"},
		{"all headers", []string{"header X = 1", "delheader *"}, "operations line 2: *: an operation names one header"},
		{"Host", []string{"header host = a"}, "operations line 1: Host belongs to the gateway"},
		{"Content-Length", []string{"header Content-Length = 1"}, "operations line 1: Content-Length belongs to the gateway"},
		{"Transfer-Encoding", []string{"delheader Transfer-Encoding"}, "operations line 1: Transfer-Encoding belongs to the gateway"},
		{"Transfer-Encoding as some servers read it", []string{"header transfer_encoding = x"}, "operations line 1: Transfer-Encoding belongs to the gateway"},
		{"a header of a proxy in that spelling", []string{"header Proxy_Any = x"}, "operations line 1: Proxy-Any belongs to the gateway"},
		{"a no-break space in a value", []string{"header X = [[\u00a0path]]"}, "operations line 1: header X: unknown value \"\\u00a0path\"; did you mean path?"},
		{"a header of a proxy", []string{"header Proxy-Authorization = 1"}, "operations line 1: Proxy-Authorization belongs to the gateway"},
		{"a header that may change", []string{"header X = [[header.Connection]]"}, "operations line 1: header X: Connection belongs to the gateway"},
		{"the length as a header", []string{"header X = [[header.content-length]]"}, "operations line 1: header X: Content-Length belongs to the gateway; use body_len"},
		{"a line end that is sent", []string{`header X = a\nb`}, "operations line 1: header X: contains a line end"},
		{"nothing is set", []string{"let a = 1"}, "operations: nothing is set"},
		{"headers that are taken away alone", []string{"delheader X"}, "operations: nothing is set"},
		{"nothing at all", nil, "operations: nothing is set"},
		{"a key that is public", []string{"header X = [[body|hmac_sha256:opt.id|hex]]"}, "operations line 1: header X: the key opt.id is public"},
		{"a key that is a text", []string{"header X = [[body|hmac_sha256:'k'|hex]]"}, "operations line 1: header X: the key k is public; a MAC is made with a secret"},
		{"a key that nobody knows", []string{"header X = [[body|hmac_sha256:kee|hex]]"}, "operations line 1: header X: unknown value kee; an option is opt.NAME, and a let comes before its use"},
		{"an option without opt", []string{"header X = [[body|hmac_sha256:key|hex]]"}, "operations line 1: header X: unknown value key; write opt.key"},
		{"an option as a shell's variable", []string{"header X = [[body|hmac_sha256:$key|hex]]"}, "operations line 1: header X: unknown value $key; write opt.key"},
		{"another template's braces", []string{"header X = {{opt.id}}"}, "operations line 1: a value is in [[ ]] here, not in {{ }}"},
		{"the same with a filter", []string{"let a = [[opt.id]]{{ body|hex }}", "header X = 1"}, "operations line 1: a value is in [[ ]] here, not in {{ }}"},
		{"a key that is a list", []string{"header X = [[body|hmac_sha256:opt.names|hex]]"}, "operations line 1: header X: the key is a list"},
		{"a private key that is public", []string{"header X = [[body|ed25519:opt.id|hex]]"}, "operations line 1: header X: the key opt.id is public"},
		{"a secret", []string{"header X = [[opt.key]]"}, "operations line 1: header X: would show a secret; hash it, or write |reveal"},
		{"a secret in a parameter", []string{"query x = [[opt.key|upper]]"}, "operations line 1: query x: would show a secret"},
		{"a secret in a text", []string{"let a = x[[opt.key|base64]]", "header X = [[a|urlencode]]"}, "operations line 2: header X: would show a secret"},
		{"a secret behind or", []string{"header X = [[opt.key|or:'none']]"}, "operations line 1: header X: would show a secret"},
		{"the start of a secret", []string{"header X = [[opt.key|first:4]]"}, "operations line 1: header X: would show a secret"},
		{"a token", []string{"header X = [[token]]"}, "operations line 1: header X: would show a secret"},
		{"what came with a token", []string{"header X = [[token.session]]"}, "operations line 1: header X: would show a secret"},
		{"a revealed one beside one that is not", []string{"header X = [[opt.key|reveal]][[opt.key]]"}, "operations line 1: header X: would show a secret"},
		{"a digest of a secret cut to 8 bytes", []string{"header X = [[opt.key|sha256|hex|first:16]]"}, "operations line 1: header X: first:16 leaves 8 bytes of a digest"},
		{"a MAC cut to 15 bytes", []string{"header X = [[body|hmac_sha256:opt.key|first:15|hex]]"}, "operations line 1: header X: first:15 leaves 15 bytes of a digest"},
		{"a decoded MAC cut to 15 bytes", []string{"header X = [[body|hmac_sha256:opt.key|base64|unbase64|first:15|hex]]"},
			"operations line 1: header X: first:15 leaves 15 bytes of a digest"},
		{"a row with a MAC, encoded once more and cut", []string{"let a = x[[body|hmac_sha256:opt.key|hex]]", "header X = [[a|hex|hex|first:99]]"},
			"operations line 2: header X: first:99 leaves 12 bytes of a digest"},
		{"base64 of hex cut", []string{"header X = [[body|hmac_sha256:opt.key|hex|base64|first:40]]"}, "operations line 1: header X: first:40 leaves 15 bytes of a digest"},
		{"a MAC in a text cut", []string{"let a = v=[[body|hmac_sha256:opt.key|hex]]", "header X = [[a|first:20]]"}, "operations line 2: header X: first:20 leaves"},
		{"a MAC cut by an option", []string{"header X = [[body|hmac_sha256:opt.key|hex|first:opt.n]]"}, "operations line 1: header X: first takes no option"},
		{"no number", []string{"header X = [[method|first:a]]"}, "operations line 1: header X: a is not a whole number"},
		{"a number below nothing", []string{"header X = [[method|first:-1]]"}, "operations line 1: header X: first takes a number that is not below 0"},
		{"a number that is a secret", []string{"header X = [[method|first:opt.key]]"}, "operations line 1: header X: opt.key is not a number"},
		{"no method", []string{"header X = [[body|hex|if_method:GET,]]"}, "operations line 1: header X: if_method takes methods, separated by commas"},
		{"if without an option", []string{"header X = [[method|if:mode:a]]"}, "operations line 1: header X: unknown option mode"},
		{"if of a secret", []string{"header X = [[method|if:opt.key:a]]"}, "operations line 1: header X: if takes an option that is neither"},
		{"when of a text", []string{"header X = [[method|when:'a']]"}, "operations line 1: header X: the argument a is a text"},
		{"header_lines of nothing", []string{"let a = [[header_lines]]", "header X = 1"}, "operations line 1: let a: header_lines takes 1 argument"},
		{"header_list of no list", []string{"let a = [[header_list:opt.id:x]]", "header X = 1"}, "operations line 1: let a: header_list takes an option that is a list"},
		{"header_lines of hop-by-hop headers", []string{"let a = [[header_lines:te]]", "header X = 1"}, "operations line 1: let a: Te belongs to the gateway"},
		{"an operation that is too long", []string{"header X = " + long}, "operations line 1: too long"},
		{"too many expressions", []string{"header X = " + strings.Repeat("[[host]]", 33)}, "operations line 1: too many [[ ]]"},
		{"rows of rows", []string{"let a = " + strings.Repeat("[[body]]", 32), "let b = " + strings.Repeat("[[a]]", 32), "let c = " + strings.Repeat("[[b]]", 32),
			"header X = [[c|sha256|hex]]"}, "operations line 2: let b: too large"},
		{"an option that filters blow up", []string{"header X = [[opt.id|hex|hex|hex|hex|hex|hex|hex|hex|hex|hex|hex|hex|hex|hex|hex|hex|hex|hex|hex|hex]]"},
			"operations line 1: header X: too large"},
		{"a time that filters blow up", []string{"let a = [[now|unix|hex|hex|hex|hex|hex|hex|hex|hex|hex]]", "header X = 1"},
			"operations line 1: let a: too large"},
		{"too many operations", strings.Split(strings.Repeat("header X = 1\n", 65), "\n"), "operations: too many"},
	}
	for _, test := range tests {
		p, err := Compile(test.operations, ruled, "", nil)
		switch {
		case err == nil:
			t.Errorf("%s: loads as %v", test.name, p.code)
		case !strings.HasPrefix(err.Error(), test.want):
			t.Errorf("%s: the error is\n%v, want\n%s", test.name, err, test.want)
		}
	}
}

func TestWhatIsAllowedAtTheLimits(t *testing.T) {
	most := make([]string, 0, 64)
	for i := 0; i < 63; i++ {
		most = append(most, "let "+strings.Repeat("a", i+1)+" = 1")
	}
	for name, operations := range map[string][]string{
		"64 operations":                  append(most, "header X = 1"),
		"2048 bytes":                     {"header X = " + strings.Repeat("a", 2048-len("header X = "))},
		"32 expressions":                 {"header X = " + strings.Repeat("[[host]]", 32)},
		"16 bytes of a decoded digest":   {"header X = [[body|hmac_sha256:opt.key|base64|unbase64|first:16|hex]]"},
		"16 bytes of a digest":           {"header X = [[opt.key|sha256|hex|first:32]]"},
		"a digest of nothing secret":     {"header X = [[body|sha256|hex|first:4]]"},
		"a let made with a secret":       {"let k = [['v1'|hmac_sha256:opt.key]]", "header X = [[body|hmac_sha256:k|hex]]"},
		"a hash of a secret as a key":    {"let k = [[opt.key|sha256|hex]]", "header X = [[body|hmac_sha256:k|hex]]"},
		"quotes with all that is marked": {`header X = [['a|b:c]]\'d']]`},
		"a line that is empty":           {"", "header X = 1"},
	} {
		if _, err := Compile(operations, ruled, "", nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestASecretThatGoesOutIsSaid(t *testing.T) {
	tests := []struct {
		name, operation string
		sends           bool
		warning         string
	}{
		{"a MAC", "header X = [[body|hmac_sha256:opt.key|hex]]", false, ""},
		{"a hash with the time", "let a = [[now|unix]][[opt.key]]\nheader X = [[a|sha256|hex]]", false, ""},
		{"a hash with a nonce", "let a = [[opt.key]][[nonce]]\nheader X = [[a|sha256|hex]]", false, ""},
		{"a hash alone", "header X = [[opt.key|sha256|hex]]", true, "is a hash of a secret alone"},
		{"a hash with the path", "let a = [[path]][[opt.key]]\nheader X = [[a|md5|base64]]", true, "is a hash of a secret alone"},
		{"a hash of such a hash", "let a = [[opt.key|sha256|hex]]\nheader X = [[a|sha256|hex]]", true, "is a hash of a secret alone"},
		{"such a hash with the time", "let a = [[opt.key|sha256|hex]][[now|unix]]\nheader X = [[a|sha256|hex]]", false, ""},
		{"a hash alone that is revealed", "header X = [[opt.key|sha256|hex|reveal]]", true, ""},
		{"a MAC of a secret", "header X = [[opt.key|hmac_sha256:opt.key|hex]]", false, ""},
		{"a secret", "header X = [[opt.key|reveal]]", true, ""},
		{"a secret in base64", "let a = u:[[opt.key]]\nheader X = Basic [[a|base64|reveal]]", true, ""},
		{"a secret in a parameter", "query x = [[opt.key|reveal]]", true, "which access logs show"},
		{"a header with a secret, in a text", "header X = [[opt.key|reveal]]\nheader Y = [[header.X]]", true, ""},
		{"a secret that is hashed after it was revealed", "let a = [[opt.key|reveal]]\nheader X = [[a|sha256|hex]]", false, ""},
	}
	for _, test := range tests {
		p, err := Compile(strings.Split(test.operation, "\n"), ruled, "", nil)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		warnings := strings.Join(p.Warnings, "; ")
		if p.sends != test.sends || (warnings == "") != (test.warning == "") || !strings.Contains(warnings, test.warning) {
			t.Errorf("%s: sends a secret: %v, warnings: %q; want %v and %q", test.name, p.sends, warnings, test.sends, test.warning)
		}
	}
}
