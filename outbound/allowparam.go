//go:build go1.21

package outbound

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/vendorsign/vendorsign/signers"
)

// conditional is an allow entry that only applies to some values of parameters, as in "GET /api/ ?type=op|report". Such
// entries are for APIs in which a parameter says what a request does.
//
//	GET /api/?type=op            permitted
//	GET /api/?type=op&type=user  403: a server may take either
//	GET /api/?Type=op            403: another spelling, which a server may ignore
//	POST /api/ with a form       403: the form may have a type of its own
type conditional struct {
	list   rules
	params []allowedParam
}

// allowedParam is a parameter that must occur exactly once in the query, in this spelling, with one of the values. A value
// may end in an asterisk, for any rest of plain characters.
type allowedParam struct {
	name   string
	values []string
}

// plainParam is a name or value that every server reads the same way: without escapes, signs and brackets. An entry cannot be
// written for others, so that their values never match.
var plainParam = regexp.MustCompile(`^[A-Za-z0-9_.:/-]+\*?$`)

// newAllow turns allow entries without parameters into rules, and the others into conditionals. Either of them permits a
// request: entries add up.
func newAllow(entries []string) (rules, []conditional, error) {
	plain := make([]string, 0, len(entries))
	var conditions []conditional
	for _, entry := range entries {
		path, params, err := cutParams(entry)
		if err != nil {
			return nil, nil, err
		}
		if len(params) == 0 {
			plain = append(plain, entry)
			continue
		}
		// Rules of its own: joined with others, its path would be allowed with their parameters.
		own, err := newRules([]string{path})
		if err != nil {
			return nil, nil, err
		}
		one := conditional{list: own, params: params}
		conditions = append(conditions, one)
	}
	list, err := newRules(plain)
	return list, conditions, err
}

// cutParams splits an entry into the part before its parameters and the parameters, the last one first. The results are
// unnamed because yaegi starts a named result with the value of the previous call.
//
//	"GET /api/ ?type=op|report ?x=1*" -> "GET /api/", {x [1*]}, {type [op report]}
func cutParams(entry string) (string, []allowedParam, error) {
	words, params := strings.Fields(entry), make([]allowedParam, 0)
	// Parameters come after all paths, so they are taken from the end.
	for len(words) > 0 && strings.HasPrefix(words[len(words)-1], "?") {
		text := words[len(words)-1]
		words = words[:len(words)-1]
		name, values, found := strings.Cut(text[1:], "=")
		p := allowedParam{name: name, values: strings.Split(values, "|")}
		if !found || strings.HasSuffix(name, "*") || !plainParam.MatchString(name) {
			return "", nil, errAllowParam
		}
		for _, value := range p.values {
			if !plainParam.MatchString(value) {
				return "", nil, errAllowParam
			}
		}
		params = append(params, p)
	}
	return strings.Join(words, " "), params, nil
}

// errAllowParam shows the syntax and quotes nothing of the entry.
var errAllowParam = errors.New("allow: a parameter is written ?name=value or ?name=value|value at the end of an entry, in letters, " +
	"digits and . _ - : /; a value may end in *")

// withoutParams strips the parameters from entries, to compare paths alone. Entries with a fault are left out: newAllow
// reports it.
func withoutParams(entries []string) []string {
	paths := make([]string, 0, len(entries))
	for _, entry := range entries {
		if path, _, err := cutParams(entry); err == nil {
			paths = append(paths, path)
		}
	}
	return paths
}

// admitAllowed refuses requests that no allow entry matches. path is that of m.Target, without its query.
func admitAllowed(list rules, conditions []conditional, r *http.Request, m *signers.Message, path string) *Problem {
	p := admitListed(list, m.Method, path)
	// A 400 is about the path itself, which no condition changes.
	if p == nil || p.Kind != kindNotAllowed.name || len(conditions) == 0 || mayHoldParams(r) {
		return p
	}
	given := paramsOf(m.Target)
	for i := range conditions {
		if meets(conditions[i].params, given) && admitListed(conditions[i].list, m.Method, path) == nil {
			return nil
		}
	}
	return p
}

// mayHoldParams reports whether the body may hold parameters too, which some servers prefer to those of the query: it is a form, or of no
// declared type. Such a request never meets a condition.
func mayHoldParams(r *http.Request) bool {
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		return false
	}
	// "form" is in both application/x-www-form-urlencoded and multipart/form-data. A comma may separate two types, of which the
	// server may obey the other one.
	kind := strings.ToLower(strings.Join(r.Header["Content-Type"], ","))
	return kind == "" || strings.Contains(kind, "form") || strings.Contains(kind, ",")
}

// givenParam is a parameter of a request's query: how often it comes, and the last of its pairs.
type givenParam struct {
	times int
	pair  string
}

// maxGiven is how many parameters a query may have to meet a condition. Each is decoded several times, which interpreted takes a
// millisecond for every thirty of them.
const maxGiven = 1000

// queryParts separates a query wherever some server does: at semicolons, too (HTML 4.01, B.2.2, recommended it), and at question marks,
// since some begin the query at the last one.
var queryParts = strings.NewReplacer(";", "&", "?", "&")

// paramsOf are the parameters of a target's query by their folded names: each name is read once, however many conditions there are. A
// query with more than maxGiven has none.
func paramsOf(target string) map[string]givenParam {
	_, query, _ := strings.Cut(target, "?")
	query = queryParts.Replace(query)
	if strings.Count(query, "&") >= maxGiven {
		return nil
	}
	given := make(map[string]givenParam)
	for _, pair := range strings.Split(query, "&") {
		name, _, _ := strings.Cut(pair, "=")
		name = foldedName(name)
		times := given[name].times + 1
		given[name] = givenParam{times: times, pair: pair}
	}
	return given
}

// meets reports whether each parameter occurs once in the query, in the spelling of the entry, and has one of its values.
func meets(params []allowedParam, given map[string]givenParam) bool {
	for i := range params {
		p := &params[i]
		one := given[foldedName(p.name)]
		name, value, _ := strings.Cut(one.pair, "=")
		if one.times != 1 || name != p.name || !oneOf(value, p.values) {
			return false
		}
	}
	return true
}

// foldedName is the paramName of a name in one letter case. Names of entries are ASCII, and only by way of the capitals do all letters
// that some server folds to those become the same.
func foldedName(name string) string { return strings.ToLower(strings.ToUpper(paramName(name))) }

// paramName is a name as the most lenient server reads it: decoded as often as it is encoded, without an index, and with dots
// and blanks as underscores, as PHP reads them (PHP manual, "Variables From External Sources"). So another spelling of a
// parameter counts as a second one of it, and the request is refused.
//
//	a%5B0%5D -> a        type%255B%5D -> type        user.name -> user_name
func paramName(name string) string {
	for i := 0; i < 4; i++ {
		decoded, err := url.QueryUnescape(name)
		if err != nil || decoded == name {
			break
		}
		name = decoded
	}
	name, _, _ = strings.Cut(name, "\x00")
	name, _, _ = strings.Cut(strings.TrimSpace(name), "[")
	return underscores.Replace(strings.TrimSpace(name))
}

var underscores = strings.NewReplacer(".", "_", " ", "_")

// oneOf reports whether a value of a request is one of values, or has the prefix of one that ends in an asterisk. A request's value with an
// escape or an asterisk matches nothing.
func oneOf(value string, values []string) bool {
	if !plainParam.MatchString(value) || strings.Contains(value, "*") {
		return false
	}
	for _, v := range values {
		if v == value || strings.HasSuffix(v, "*") && strings.HasPrefix(value, v[:len(v)-1]) {
			return true
		}
	}
	return false
}
