//go:build go1.21

package outbound

import (
	"net/http"
	"strings"
)

// admitUpgrade refuses to switch to another protocol: after a 101 the client talks to the vendor directly, over a
// connection that carries the gateway's credential. The option upgrade permits WebSockets (RFC 6455). Without the
// connection option of that name the header asks for nothing (RFC 9110 section 7.8), and goes no further.
func admitUpgrade(c *credential, r *http.Request) *Problem {
	// RFC 8441, 4: extended CONNECT. Go's servers show the pseudo-header under its name.
	if len(r.Header[":protocol"]) > 0 {
		return problem(kindUpgrade, "in HTTP/2 a protocol is only switched by CONNECT")
	}
	protocol := strings.TrimSpace(strings.Join(r.Header["Upgrade"], ","))
	if protocol == "" || !nominatesUpgrade(r.Header["Connection"]) {
		delete(r.Header, "Upgrade")
		return nil
	}
	if !strings.EqualFold(protocol, "websocket") {
		return problem(kindUpgrade, "no connection is upgraded to another protocol than websocket, for which there is the option upgrade "+
			"websocket")
	}
	if !c.upgrades {
		return problem(kindUpgrade, "WebSockets need the option upgrade websocket")
	}
	// RFC 6455, 4.1: the handshake is a GET; a body would be read by whoever speaks WebSocket next.
	if r.Method != "GET" || r.ContentLength != 0 && r.Body != nil && r.Body != http.NoBody {
		return problem(kindUpgrade, "a WebSocket begins with a GET without a body")
	}
	r.Header["Upgrade"] = []string{"websocket"}
	return nil
}

// nominatesUpgrade reports whether a Connection header has the option Upgrade, in any letter case and place: "keep-alive,
// Upgrade".
func nominatesUpgrade(connection []string) bool {
	for _, option := range strings.Split(strings.Join(connection, ","), ",") {
		if strings.EqualFold(strings.TrimSpace(option), "Upgrade") {
			return true
		}
	}
	return false
}
