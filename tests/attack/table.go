package attack

import (
	"fmt"
	"strings"
)

// What must become of an attack.
const (
	Pass      = "pass"      // it leaves: the scheme does not see it, and By says why
	Unproved  = "unproved"  // 401: it is not the app's
	Unsent    = "unsent"    // 400: it is the app's as far as the scheme sees, and the signer does not send it
	Malformed = "malformed" // 400: it is no request
	Either    = "either"    // it leaves as the app signed it, or not at all: gateways differ
	// The others are the reasons of package apps, which come after the signature: 403.
	Clock   = "clock"
	Revoked = "revoked"
	Replay  = "replay"
)

// Attack is what somebody makes of an app's requests. For example: another path is refused with 401 by every scheme except
// those that cover no target, and for these the reason is in Not:
//
//	{Name: "another path", Make: on(false, replaced("?", "/other?")), Not: otherwise{"cortex": nothing}}
type Attack struct {
	Name string
	// Make makes the requests. Those before the last pass.
	Make func(f *Forge) []Request
	// Want is what becomes of the last; empty: Unproved.
	Want string
	// Not are the clients for which it is otherwise, by name or vendor, with what becomes of it and why.
	Not map[string]Otherwise
	// Only are the clients that it is for, by name or vendor, with blanks between; empty: all.
	Only string
	// Raw says that servers see it before any gateway's code does, with raw bytes alone.
	Raw bool
}

// otherwise is the type of Attack.Not, for short.
type otherwise = map[string]Otherwise

// Otherwise is what becomes of an attack where a scheme differs; without a Want the attack is not for that client.
type Otherwise struct{ Want, Why string }

// Wanted is what must become of the attack on a client's requests, and why it is not refused; not ok if it is not for the
// client. A client's own name comes before its vendor's, so that one of several clients may differ.
func (a *Attack) Wanted(c *Client) (want, why string, ok bool) {
	if a.Only != "" && !strings.Contains(" "+a.Only+" ", " "+c.Vendor+" ") {
		return "", "", false
	}
	for _, name := range []string{c.Name, c.Vendor} {
		if other, found := a.Not[name]; found {
			return other.Want, other.Why, other.Want != ""
		}
	}
	if a.Want == "" {
		return Unproved, "", true
	}
	return a.Want, "", true
}

// on makes an attack of a change to one signed request, of Write if write says so, else of Read.
func on(write bool, change func(r Request) Request) func(f *Forge) []Request {
	return func(f *Forge) []Request { return []Request{change(f.Signed(write))} }
}

// passes says that a scheme cannot see an attack.
func passes(why string) Otherwise { return Otherwise{Pass, why} }

// Why a scheme does not see an attack. Each is a fact of the vendor's scheme, which a gateway cannot change; Own says the same by rules.
var (
	nothing   = passes("the signature covers nothing of the request")
	noMethod  = passes("the signature does not cover the method")
	noHost    = passes("the signature does not cover the host")
	noBody    = passes("the signature does not cover the body")
	noGetBody = passes("the signature covers bodies of POST alone")
	noType    = passes("the signature covers the body, and not its type")
	twoTypes  = Otherwise{Unsent, "the signature covers the body, and not its type; a signer sends one type"}
	inOrder   = passes("parameters are signed in order")
	anyPath   = passes("AWS normalises paths before it signs")
	noPort    = passes("the port is not signed")
	inSmall   = passes("the host is signed in small letters")
	linkBody  = passes("presigned URLs of S3 leave the body out")
	decoded   = passes("S3 signs paths decoded")
	noEnd     = passes("only links end by themselves")
	refused   = Otherwise{Want: Unproved}
	gateways  = Otherwise{Either, "the signature does not cover the host; Caddy refuses a request without one"}
	notHere   = Otherwise{}
)

// unseenBodies are the clients whose signatures do not cover the body of a write.
var unseenBodies = otherwise{"cortex": nothing, "threatconnect": noBody, "veracode": noBody, "s3 link": linkBody}

