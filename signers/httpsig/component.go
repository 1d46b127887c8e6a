//go:build go1.21

package httpsig

import (
	"net/textproto"
	"regexp"
	"strings"
)

// component is a part of a message that a signature covers (RFC 9421, section 2). Of
// "@query-param";name="a" the id is that text, the line is the same with ": " behind it, the kind
// is queryParameter and the name is a.
type component struct {
	// kind is how the value is found. It is the constants below.
	kind int
	// id is as it is written in Signature-Input.
	id string
	// line is the beginning of its line in the text that is signed: id, a colon and a blank.
	line string
	// name is that of a field in the spelling of net/http, or of a query parameter as it is
	// encoded.
	name string
	// key is that of the member of a dictionary that is covered.
	key string
	// text is what is always the same, of the kind constant.
	text string
}

// The kinds of components.
const (
	// The kinds up to contentLength are fields; cover in scheme.go relies on this order.
	field         = iota // whose lines are joined
	strictField          // in the canonical form of RFC 9651, section 4.1
	member               // one member of a dictionary
	constant             // what the configuration says
	contentDigest        // of the body
	contentLength
	hostField
	methodPart
	targetURIPart
	authorityPart
	schemePart
	requestTargetPart
	pathPart
	queryPart
	queryParameter
)

// derived are the components of a message that are no fields (RFC 9421, section 2.2), without
// @status, which only responses have.
var derived = map[string]int{
	"@method": methodPart, "@target-uri": targetURIPart, "@authority": authorityPart, "@scheme": schemePart,
	"@request-target": requestTargetPart, "@path": pathPart, "@query": queryPart, "@query-param": queryParameter,
}

var (
	// componentForm has the name, then the parameters in a row: ;name, ;name="text" or ;name=word.
	componentForm = regexp.MustCompile(`^(@?[0-9A-Za-z!#$%&'*+.^_|~-]{1,200})((?:;[a-z]+(?:="(?:[ !#-\[\]-~]|\\["\\])*"|=[^";= ]+)?)*)$`)
	// parameterForm is one of them, with its text in the second or third group.
	parameterForm = regexp.MustCompile(`;([a-z]+)(?:=(?:"((?:[ !#-\[\]-~]|\\["\\])*)"|([^";= ]+)))?`)
	// labels are the keys of a dictionary (RFC 9651, 3.1.2).
	labelForm = regexp.MustCompile(`^[a-z*][a-z0-9_.*-]{0,63}$`)
	// changing are headers that gateways and proxies set, change or remove on the way.
	changing = regexp.MustCompile(`^(?:connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|via|forwarded|x-real-ip|` +
		`x-forwarded-.*|proxy-.*|cdn-loop|max-forwards|http2-settings)$`)
)

// fieldFault says why a field cannot be covered; usually nothing. Its texts begin with the field's
// name, since they follow the word component or header.
func fieldFault(name string) string {
	switch {
	case changing.MatchString(name):
		return name + " is changed or removed on the way, so that its signature would be wrong"
	case name == "signature" || name == "signature-input":
		return name + " belongs to the signature itself"
	case name == "authorization":
		return name + " is removed: a client's credentials do not go to the vendor"
	}
	return ""
}

// fieldWarning says what is doubtful about covering a field; mostly nothing. Such a configuration
// loads: an API may demand the field, and where nothing changes it on the way the signature is
// right.
func fieldWarning(name string) string {
	switch name {
	case "date":
		return "date is the client's, who may be wrong or leave it out; the parameter created is the gateway's own"
	case "user-agent":
		return name + " is often changed or added by proxies between the client and the vendor"
	case "accept-encoding":
		return name + " is often changed or added by proxies between the client and the vendor"
	case "cookie":
		return name + " may be split or joined on the way (RFC 9113, 8.2.3)"
	}
	return ""
}

// newComponent reads a component. The second result says what is wrong with it, after the word
// component or components; empty: nothing. A component that covers what changes on the way is
// refused here, and not by the vendor with each request.
//
//	content-type                  "content-type"
//	X-List;sf                     "x-list";sf
//	x-dict;key="a"                "x-dict";key="a"
//	@query-param;name=a           "@query-param";name="a"      the quotes may be left out
//	via                           via is changed or removed on the way, ...
//	@status                       @status belongs to responses
func newComponent(text string) (component, string) {
	var c component
	found := componentForm.FindStringSubmatch(text)
	if found == nil {
		return c, "must be names such as @method or content-type, with parameters such as ;name=\"a\" behind them"
	}
	name := strings.ToLower(found[1])
	c.name = textproto.CanonicalMIMEHeaderKey(name)
	parameters := ""
	kind, isDerived := derived[name]
	c.kind = kind
	given := ""
	for _, p := range parameterForm.FindAllStringSubmatch(found[2], -1) {
		// One of the two groups is empty.
		value := unquoted.Replace(p[2]) + p[3]
		hasValue := strings.Contains(p[0], "=")
		parameters += ";" + p[1]
		if hasValue {
			parameters += "=" + quoted(value)
		}
		// RFC 9421 would let sf and key come with others, which are not offered.
		if given != "" {
			return c, name + " has more than one parameter"
		}
		given = p[1]
		switch {
		// RFC 9421, 2.1: req is for responses, bs for fields that cannot be joined, tr for trailers.
		case p[1] == "req" || p[1] == "bs" || p[1] == "tr":
			return c, name + ";" + p[1] + " is not offered: requests of a gateway are signed without it"
		case p[1] == "name" && name == "@query-param" && hasValue:
			c.name = value
		case p[1] == "sf" && !isDerived && !hasValue:
			c.kind = strictField
		case p[1] == "key" && !isDerived && hasValue:
			c.kind = member
			c.key = value
			if !labelForm.MatchString(value) {
				return c, name + ";key must be the key of a dictionary, in lower case"
			}
		default:
			return c, name + " does not have the parameter " + p[1] + " in this form"
		}
	}
	if strings.HasPrefix(name, "@") && !isDerived {
		switch name {
		case "@status":
			return c, "@status belongs to responses"
		case "@signature-params":
			return c, "@signature-params is covered by itself"
		}
		return c, name + " is not a part of a request that can be covered; known are @method, @target-uri, @authority, @scheme, " +
			"@request-target, @path, @query and @query-param;name=\"...\""
	}
	if name == "@query-param" && given != "name" {
		return c, "@query-param needs the parameter's name, as in @query-param;name=\"a\""
	}
	if !isDerived {
		if why := fieldFault(name); why != "" {
			return c, why
		}
	}
	// The gateway's client writes these itself: their values are known from the message.
	if !isDerived && given == "" {
		switch name {
		case "content-length":
			c.kind = contentLength
		case "host":
			c.kind = hostField
		}
	}
	// As Signature-Input has it, and as it begins its line in the base (RFC 9421, 2.5).
	c.id = `"` + name + `"` + parameters
	c.line = c.id + ": "
	return c, ""
}

var (
	quoting  = strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	unquoted = strings.NewReplacer(`\\`, `\`, `\"`, `"`)
)

// quoted is a text as a string of RFC 9651, section 3.3.3. The text is printable ASCII.
func quoted(text string) string { return `"` + quoting.Replace(text) + `"` }
