package cli

import (
	"fmt"

	"github.com/vendorsign/vendorsign/cli/config"
	"github.com/vendorsign/vendorsign/outbound/credentials"
)

// levelUpgrade marks what a configuration will notice of a new version. It is no fault.
const levelUpgrade = "upgrade"

// change is one that a version made. It has a row in docs/upgrade.md, under its anchor. A further
// change of what configurations mean is a further entry of changes, with a function that finds the
// blocks that notice it (upgradeblock.go), or one of upgraderoutes.go if only the routes show it.
type change struct {
	// The anchor of its row in docs/upgrade.md.
	anchor string
	text   string // what changes, and what to write
	// once: it depends on what clients send, and the first signer of a file that may notice it is enough.
	once    bool
	traefik bool                                         // only Traefik's users notice it
	notices func(x *config.Reading) (config.Entry, bool) // the line of a signer's block that the change is about
}

// changes are those from 0.1 to 0.2 that a signer's block shows, or does not rule out.
var changes = []change{
	{anchor: "insecure-upstream", traefik: true, notices: sendsSecretPlain,
		text: "insecure_upstream is refused where the secret is sent as it is; name the host in " + credentials.VarInsecure +
			" of Traefik's environment"},
	{anchor: "insecure-upstream", traefik: true, notices: filesSentPlain,
		text: "a file in an option that is not a secret is refused with insecure_upstream; name the host in " + credentials.VarInsecure +
			" of Traefik's environment"},
	{anchor: "private-addresses", traefik: true, notices: privateAddress,
		text: "an address inside the network is refused; name its host, and every other one, in " + credentials.VarAllowedHosts +
			" of Traefik's environment"},
	{anchor: "operator-variables", traefik: true, notices: refersToOperator,
		text: "no reference reads this variable any more: it is the operator's"},
	{anchor: "credentials-files", notices: givesFile,
		text: "the file says everything once, and can no longer set allow_credential_endpoints or keep_header, nor let in browsers, WebSockets" +
			" or early data; write these options here"},
	{anchor: "credentials-files", traefik: true, notices: addressBesideFile,
		text: "a file that names its host keeps its secrets to it; write this option in the file"},
	{anchor: "credentials-files", notices: fileInPrevious,
		text: "the credentials_file of previous must not name another host; remove host from that file"},
	{anchor: "guards", notices: listsGuarded,
		text: "allow lists requests that show, reset or make a credential at the vendor, which are 403 now;" +
			" where an application needs them, write allow_credential_endpoints"},
	{anchor: "headers", notices: keepsForwarded,
		text: "forwarded keep no longer keeps what overrides method, path or host; where an application needs such a header, write" +
			" keep_header NAME"},
	{anchor: "parameters", notices: longForms,
		text: "the memory that a long form takes to be signed counts in the budget: the longest that max_body admits are 413 now; split them," +
			" or sign with signature_version 5"},
	{anchor: "previous", notices: rateWithPrevious,
		text: "only the gateway's own probes decide which credential is used; the rate must leave room for one"},

	{anchor: "guards", once: true, notices: lacks("allow", "allow_credential_endpoints"),
		text: "requests that make a credential at the vendor are 403; where an application needs them, write allow_credential_endpoints"},
	{anchor: "upgrades", once: true, notices: lacks("upgrade"),
		text: "WebSockets are 403 without the option; where an application needs them, write upgrade websocket"},
	{anchor: "browsers", once: true, notices: lacks("browser"),
		text: "pages of the same site, and a Referer of another host, are 403;" +
			" where they are wanted, write browser same_origin or browser allow"},
	{anchor: "early-data", once: true, notices: lacks("early_data"),
		text: "TLS early data is 425; where it is wanted, write early_data allow"},
	{anchor: "headers", once: true, notices: lacks("keep_header"),
		text: "more headers of clients stay behind (docs/headers.md); where an application needs one, write keep_header NAME"},
	{anchor: "heads", once: true, notices: ownsNoTransport, text: "target and headers above 16 KiB are 431; Caddy's transport takes more"},
	{anchor: "bodies", once: true, traefik: true, notices: listsNoBody,
		text: "under allow, a body with another method than POST, PUT and PATCH is 400; send such requests without, or through Caddy"},
}

// String is the change for a line of check, with the place where docs/upgrade.md says more.
func (c change) String() string { return fmt.Sprintf("%s (docs/upgrade.md#%s)", c.text, c.anchor) }

// upgrades finds what the signers of a file, and the routes around them, will notice.
func upgrades(f *checkedFile, routes *caddyFile) (found []config.Fault) {
	told := make(map[string]bool)
	for _, b := range f.blocks {
		x := config.NewReading(b)
		x.Fill()
		for _, c := range changes {
			if c.traefik && x.Dialect != config.InTraefik || c.once && told[c.text] {
				continue
			}
			e, ok := c.notices(x)
			if !ok {
				continue
			}
			told[c.text] = true
			at := config.Fault{Line: e.Line, Level: levelUpgrade, Field: e.Field, What: x.Spell(c.String())}
			if routes.directives != nil { // its author knows the directive, not the JSON that it became
				at.File, at.Line = routes.lineOf(b)
				at.Field = b.Module
			}
			found = append(found, at)
		}
	}
	routes.upgrades() // which examine returns
	return found
}