// replaced, withMethod and withHost are changes of one part of a request.
func replaced(old, new string) func(r Request) Request {
	return func(r Request) Request {
		r.Target = strings.Replace(r.Target, old, new, 1)
		return r
	}
}

func withMethod(method string) func(r Request) Request {
	return func(r Request) Request {
		r.Method = method
		return r
	}
}

func withHost(change func(host string) string) func(r Request) Request {
	return func(r Request) Request {
		r.Host = change(r.Host)
		return r
	}
}

// withBody is a change of the body, perhaps sent in chunks.
func withBody(change func(body string) string, chunked bool) func(r Request) Request {
	return func(r Request) Request {
		r.Body, r.Chunked = change(r.Body), chunked
		return r
	}
}

// Attacks are those on a client's requests, in the order in which they are sent. Wanted says which of them are for the
// client.
func Attacks(c *Client) []Attack {
	all := append([]Attack{}, requestAttacks...)
	all = append(all, bodyAttacks...)
	all = append(all, keyAttacks...)
	all = append(all, timeAttacks...)
	all = append(all, headerAttacks...)
	return append(all, attacksOnHeadersOf(c)...)
}

// requestAttacks change method, target and host. Where a scheme normalises what it signs, another spelling is the app's own
// request and passes.
var requestAttacks = []Attack{
	{Name: "nothing", Make: on(false, func(r Request) Request { return r }), Want: Pass},
	{Name: "nothing of a write", Make: on(true, func(r Request) Request { return r }), Want: Pass},
	{Name: "another method", Make: on(false, withMethod("DELETE")), Not: otherwise{"cortex": nothing, "darktrace": noMethod}},
	{Name: "HEAD in place of GET", Make: on(false, withMethod("HEAD")), Not: otherwise{"cortex": nothing, "darktrace": noMethod}},
	{Name: "another method of a write", Make: on(true, withMethod("PATCH")), Not: otherwise{"cortex": nothing, "darktrace": noMethod}},
	{Name: "another path", Make: on(false, replaced("?", "/other?")), Not: otherwise{"cortex": nothing}},
	{Name: "another path of a write", Make: on(true, replaced("/", "/other/")), Not: otherwise{"cortex": nothing}},
	{Name: "a slash more", Make: on(false, replaced("/", "//")), Not: otherwise{
		"cortex": nothing, "aws": anyPath, "s3": refused, "s3 link": refused}},
	{Name: "a name and dots", Make: on(false, replaced("/", "/x/../")), Not: otherwise{
		"cortex": nothing, "aws": anyPath, "s3": refused, "s3 link": refused}},
	{Name: "a letter that is escaped", Make: on(false, func(r Request) Request {
		r.Target = fmt.Sprintf("/%%%x%s", r.Target[1], r.Target[2:])
		return r
	}), Not: otherwise{
		"cortex": nothing, "s3": decoded, "s3 link": decoded}},
	{Name: "another value", Make: on(false, replaced("a=1", "a=9")), Not: otherwise{"cortex": nothing, "s3 link": notHere}},
	{Name: "a parameter more", Make: on(false, replaced("?", "?0=0&")), Not: otherwise{"cortex": nothing}},
	{Name: "a parameter less", Make: on(false, replaced("a=1&", "")), Not: otherwise{"cortex": nothing, "s3 link": notHere}},
	{Name: "a parameter twice", Make: on(false, replaced("a=1", "a=1&a=1")), Not: otherwise{"cortex": nothing, "s3 link": notHere}},
	{Name: "an escaped ampersand", Make: on(false, replaced("&", "%26")), Not: otherwise{"cortex": nothing}},
	{Name: "a semicolon in place of an ampersand", Make: on(false, replaced("&", ";")), Not: otherwise{"cortex": nothing}},
	{Name: "another order of parameters", Make: func(f *Forge) []Request {
		r := f.Signed(false)
		path, query, _ := strings.Cut(r.Target, "?")
		first, rest, _ := strings.Cut(query, "&")
		r.Target = path + "?" + rest + "&" + first
		return []Request{r}
	}, Not: otherwise{"cortex": nothing, "duo": inOrder, "aws": inOrder}},
	{Name: "a query for a write", Make: on(true, func(r Request) Request {
		mark := "?"
		if strings.Contains(r.Target, "?") {
			mark = "&"
		}
		r.Target += mark + "force=1"
		return r
	}), Not: otherwise{"cortex": nothing}},
	{Name: "another host", Make: on(false, withHost(func(string) string { return "other.internal" })), Not: otherwise{
		"cortex": nothing, "darktrace": noHost, "threatconnect": noHost, "bloodhound": noHost}},
	{Name: "the host in capital letters", Make: on(false, withHost(strings.ToUpper)), Not: otherwise{
		"cortex": nothing, "darktrace": noHost, "threatconnect": noHost, "bloodhound": noHost,
		"duo": inSmall, "veracode": inSmall}},
	{Name: "another port", Make: on(false, withHost(func(host string) string {
		name, _, _ := strings.Cut(host, ":")
		return name + ":1"
	})), Not: otherwise{"cortex": nothing, "darktrace": noHost, "threatconnect": noHost, "bloodhound": noHost,
		"duo": noPort, "veracode": noPort}},
	{Name: "no host", Make: on(false, withHost(func(string) string { return "" })), Raw: true, Not: otherwise{
		"cortex": gateways, "darktrace": gateways, "threatconnect": gateways, "bloodhound": gateways}},
	{Name: "an absolute target", Make: on(false, func(r Request) Request {
		r.Target = "http://" + r.Host + r.Target
		return r
	}), Want: Unproved},
	{Name: "no target but a star", Make: on(false, func(r Request) Request {
		r.Method, r.Target = "OPTIONS", "*"
		return r
	}), Raw: true},
}

