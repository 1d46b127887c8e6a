package cli

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vendorsign/vendorsign/cli/config"
)

// behind checks a middleware that comes after the signer. Traefik runs middlewares in the order of the
// router's list, and a plugin cannot see or undo what a later one changes.
func (t *traefikCheck) behind(signer *config.Middleware, l config.Link) {
	b := signer.Signer
	last := "; put " + signer.Name + " last in the router's middlewares"
	front := "; put " + l.KindName() + " " + l.Name + " in front of " + signer.Name
	after := l.KindName() + " " + l.Name + " comes after the signer " + signer.Name
	switch {
	case l.ChangesPath() && b.SignsTarget:
		t.say(l.Mark, "", after+" and changes the path that was signed: the vendor refuses every request that it changes"+last)
	case l.ChangesPath():
		t.say(l.Mark, config.LevelWarning, after+" and changes the path after allow was applied to it"+last)
	case l.Kind == "headers" || len(l.RequestHeaders()) > 0:
		t.headers(signer, l, after, last)
	case l.Kind == "basicauth" || l.Kind == "digestauth":
		t.say(l.Mark, "", after+", which removes the client's Authorization: every request is refused"+last)
	case l.Kind == "forwardauth" && !b.Insecure:
		t.say(l.Mark, "", after+", whose requests go to its hosts alone and not to an authentication server: every request is refused"+last)
	case l.Kind == "forwardauth":
		t.say(l.Mark, "", after+", removes the client's Authorization and cookies, and sends the signature to the authentication server"+last)
	case l.Kind == "errors" && !b.Insecure:
		t.say(l.Mark, config.LevelWarning, after+", whose requests go to its hosts alone and not to the server of its pages: every page is a 502"+
			front)
	case l.Kind == "errors":
		t.say(l.Mark, "", after+" and sends the signature to the server of its pages"+front)
	case l.Kind == "retry" || l.Kind == "buffering" && l.Options.Fold("retryExpression").Text != "":
		t.say(l.Mark, config.LevelWarning, after+" and repeats requests with the old signature"+last)
	case l.Kind == "grpcweb":
		t.say(l.Mark, config.LevelWarning, after+" and changes Content-Type and body of gRPC-Web requests after they were signed"+last)
	case l.Kind == "passtlsclientcert":
		t.say(l.Mark, config.LevelWarning, after+": the client's certificate reaches the vendor in a header"+last)
	case l.Kind == "plugin":
		t.say(l.Mark, config.LevelWarning, after+": its changes to the request are not signed"+last)
	}
	if (l.Kind == "buffering" || l.Kind == "circuitbreaker") && len(t.FullLogs) > 0 {
		at := t.FullLogs[0]
		t.say(l.Mark, config.LevelWarning, after+", and at the log level TRACE, which "+at.File.Name+":"+strconv.Itoa(at.Line)+
			" sets, it logs every request with the secret or a signature"+front)
	}
}

// named returns the header of the signer that a Connection names: Traefik's proxy does not send such headers. Empty: none.
func named(b *config.Binding, connection string) string {
	for _, name := range strings.Split(connection, ",") {
		if name = strings.TrimSpace(name); b.Owns(name) {
			return name
		}
	}
	return ""
}

// headers checks customRequestHeaders behind the signer. One that the signature covers, or that the
// signer makes, breaks every request; any other reaches the vendor, past the list of headers that the
// signer removes.
func (t *traefikCheck) headers(signer *config.Middleware, l config.Link, after, last string) {
	b := signer.Signer
	if allowed := l.Options.Fold("allowedHosts").Words(); len(allowed) > 0 && b.Known &&
		!slices.ContainsFunc(allowed, func(host *config.Node) bool { return b.Sends(host.Text) }) {
		t.say(l.Mark, "", after+", which sets the Host, and allowedHosts has none of its hosts: every request is refused"+last)
	}
	for _, e := range l.RequestHeaders() {
		removed := named(b, e.Value.Text)
		switch {
		case strings.EqualFold(e.Key, "Connection") && removed != "":
			t.say(l.Mark, "", after+" and removes its header "+removed+" by Connection: requests leave unsigned"+last)
		case b.Owns(e.Key) && e.Value.Text == "":
			t.say(l.Mark, "", after+" and removes its header "+e.Key+": requests leave unsigned"+last)
		case b.Owns(e.Key):
			t.say(l.Mark, "", after+" and replaces its header "+e.Key+": the vendor refuses every request"+last)
		case strings.EqualFold(e.Key, "Host") && b.SignsHost:
			t.say(l.Mark, "", after+" and replaces the Host that was signed: the vendor refuses every request"+last)
		case e.Value.Text != "":
			t.say(l.Mark, config.LevelWarning, after+": the header "+e.Key+" reaches the vendor as it is set here"+last)
		}
	}
}