// bodyAttacks add, change and cut bodies. A scheme that does not cover the body lets each of them pass (docs/apps.md, "Schemes").
var bodyAttacks = []Attack{
	{Name: "a body", Make: on(false, withBody(func(string) string { return "x" }, false)), Not: otherwise{
		"cortex": nothing, "threatconnect": noBody, "veracode": noBody, "akamai": noGetBody, "s3 link": linkBody}},
	{Name: "a body in chunks", Make: on(false, withBody(func(string) string { return "x" }, true)), Not: otherwise{
		"cortex": nothing, "threatconnect": noBody, "veracode": noBody, "akamai": noGetBody, "s3 link": linkBody}},
	{Name: "another body", Make: on(true, withBody(func(body string) string { return strings.Replace(body, "a", "b", 1) }, false)),
		Not: unseenBodies},
	{Name: "a longer body", Make: on(true, withBody(func(body string) string { return body + "&a=2" }, false)),
		Not: unseenBodies},
	{Name: "a longer body in chunks", Make: on(true, withBody(func(body string) string { return body + "&a=2" }, true)),
		Not: unseenBodies},
	{Name: "no body", Make: on(true, withBody(func(string) string { return "" }, false)),
		Not: unseenBodies},
	{Name: "a form that becomes a query", Only: "darktrace", Make: on(true, func(r Request) Request {
		r.Method, r.Target, r.Body = "GET", r.Target+"?"+r.Body, ""
		return r
	}), Want: Pass}, // Darktrace signs path, question mark and body as one text, and not the method
	{Name: "a query that becomes a form", Only: "darktrace duo", Make: on(false, func(r Request) Request {
		path, query, _ := strings.Cut(r.Target, "?")
		r.Method, r.Target, r.Body = "POST", path, query
		return r.with("Content-Type: application/x-www-form-urlencoded")
	}), Not: otherwise{"darktrace": passes("path, question mark and body are signed as one text, and the method is not")}},
}
